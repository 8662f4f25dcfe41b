# find_helm: sets `helm` to the program that renders charts. Where builds run it is the one of the assets, which the lock file of
# Espalier pins and whose digest is checked here; on a machine of another kind it is the machine's own.
find_helm() {
  if [ "$(uname -sm)" != 'Linux x86_64' ]; then
    helm=$(command -v helm) || {
      printf 'Charts are rendered by Helm, which is brought along for Linux on x86-64 only, and this machine is %s. Install Helm 4.\n' "$(uname -sm)"
      return 1
    }
    return 0
  fi
  helm=$ESPALIER_WORK/helm
  aws s3 cp --only-show-errors "$ESPALIER_HELM" "$helm.zip"
  unzip -q -j -o "$helm.zip" helm/helm -d "$ESPALIER_WORK"
  if ! printf '%s  %s\n' "$ESPALIER_HELM_DIGEST" "$helm" | sha256sum --check --status; then
    echo 'The program Helm is not the one that was expected. Nothing was rendered; ask the platform team to deploy Espalier again.'
    return 1
  fi
}
