# To the registry, under the one tag that this commit will ever have.
aws ecr get-login-password | docker login --username AWS --password-stdin "$ESPALIER_REGISTRY"
if ! docker push "$ESPALIER_IMAGE" 2>&1 | tee "$ESPALIER_WORK/push.log"; then
  # An earlier attempt got this far: tags never change, so that image is the one.
  grep -q 'cannot be overwritten because the' "$ESPALIER_WORK/push.log"
  echo 'The image of this commit is in the registry already.'
fi
