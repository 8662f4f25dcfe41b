/** What the function `approval` needs from the world. */
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import type { Records } from '../../ports/records.ts';
import type { Approvals, Rollouts, Waiting } from '../../ports/rollouts.ts';

export interface ApprovalPorts {
  readonly approvals: Approvals;
  readonly rollouts: Pick<Rollouts, 'load'>;
  readonly records: Pick<Records, 'load'>;
  readonly waiting: Waiting;
  readonly history: Pick<History, 'append'>;
  readonly clock: Clock;
}
