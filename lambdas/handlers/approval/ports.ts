/** What the function `approval` needs from the world. */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import type { DecisionWord } from '../../contracts/payloads.ts';
import type { DecisionRule } from '../../domain/approval/decision-rules.ts';
import type { Branches } from '../../ports/branches.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import type { Pushes } from '../../ports/pushes.ts';
import type { Records } from '../../ports/records.ts';
import type { Approvals, Rollouts, Waiting } from '../../ports/rollouts.ts';
import type { Starters } from '../../ports/starters.ts';

export interface ApprovalPorts {
  /** Who may decide what in environments of a kind. */
  readonly ruleFor: (kind: EnvironmentKind, decision: DecisionWord) => DecisionRule;
  readonly approvals: Approvals;
  readonly starters: Starters;
  readonly pushes: Pick<Pushes, 'pushersOf'>;
  readonly branches: Pick<Branches, 'commit'>;
  readonly rollouts: Pick<Rollouts, 'load'>;
  readonly records: Pick<Records, 'load'>;
  readonly waiting: Waiting;
  readonly history: Pick<History, 'append'>;
  readonly clock: Clock;
}
