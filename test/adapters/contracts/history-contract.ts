/** What every history must do; run against the fake and against the table. */
import { expect, it } from 'vitest';
import type { History, HistoryEvent } from '../../../lambdas/ports/history.ts';

export function historyContract(make: () => Promise<History>): void {
  it('answers the events of one environment, oldest first', async () => {
    const history = await make();
    for (const at of [3_000, 1_000, 2_000]) await history.append(event(at));
    await history.append({ ...event(1_500), environment: 'feature-b' });
    expect((await history.of('feature-a')).map(({ at }) => at)).toEqual([1_000, 2_000, 3_000]);
  });

  it('keeps events of the same moment apart', async () => {
    const history = await make();
    await Promise.all(Array.from({ length: 5 }, () => history.append(event(1_000))));
    expect(await history.of('feature-a')).toHaveLength(5);
  });

  it('answers the events of one service and generation', async () => {
    const history = await make();
    await history.append({ ...event(1_000), service: 'orders', generation: 1 });
    await history.append({ ...event(2_000), service: 'orders', generation: 2 });
    await history.append({ ...event(3_000), service: 'web', generation: 2 });
    const found = await history.of('feature-a', { service: 'orders', generation: 2 });
    expect(found).toEqual([{ ...event(2_000), service: 'orders', generation: 2 }]);
  });

  it('answers what came after a moment', async () => {
    const history = await make();
    for (const at of [1_000, 2_000, 3_000]) await history.append(event(at));
    expect((await history.of('feature-a', { after: 1_000 })).map(({ at }) => at)).toEqual([2_000, 3_000]);
  });
}

function event(at: number): HistoryEvent {
  return { environment: 'feature-a', at, stage: 'intake', message: 'It happened', level: 'info' };
}
