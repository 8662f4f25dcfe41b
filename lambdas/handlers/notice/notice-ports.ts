/** What the function `notice` needs from the world. Separate because both of its halves, wording and publishing, take it. */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import type { DecisionWord } from '../../contracts/payloads.ts';
import type { DecisionRule } from '../../domain/approval/decision-rules.ts';
import type { Branches } from '../../ports/branches.ts';
import type { Layers } from '../../ports/configuration.ts';
import type { History } from '../../ports/history.ts';
import type { Notices } from '../../ports/notices.ts';
import type { Approvals, Rollouts } from '../../ports/rollouts.ts';
import type { Records } from '../../ports/records.ts';

export interface NoticePorts {
  readonly installation: string;
  /** ARN of the state machine *decide approval*. */
  readonly decideMachine: string;
  /** Who may decide what in environments of a kind. */
  readonly ruleFor: (kind: EnvironmentKind, decision: DecisionWord) => DecisionRule;
  readonly rollouts: Pick<Rollouts, 'load'>;
  readonly approvals: Pick<Approvals, 'load'>;
  readonly records: Pick<Records, 'load'>;
  readonly branches: Pick<Branches, 'commit'>;
  readonly history: Pick<History, 'of'>;
  readonly layers: Pick<Layers, 'version'>;
  readonly notices: Notices;
}
