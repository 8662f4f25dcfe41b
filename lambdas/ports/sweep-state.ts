/** What sweeps remember from one run to the next; one item. */
import type { SweepState } from '../domain/sweep/state.ts';

export interface SweepStates {
  /** The state; undefined before the first sweep. */
  load(): Promise<SweepState | undefined>;
  /** Saves for the version that was read (0: must not exist); `conflict` when another sweep was faster. */
  save(state: SweepState): Promise<'saved' | 'conflict'>;
}
