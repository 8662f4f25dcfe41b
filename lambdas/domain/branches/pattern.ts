/**
 * Patterns of repositories and branches: `*` stands for any characters, also none and also "/"; everything else is itself.
 * Separate because settings use them in three places and a regular expression made from them could be made to run for hours.
 */

/** True when the whole name fits. Takes at most pattern × name steps. */
export function fits(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return name === pattern;
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** True when one of the patterns fits. */
export function fitsAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => fits(name, pattern));
}
