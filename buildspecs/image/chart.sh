# The manifests of the repository's own chart, made by Helm from files of this commit alone: no cluster, no network, no variables of this
# machine. They are uploaded before the image: whoever finds the image of a commit finds what its chart rendered, too.
if [ -z "${ESPALIER_CHART:-}" ]; then
  echo 'The service file names no chart: its manifests are made from the file itself.'
  exit 78
fi
. "$ESPALIER_WORK/helm.sh"
find_helm

# A path that leads out of the checkout would show files of this machine to the chart.
read -r -a values <<<"${ESPALIER_CHART_FILES:-}"
for path in "$ESPALIER_CHART" "${values[@]}"; do
  if [ ! -e "$path" ]; then
    printf '%q is not in the repository at this commit, and the service file names it under `chart`.\n' "$path"
    exit 1
  fi
  links=$(find "$path" -type l)
  if [ "$(realpath "$path")" != "$(pwd -P)/$path" ] || [ -n "$links" ]; then
    printf '%q is or holds a symbolic link (%q); put the files themselves into the repository.\n' "$path" "${links:-$path}"
    exit 1
  fi
done

printf '%s' "$ESPALIER_CHART_VALUES" >"$ESPALIER_WORK/values.json"
words=(template "$ESPALIER_CHART_RELEASE" "$ESPALIER_CHART" --namespace "$ESPALIER_CHART_NAMESPACE" --include-crds --skip-tests
  --values "$ESPALIER_WORK/values.json")
for path in "${values[@]}"; do words+=(--values "$path"); done
rendered=$ESPALIER_WORK/archive/chart.yaml
# A template may loop: a minute of processor time, 2 GiB of addresses, 1 MiB of output (in blocks of 1 KiB). A chart of 50 objects takes
# a tenth of a second, 100 MiB and 64 KiB. Not every system bounds addresses.
if ! (
  ulimit -t 60
  ulimit -f 1024
  ulimit -v 2097152 2>/dev/null || true
  exec env -i PATH="$PATH" HOME="$ESPALIER_WORK" "$helm" "${words[@]}"
) >"$rendered" 2>"$ESPALIER_WORK/helm.log"; then
  # The log of a program that ran out of memory has thousands of lines.
  head -c 4000 "$ESPALIER_WORK/helm.log" | head -n 20
  printf 'Helm cannot render the chart %q. Try it: helm lint %q.\n' "$ESPALIER_CHART" "$ESPALIER_CHART"
  exit 1
fi
if [ "$(wc -c <"$rendered")" -gt "$ESPALIER_CHART_LARGEST" ]; then
  printf 'The chart %q renders more than %d bytes of manifests, which is more than one service needs. Take out what is not the service.\n' \
    "$ESPALIER_CHART" "$ESPALIER_CHART_LARGEST"
  exit 1
fi
printf 'Rendered %d bytes of manifests.\n' "$(wc -c <"$rendered")"
aws s3 cp --only-show-errors "$rendered" "$ESPALIER_CHART_UPLOAD/$ESPALIER_REPOSITORY.$ESPALIER_COMMIT.yaml"
