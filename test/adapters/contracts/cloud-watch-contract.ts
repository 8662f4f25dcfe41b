/** What every CloudWatch answers: the fake, and the adapter over the wire to the laptop's. */
import { expect, it } from 'vitest';
import type { CloudWatchMetric, MetricQuestion } from '../../../lambdas/contracts/lookout.ts';
import type { CloudWatchMetrics } from '../../../lambdas/ports/metrics.ts';

/** A CloudWatch, and how a sample comes into it. */
export interface CloudWatchWorld {
  readonly metrics: CloudWatchMetrics;
  put(
    namespace: string,
    metric: string,
    dimensions: Readonly<Record<string, string>>,
    time: number,
    value: number,
  ): Promise<void> | void;
}

const MINUTE = 60_000;
const SIDE = { service: 'orders-green' };

/** Runs the contract; `place` gives an empty CloudWatch to each test. */
export function cloudWatchContract(place: (test: (world: CloudWatchWorld) => Promise<void>) => Promise<void>): void {
  // Three whole minutes that are complete now, the newest last.
  const end = Math.floor(Date.now() / MINUTE) * MINUTE - MINUTE;
  const [first, second, third] = [end - 3 * MINUTE, end - 2 * MINUTE, end - MINUTE] as const;
  const metric = (statistic: string, more: { readonly missing?: number } = {}): CloudWatchMetric => ({
    namespace: 'Shop',
    metric: 'latency',
    dimensions: SIDE,
    statistic,
    ...more,
  });
  const question = (statistic: string, more: Partial<MetricQuestion> = {}): MetricQuestion => ({
    name: statistic,
    metric: metric(statistic),
    from: first,
    to: end,
    ...more,
  });
  /** 10 and 20 in the first minute, 30 in the second, 1 2 … 10 in the third; and what must not count. */
  const filled = async (world: CloudWatchWorld): Promise<void> => {
    const samples: [number, number][] = [
      [first, 10],
      [first + 59_000, 20],
      [second + 30_000, 30],
      ...Array.from({ length: 10 }, (_, index): [number, number] => [third + index * 1_000, index + 1]),
      [first - 1_000, 1_000],
      [end, 1_000],
    ];
    for (const [time, value] of samples) await world.put('Shop', 'latency', SIDE, time, value);
    await world.put('Shop', 'latency', { service: 'orders-blue' }, second, 1_000);
    await world.put('Other', 'latency', SIDE, second, 1_000);
  };

  it('puts minutes together by their statistic, of one metric and between two moments only', async () => {
    await place(async (world) => {
      await filled(world);
      const statistics = ['Sum', 'SampleCount', 'Minimum', 'Maximum', 'Average'];
      const readings = await world.metrics.read(statistics.map((statistic) => question(statistic)));
      expect(readings).toEqual([115, 13, 1, 30, 115 / 13].map((value) => ({ kind: 'value', value })));
    });
  });

  it('takes the newest minute that has a percentile, since percentiles do not add up', async () => {
    await place(async (world) => {
      await filled(world);
      const questions = [question('p90'), question('p50'), question('p90', { to: third })];
      expect(await world.metrics.read(questions)).toEqual([9, 5, 30].map((value) => ({ kind: 'value', value })));
    });
  });

  it('answers each question over its own minutes', async () => {
    await place(async (world) => {
      await filled(world);
      const questions = [question('Sum', { to: second }), question('Sum', { from: third })];
      expect(await world.metrics.read(questions)).toEqual([
        { kind: 'value', value: 30 },
        { kind: 'value', value: 55 },
      ]);
    });
  });

  it('has no data where nothing was measured, unless the author says what that means', async () => {
    await place(async (world) => {
      const [nothing, zero] = await world.metrics.read([
        question('Sum'),
        question('Sum', { metric: metric('Sum', { missing: 0 }) }),
      ]);
      expect([nothing?.kind, zero]).toEqual(['no-data', { kind: 'value', value: 0 }]);
      expect(await world.metrics.read([])).toEqual([]);
    });
  });
}
