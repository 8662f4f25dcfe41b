/** A word as every shell takes it literally. Separate because commands that people are told to paste hold names that others chose. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
