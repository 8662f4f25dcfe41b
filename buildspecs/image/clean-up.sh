# Nothing of this build stays on the machine but what was archived, and layers without a name: one engine may serve several builds, and
# whoever builds beside this one may stand on them. https://docs.docker.com/reference/cli/docker/image/rm/
docker image rm --force --no-prune "espalier-toolchain:$ESPALIER_COMMIT" "$ESPALIER_IMAGE" >/dev/null 2>&1 || true
