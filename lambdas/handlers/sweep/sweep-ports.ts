/** What the function `sweep` needs from the world. Separate because its three actions share it. */
import type { BranchRules } from '../../domain/branches/classify.ts';
import type { Branches } from '../../ports/branches.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Notices } from '../../ports/notices.ts';
import type { Records } from '../../ports/records.ts';
import type { SweepStates } from '../../ports/sweep-state.ts';

export interface SweepRules {
  readonly installation: string;
  readonly repositories: readonly string[];
  readonly branches: BranchRules;
  readonly removalsPerRun: number;
  readonly headsPerRun: number;
}

export interface SweepPorts {
  readonly rules: SweepRules;
  readonly records: Pick<Records, 'all'>;
  readonly branches: Pick<Branches, 'head' | 'list' | 'repositories'>;
  readonly states: SweepStates;
  readonly notices: Notices;
  readonly clock: Clock;
}
