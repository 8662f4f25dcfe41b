/**
 * What a service promised and needed at a commit, as the record keeps it: builds are forgotten after a while, and what runs is not.
 */
import type { Dependency, Needs } from '../service/dependencies.ts';
import type { Contract } from '../service/contract.ts';

/** Of one commit. */
export interface Promised {
  readonly commit: string;
  readonly offers: readonly string[];
  readonly dependencies: readonly Dependency[];
}

/** What the service file of a commit promises and needs. */
export function promisedBy(commit: string, { offers = [], dependencies }: Contract & Needs): Promised {
  return { commit, offers, dependencies };
}
