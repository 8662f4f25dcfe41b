# phase.sh NAME [SCRIPT]: runs one phase of a build and writes how it ended, and how long it took, as a line of JSON to the report.
# The short command line is on purpose: CodeBuild quotes it when it fails, and so the author is told the phase.
set -u
phase=$1
script=${2:-$1}
steps=$(cd "$(dirname "$0")" && pwd)
export ESPALIER_WORK="$steps"
mkdir -p "$steps/archive"
cd "$CODEBUILD_SRC_DIR" || exit 1

printf '\n== %s\n' "$phase"
started=$(date +%s)
bash -euo pipefail "$steps/$script.sh" "$phase"
status=$?
case $status in
  0) result=passed ;;
  # A script that has nothing to do says why and ends with 78.
  78) result=skipped status=0 ;;
  *) result=failed ;;
esac
seconds=$(($(date +%s) - started))
printf '== %s: %s after %d s\n' "$phase" "$result" "$seconds"
printf '{"phase":"%s","result":"%s","seconds":%d}\n' "$phase" "$result" "$seconds" >>"$steps/archive/report.jsonl"
exit "$status"
