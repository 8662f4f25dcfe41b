/**
 * Ids that a branch may claim, best first. Separate because claiming and looking up must try the same ones in the same order.
 */
import { ENVIRONMENT_KINDS } from '../../contracts/kinds.ts';
import { hashedSlug, slug } from './slug.ts';

/** With a service of 24 and a "-" an id of 38 fits the 63 characters of a DNS label. */
export const LONGEST_ID = 38;

/** Digits of the digest that make a taken, long, empty or reserved id unique. */
const DIGEST_DIGITS = [8, 12, 16] as const;

/**
 * Ids that no branch gets: the kinds (ids of lasting environments) and our own words in namespaces and executions.
 * `<installation>-gateway-system` is the namespace of the managed gateway, `<installation>-router` that of the router's names.
 */
export const RESERVED_IDS: readonly string[] = [
  ...ENVIRONMENT_KINDS,
  'default',
  'environment',
  'gateway-system',
  'internal',
  'public',
  'router',
  'system',
];

/** The ids a branch may have, in the order in which they are tried; the first is people's favourite. */
export function environmentIds(branch: string): readonly string[] {
  const plain = slug(branch);
  const usable = plain !== '' && plain.length <= LONGEST_ID && !RESERVED_IDS.includes(plain);
  const hashed = DIGEST_DIGITS.map((digits) => hashedSlug(branch, digits, LONGEST_ID, 'branch'));
  return usable ? [plain, ...hashed] : hashed;
}
