# Nothing of this build stays on the machine but what was archived.
docker image rm --force "espalier-toolchain:$ESPALIER_COMMIT" "$ESPALIER_IMAGE" >/dev/null 2>&1 || true
