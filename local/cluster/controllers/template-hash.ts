/**
 * The hash that tells one pod template from another. Separate because ReplicaSet names, pod labels and the search for the present
 * ReplicaSet must agree on it.
 */
import { createHash } from 'node:crypto';

const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** Ten letters of a value's hash; the order of keys does not matter. */
export function templateHash(value: unknown): string {
  const bytes = createHash('sha256').update(canonical(value)).digest().subarray(0, 10);
  return Array.from(bytes, (byte) => letters[byte % letters.length]).join('');
}

/** The same text for equal values: keys in order, absent fields left out. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}
