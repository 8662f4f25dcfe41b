/**
 * What a service promised and needed at a commit, as the record keeps it: builds are forgotten after a while, and what runs is not.
 */
import type { Dependency, Needs } from '../service/dependencies.ts';
import type { Identity } from '../service/identity.ts';
import type { Contract } from '../service/contract.ts';

/** Of one commit. */
export interface Promised {
  readonly commit: string;
  readonly offers: readonly string[];
  readonly dependencies: readonly Dependency[];
  /** Whom people ask about it. */
  readonly owner?: string;
}

/** What the service file of a commit promises and needs. */
export function promisedBy(
  commit: string,
  { offers = [], dependencies, owner }: Contract & Needs & Pick<Identity, 'owner'>,
): Promised {
  return { commit, offers, dependencies, ...(owner !== undefined && { owner }) };
}
