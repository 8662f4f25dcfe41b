/** The state machines' executions. */
import type { Tier } from '../contracts/kinds.ts';
import type { Owner } from '../domain/environment/record.ts';

/**
 * How a start ended. `running`: the execution of this name has this input and runs. `ended`: it had this input and has ended.
 * `name-taken`: an execution of this name has or had another input; nothing was started.
 */
export type StartAnswer = 'running' | 'ended' | 'name-taken';

export interface Executions {
  /** Starts, or finds started, the execution with exactly this name and input. Safe to repeat. */
  start(tier: Tier, owner: Pick<Owner, 'workflow' | 'execution' | 'input'>): Promise<StartAnswer>;
  /** `absent` when it was never started (the answer is eventually consistent). */
  status(tier: Tier, owner: Pick<Owner, 'workflow' | 'execution'>): Promise<'running' | 'ended' | 'absent'>;
}
