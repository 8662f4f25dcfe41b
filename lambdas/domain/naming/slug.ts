/**
 * Turns any text into something that fits into DNS labels, namespaces and tags. Separate because ids, service keys and image tags
 * are all cut in the same way.
 */
import { createHash } from 'node:crypto';

/** Lower case, everything else than a-z and 0-9 becomes a single "-", trimmed. May be empty, may collide: only a beginning. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

/** The first hexadecimal digits of SHA-256 of the exact text (UTF-8). */
export function digestOf(text: string, digits: number): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, digits);
}

/** The slug cut so that with "-" and so many digits of the exact text's digest it has at most `longest` characters. */
export function hashedSlug(text: string, digits: number, longest: number, whenEmpty: string): string {
  const head = slug(text)
    .slice(0, longest - digits - 1)
    .replaceAll(/-$/g, '');
  return `${head === '' ? whenEmpty : head}-${digestOf(text, digits)}`;
}
