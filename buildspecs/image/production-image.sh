# The image that runs, from the repository's Dockerfile; what the toolchain compiled lies in the source tree by now.
if [ ! -f Dockerfile ]; then
  echo 'There is no Dockerfile at the root of the repository. Add one that makes the production image.'
  exit 1
fi
. "$ESPALIER_WORK/base-images.sh"
check_base_images Dockerfile
# Without layers of other builds: whoever cleans up beside this one would take them away between two steps, and a commit's image is its own.
docker build --no-cache --file Dockerfile --tag "$ESPALIER_IMAGE" --label "espalier.dev/commit=$ESPALIER_COMMIT" .
