# The source as it was pushed, for the archive of builds. Before anything of the repository runs: its commands could plant settings and
# filters that git would execute here, with the rights of the build.
git archive --format=tar.gz --output "$ESPALIER_WORK/archive/source.tar.gz" HEAD
