/**
 * Tags of images. Separate because builds write them and the registry is asked for them.
 */
import { hashedSlug } from './slug.ts';

/** A tag has at most 128 characters; 41 are needed for "." and the commit. */
const LONGEST_REPOSITORY = 87;

/**
 * `<repository>.<commit>` in the installation's one image repository. Tags may not begin with "." or "-" and are shorter than
 * repository names may be: such repositories get a digest.
 */
export function imageTag(repository: string, commit: string): string {
  const usable = repository.length <= LONGEST_REPOSITORY && /^[A-Za-z0-9_]/.test(repository);
  return `${usable ? repository : hashedSlug(repository, 16, LONGEST_REPOSITORY, 'repository')}.${commit}`;
}
