/** What every CloudWatch says about alarms: the fake, and the adapter over the wire to the laptop's. */
import { expect, it } from 'vitest';
import type { CloudWatchAlarms } from '../../../lambdas/ports/metrics.ts';

/** Alarms, and how they come to be quiet or to fire. */
export interface AlarmsWorld {
  readonly alarms: CloudWatchAlarms;
  readonly quiet: (name: string) => Promise<void> | void;
  readonly fire: (name: string, reason: string) => Promise<void> | void;
}

/** Runs the contract; `place` gives a CloudWatch without alarms to each test. */
export function cloudWatchAlarmsContract(place: (test: (world: AlarmsWorld) => Promise<void>) => Promise<void>): void {
  it('tells of each alarm whether it fires, since when and why, in the order of the names', async () => {
    await place(async ({ alarms, quiet, fire }) => {
      await quiet('orders-5xx');
      await fire('shop', 'Threshold Crossed');
      expect(await alarms.states(['shop', 'never-made', 'orders-5xx'])).toEqual([
        { name: 'shop', state: 'fires', since: expect.any(Number) as number, reason: 'Threshold Crossed' },
        { name: 'never-made', state: 'absent' },
        { name: 'orders-5xx', state: 'quiet' },
      ]);
    });
  });

  it('tells of one that is quiet again', async () => {
    await place(async ({ alarms, quiet, fire }) => {
      await fire('shop', 'Threshold Crossed');
      await quiet('shop');
      expect(await alarms.states(['shop'])).toEqual([{ name: 'shop', state: 'quiet' }]);
    });
  });

  it('asks nothing about nothing', async () => {
    await place(async ({ alarms }) => expect(await alarms.states([])).toEqual([]));
  });
}
