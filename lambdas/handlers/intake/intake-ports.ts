/**
 * What intake needs from the world. Separate because all its use cases take the same ports.
 */
import type { SharedComponent } from '../../domain/borrowing/shared-component.ts';
import type { BranchRules } from '../../domain/branches/classify.ts';
import type { Branches } from '../../ports/branches.ts';
import type { BuildRunner, Builds } from '../../ports/builds.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Executions } from '../../ports/executions.ts';
import type { History } from '../../ports/history.ts';
import type { Notices } from '../../ports/notices.ts';
import type { Pushes } from '../../ports/pushes.ts';
import type { Approvals, Rollouts, Waiting } from '../../ports/rollouts.ts';
import type { Records } from '../../ports/records.ts';

/** The part of the settings that intake decides by. */
export interface IntakeRules {
  readonly installation: string;
  /** Names or patterns. */
  readonly repositories: readonly string[];
  readonly branches: BranchRules;
  /** What services depend on and Espalier did not deploy. */
  readonly components?: readonly SharedComponent[] | undefined;
}

export interface IntakePorts {
  readonly rules: IntakeRules;
  readonly records: Records;
  readonly branches: Branches;
  readonly builds: Builds;
  readonly buildRunner: Pick<BuildRunner, 'stop'>;
  readonly executions: Executions;
  readonly history: Pick<History, 'append'>;
  readonly notices: Notices;
  readonly rollouts: Pick<Rollouts, 'load'>;
  readonly approvals: Pick<Approvals, 'load'>;
  readonly waiting: Waiting;
  readonly pushes: Pick<Pushes, 'remember'>;
  readonly clock: Clock;
}
