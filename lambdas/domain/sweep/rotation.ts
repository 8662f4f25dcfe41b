/**
 * Which heads a sweep reads: so many a run, going round. Separate because the budget of calls must not depend on the number of
 * environments.
 */

/** So many entries behind the cursor, beginning again at the start; `cursor` is where the next run goes on. */
export function rotate<Entry>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
  cursor: string | undefined,
  count: number,
): { readonly picked: readonly Entry[]; readonly cursor: string | undefined } {
  const sorted = entries.map((entry) => ({ name: nameOf(entry), entry })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const start = cursor === undefined ? 0 : sorted.findIndex(({ name }) => name > cursor);
  const from = Math.max(start, 0);
  const picked = [...sorted.slice(from), ...sorted.slice(0, from)].slice(0, count);
  return { picked: picked.map(({ entry }) => entry), cursor: picked.at(-1)?.name ?? cursor };
}
