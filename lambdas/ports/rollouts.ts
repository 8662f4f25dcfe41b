/** Where rollouts and what people may decide about them live. A save succeeds only for the version that was read. */
import type { Approval } from '../domain/rollout/approval.ts';
import type { StoredRollout } from '../domain/rollout/stored.ts';

export interface Rollouts {
  /** The latest rollout of a service; undefined before its first. */
  load(environment: string, service: string): Promise<StoredRollout | undefined>;
  /** Saves for the version that was read (0: must not exist); `conflict` when somebody was faster. */
  save(
    stored: StoredRollout,
  ): Promise<{ readonly kind: 'saved'; readonly stored: StoredRollout } | { readonly kind: 'conflict' }>;
}

export interface Approvals {
  load(id: string): Promise<Approval | undefined>;
  /** As for rollouts. */
  save(
    approval: Approval,
  ): Promise<{ readonly kind: 'saved'; readonly approval: Approval } | { readonly kind: 'conflict' }>;
}

/** States of state machines that wait for a decision. */
export interface Waiting {
  /** Lets the state go on with this output; `gone` when nobody waits under this token any more. */
  wake(token: string, output: object): Promise<'woken' | 'gone'>;
}
