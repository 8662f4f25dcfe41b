# Source and reports, to the archive of builds; CodeBuild uploads the folder.
rm -rf .espalier-archive
cp -R "$ESPALIER_WORK/archive" .espalier-archive
