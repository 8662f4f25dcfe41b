/** What sweeps remember, in memory. */
import type { SweepState } from '../../lambdas/domain/sweep/state.ts';
import type { SweepStates } from '../../lambdas/ports/sweep-state.ts';

export class FakeSweepStates implements SweepStates {
  #state: SweepState | undefined;

  async load(): Promise<SweepState | undefined> {
    return Promise.resolve(structuredClone(this.#state));
  }

  async save(state: SweepState): Promise<'saved' | 'conflict'> {
    if ((this.#state?.version ?? 0) !== state.version) return Promise.resolve('conflict');
    this.#state = structuredClone({ ...state, version: state.version + 1 });
    return Promise.resolve('saved');
  }
}
