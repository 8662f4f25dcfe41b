# own-commands.sh PHASE: the commands that the repository's service file names for a phase, inside its toolchain image.
case $1 in
  static-check) commands=${ESPALIER_CHECK_COMMANDS:-} ;;
  compile) commands=${ESPALIER_COMPILE_COMMANDS:-} ;;
  unit-tests) commands=${ESPALIER_TEST_COMMANDS:-} ;;
  benchmark) commands=${ESPALIER_BENCHMARK_COMMANDS:-} ;;
  own-commands) commands=${ESPALIER_OWN_COMMANDS:-} ;;
  *) printf 'There is no phase %q.\n' "$1" && exit 1 ;;
esac
if [ -z "$commands" ]; then
  echo 'The service file names no commands for this phase.'
  exit 78
fi
if [ ! -f Dockerfile.toolchain ]; then
  echo 'The service file names commands for this phase, but nothing says with which tools they run. Add a Dockerfile.toolchain.'
  exit 1
fi
docker run --rm --volume "$PWD:/source" --workdir /source --env HOME=/tmp --user "$(id -u):$(id -g)" \
  "espalier-toolchain:$ESPALIER_COMMIT" sh -euc "$commands"
