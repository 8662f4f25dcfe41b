/**
 * The key of a service in a record: known from the repository alone, before any service file was read.
 * Separate because the service's own name comes later and may be wrong.
 */
import { hashedSlug, slug } from './slug.ts';

/** The longest key and the longest service name. */
export const LONGEST_SERVICE = 24;

/** Words that no service may be called: they stand for something else in names of executions and of objects. */
export const RESERVED_SERVICES: readonly string[] = ['environment', 'kubernetes', 'localhost'];

/** The key of a repository's service. Equal only for equal repositories: whatever is not itself a key gets a digest. */
export function serviceKey(repository: string): string {
  const plain = slug(repository);
  const usable = plain === repository && plain.length <= LONGEST_SERVICE && !RESERVED_SERVICES.includes(plain);
  return usable ? plain : hashedSlug(repository, 8, LONGEST_SERVICE, 'service');
}
