# The image with the tools that compile and test, apart from the production image, which has none of them.
if [ ! -f Dockerfile.toolchain ]; then
  echo 'There is no Dockerfile.toolchain: nothing to make.'
  exit 78
fi
. "$ESPALIER_WORK/base-images.sh"
check_base_images Dockerfile.toolchain
docker build --no-cache --file Dockerfile.toolchain --tag "espalier-toolchain:$ESPALIER_COMMIT" .
