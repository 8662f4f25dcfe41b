# Source and reports, to the archive of builds; CodeBuild uploads the folder.
git archive --format=tar.gz --output "$ESPALIER_WORK/archive/source.tar.gz" HEAD
rm -rf .espalier-archive
cp -R "$ESPALIER_WORK/archive" .espalier-archive
