/** What every store of pushes must do; run against the fake and against the table. */
import { expect, it } from 'vitest';
import type { Pushes } from '../../../lambdas/ports/pushes.ts';

const [OLD, NEW, MERGE] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)];
const ANN = 'arn:aws:iam::123456789012:user/ann';
const BOB = 'arn:aws:sts::123456789012:assumed-role/Leads/bob@example.com';

export function pushesContract(make: () => Promise<Pushes>): void {
  it('answer everybody who pushed a commit, once, and nobody for one that nobody told about', async () => {
    const pushes = await make();
    for (const by of [ANN, BOB, ANN]) await pushes.remember('orders', { commit: OLD, by });
    await pushes.remember('web', { commit: NEW, by: ANN });
    expect((await pushes.pushersOf('orders', OLD)).toSorted()).toEqual([ANN, BOB]);
    expect(await pushes.pushersOf('orders', NEW)).toEqual([]);
  });

  it('answer who pushed what was merged', async () => {
    const pushes = await make();
    await pushes.remember('orders', { commit: OLD, by: ANN });
    await pushes.remember('orders', { commit: NEW, mergedFrom: OLD });
    await pushes.remember('orders', { commit: MERGE, by: BOB, mergedFrom: NEW });
    expect(await pushes.pushersOf('orders', NEW)).toEqual([ANN]);
    expect((await pushes.pushersOf('orders', MERGE)).toSorted()).toEqual([ANN, BOB]);
  });
}
