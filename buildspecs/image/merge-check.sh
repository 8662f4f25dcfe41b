# Would this commit merge into the branch it is meant for? Found out now, not on the day of the merge.
target=${ESPALIER_TARGET_BRANCH:-}
if [ -z "$target" ]; then
  echo 'This branch is merged nowhere: nothing to check.'
  exit 78
fi
found=0
git ls-remote --exit-code origin "refs/heads/$target" >/dev/null || found=$?
if [ "$found" = 2 ]; then
  printf 'The target branch %q does not exist yet: nothing to check.\n' "$target"
  exit 78
fi
if [ "$found" != 0 ]; then
  echo 'The repository could not be asked for the target branch. This is passing trouble: deliver again.'
  exit 1
fi
git fetch --quiet origin "refs/heads/$target"
if git merge-tree --write-tree --name-only --messages HEAD FETCH_HEAD; then
  printf 'Merges into %q.\n' "$target"
else
  printf 'This commit conflicts with %q in the files above. Merge %q into your branch, resolve the conflicts, and push again.\n' "$target" "$target"
  exit 1
fi
