/** Rollouts that are measured by what only AWS knows, through the real state machines and the real verdict, on virtual time. */
import { describe, expect, it } from 'vitest';
import { compileMetric } from '../../lambdas/domain/analysis/compile-metric.ts';
import type { Plan } from '../../lambdas/domain/rollout/step.ts';
import type { WrittenMetric } from '../../lambdas/domain/rollout/written-plan.ts';
import { CANARY } from './rollout-plans.ts';
import { RolloutWorld } from './rollout-world.ts';

const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };
const ERRORS: WrittenMetric = {
  kind: 'cloudwatch',
  name: 'errors',
  namespace: 'Shop',
  metric: 'errors',
  dimensions: { service: '$candidate' },
  success: '<= 5',
};

/** 10 % for ten minutes, then all. */
const measuredBy = (...metrics: readonly WrittenMetric[]): Plan => ({
  ...CANARY,
  intervalSeconds: 60,
  metrics: metrics.map((metric) => compileMetric(metric, 60)),
  steps: [
    { kind: 'shift', candidatePercent: 10 },
    { kind: 'analyse', seconds: 600 },
    { kind: 'shift', candidatePercent: 100 },
  ],
});

/** A world in which one version serves, and the next has 10 %. */
async function analysed(plan: Plan = measuredBy(ERRORS)): Promise<RolloutWorld> {
  const world = new RolloutWorld(plan);
  await world.deliver();
  await world.push();
  await world.untilShare('green', 10);
  return world;
}

/** Counts errors of a side every 20 s from now on, for as long as time passes in the test. */
function count(world: RolloutWorld, errors: (seconds: number) => number, minutes = 20): void {
  const begun = world.clock.now();
  for (let seconds = 0; seconds < minutes * 60; seconds += 20) {
    const value = errors(seconds);
    world.cloudWatch.put('Shop', 'errors', { service: 'orders-green' }, begun + seconds * 1_000, value);
  }
}

const ended = async (world: RolloutWorld): Promise<void> =>
  world.until(async () => (await world.service())?.owner === undefined, 3 * 3_600_000);

describe('a rollout that CloudWatch measures', () => {
  it('is promoted when its numbers are good for the whole step, asked outside the network once a minute', async () => {
    const world = await analysed();
    const begun = world.clock.now();
    count(world, () => 0);
    await ended(world);
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.clock.now() - begun).toBeGreaterThanOrEqual(600_000);
    const asked = world.cloudWatch.asked;
    expect(asked.length).toBeGreaterThanOrEqual(7);
    expect(asked.length).toBeLessThanOrEqual(9);
    expect(asked[0]?.metric).toMatchObject({ dimensions: { service: 'orders-green' } });
    expect(world.events).toBeLessThan(1_000);
  });

  it('never counts a minute that began before the step, or is not complete', async () => {
    const world = await analysed();
    const since = (await world.stored())?.rollout.stepSince ?? 0;
    // Before the step everything failed.
    world.cloudWatch.put('Shop', 'errors', { service: 'orders-green' }, since - 1_000, 1_000);
    count(world, () => 0);
    await ended(world);
    expect(world.traffic()).toEqual(ON_GREEN);
    for (const { from, to } of world.cloudWatch.asked) {
      expect(from).toBeGreaterThanOrEqual(since);
      expect([from % 60_000, to % 60_000]).toEqual([0, 0]);
    }
    expect(world.cloudWatch.asked[0]!.to).toBeLessThanOrEqual(since + 3 * 60_000);
  });

  it('returns at the first measurement that is bad, and says the number', async () => {
    const world = await analysed();
    count(world, (seconds) => (seconds >= 240 ? 4 : 0));
    await world.untilShare('green', 0);
    await ended(world);
    expect(world.traffic()).toEqual(ON_BLUE);
    expect((await world.service())?.failure?.reason).toMatch(/errors 12, good <= 5/);
  });

  it('asks people when CloudWatch is empty, and returns when nobody answers', async () => {
    const world = await analysed();
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    expect((await world.stored())?.rollout.question).toMatchObject({
      about: 'no-data',
      text: expect.stringContaining('CloudWatch has nothing') as string,
    });
    expect(world.traffic()).toMatchObject({ green: 10 });
    await ended(world);
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('takes an absent count for what its author says', async () => {
    const world = await analysed(measuredBy({ ...ERRORS, missing: 0 }));
    await ended(world);
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it.each([
    ['CloudWatch is away', (world: RolloutWorld) => (world.cloudWatch.away = 'connect ECONNREFUSED')],
    [
      'the function that asks it does not work',
      (world: RolloutWorld) =>
        (world.faults = {
          before: (call) => {
            if (call.startsWith('cloudWatch')) throw new TypeError('a bug');
          },
        }),
    ],
  ])('never takes silence for success: %s', async (_what, breaks) => {
    const world = await analysed();
    count(world, () => 0);
    breaks(world);
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    expect((await world.stored())?.rollout.question?.about).toBe('no-data');
    await ended(world);
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('goes on when CloudWatch was away for a while only', async () => {
    const world = await analysed();
    count(world, () => 0);
    world.cloudWatch.away = 'connect ECONNREFUSED';
    await world.pass(5 * 60_000);
    world.cloudWatch.away = undefined;
    await ended(world);
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('looks at the pods while it waits for numbers: a candidate that dies does not keep its share', async () => {
    const world = await analysed();
    count(world, () => 0);
    await world.pass(125_000);
    world.cluster.changeFate('orders-green', { kind: 'not-ready' });
    const died = world.clock.now();
    await world.untilShare('green', 0);
    expect(world.clock.now() - died).toBeLessThan(61_000);
    await ended(world);
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('ends the same when the function dies after it was told', async () => {
    const world = await analysed();
    count(world, () => 0);
    let killed = 0;
    world.faults = {
      before: (call) => {
        if (call !== 'rollouts.save' || killed === 5) return;
        killed += 1;
        throw Object.assign(new Error('Killed.'), { name: 'Lambda.Unknown' });
      },
    };
    await ended(world);
    expect(killed).toBe(5);
    expect(world.traffic()).toEqual(ON_GREEN);
  });
});
