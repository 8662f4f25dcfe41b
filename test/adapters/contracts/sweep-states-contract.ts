/** What every store of the sweep's state must do; run against the fake and against the table. */
import { expect, it } from 'vitest';
import type { SweepStates } from '../../../lambdas/ports/sweep-state.ts';

export function sweepStatesContract(make: () => Promise<SweepStates>): void {
  it('begins empty and answers what was saved', async () => {
    const states = await make();
    expect(await states.load()).toBeUndefined();
    expect(await states.save({ version: 0, cursor: 'orders main' })).toBe('saved');
    expect(await states.load()).toEqual({ version: 1, cursor: 'orders main' });
  });

  it('lets exactly one of two sweeps take the lease', async () => {
    const states = await make();
    const answers = await Promise.all(
      ['one', 'two'].map((execution) => states.save({ version: 0, lease: { execution, until: 5 } })),
    );
    expect(answers.toSorted()).toEqual(['conflict', 'saved']);
  });
}
