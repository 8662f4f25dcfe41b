/** The state machines' executions. */
import type { Tier } from '../contracts/kinds.ts';
import type { Owner } from '../domain/environment/record.ts';

export interface Executions {
  /** Starts, or finds started, the execution with exactly this name and input. Safe to repeat. */
  start(tier: Tier, owner: Pick<Owner, 'workflow' | 'execution' | 'input'>): Promise<void>;
  /** `absent` when it was never started (the answer is eventually consistent). */
  status(tier: Tier, owner: Pick<Owner, 'workflow' | 'execution'>): Promise<'running' | 'ended' | 'absent'>;
}
