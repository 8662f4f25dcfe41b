/** What sweeps remember, in memory. */
import type { SweepState } from '../../lambdas/domain/sweep/state.ts';
import type { SweepStates } from '../../lambdas/ports/sweep-state.ts';
import { copyOf } from './copy.ts';

export class FakeSweepStates implements SweepStates {
  #state: SweepState | undefined;

  async load(): Promise<SweepState | undefined> {
    return Promise.resolve(copyOf(this.#state));
  }

  async save(state: SweepState): Promise<'saved' | 'conflict'> {
    if ((this.#state?.version ?? 0) !== state.version) return Promise.resolve('conflict');
    this.#state = copyOf({ ...state, version: state.version + 1 });
    return Promise.resolve('saved');
  }
}
