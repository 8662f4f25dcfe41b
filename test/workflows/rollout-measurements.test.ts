/** Rollouts that are measured by what only AWS knows, through the real state machines and the real verdict, on virtual time. */
import { describe, expect, it } from 'vitest';
import { compileJudge } from '../../lambdas/domain/analysis/compile-judge.ts';
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

  it('returns when one of several metrics is bad, whatever the others say', async () => {
    const orders: WrittenMetric = { ...ERRORS, name: 'orders', metric: 'orders', success: '>= 1' };
    const world = await analysed(measuredBy(orders, ERRORS));
    const begun = world.clock.now();
    for (let seconds = 0; seconds < 1_200; seconds += 20) {
      world.cloudWatch.put('Shop', 'orders', { service: 'orders-green' }, begun + seconds * 1_000, 9);
    }
    count(world, () => 50);
    await ended(world);
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(world.shares('green')).toEqual([0, 10, 0]);
    expect((await world.service())?.failure?.reason).toContain('errors');
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

describe('a rollout that alarms are bound to', () => {
  const BOUND: Plan = { ...CANARY, metrics: [], alarms: ['$service-5xx', 'shop'] };

  /** A world in which one version serves and both alarms are quiet. */
  async function bound(plan: Plan = BOUND): Promise<RolloutWorld> {
    const world = new RolloutWorld(plan);
    world.cloudWatch.alarm('orders-5xx');
    world.cloudWatch.alarm('shop');
    await world.deliver();
    return world;
  }
  const reason = async (world: RolloutWorld): Promise<string> => (await world.service())?.failure?.reason ?? '';

  it('is promoted while they are quiet, and looks at them all the way', async () => {
    const world = await bound({
      ...BOUND,
      steps: [...CANARY.steps.slice(0, 1), { kind: 'pause', seconds: 300 }, ...CANARY.steps.slice(2)],
    });
    await world.deliver();
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.cloudWatch.looks).toBeGreaterThanOrEqual(10);
    expect(world.cloudWatch.looks).toBeLessThanOrEqual(15);
  });

  it('refuses to start when one fires already: nothing is touched, and the author is told what to do', async () => {
    const world = await bound();
    world.cloudWatch.alarm('orders-5xx', 'Threshold Crossed');
    const commit = await world.deliver();
    expect(world.traffic()).toEqual(ON_BLUE);
    expect([world.shares('green'), world.replicasOf('green')]).toEqual([[0], 0]);
    expect(await reason(world)).toMatch(
      /The rollout was not started, and nothing was changed: the alarm fires: "orders-5xx" since .*Threshold Crossed/,
    );
    expect(await reason(world)).toContain('npx espalier deliver orders feature/login --despite-alarms');
    expect((await world.service())?.applied?.commit).not.toBe(commit);
    // Quiet again, and the same commit goes out.
    world.cloudWatch.alarm('orders-5xx');
    await world.deliverByHand();
    expect((await world.service())?.applied?.commit).toBe(commit);
  });

  it('goes out despite them when somebody says so, which is on record', async () => {
    const world = await bound();
    world.cloudWatch.alarm('orders-5xx', 'Threshold Crossed');
    const commit = await world.deliver();
    await world.deliverByHand({ despiteAlarms: true });
    expect(world.traffic()).toEqual(ON_GREEN);
    expect((await world.service())?.applied?.commit).toBe(commit);
    expect(world.log().join('\n')).toMatch(/so says the execution by hand/);
    expect(world.log().join('\n')).toMatch(/Starts although alarms fire, as it was ordered: "orders-5xx"/);
    // It held for that delivery only.
    await world.deliver();
    expect(await reason(world)).toContain('was not started');
  });

  it('despite one that fired before, still returns when another begins to', async () => {
    const world = await bound();
    world.cloudWatch.alarm('orders-5xx', 'Threshold Crossed');
    await world.deliver();
    const done = world.deliverByHand({ despiteAlarms: true });
    await world.untilShare('green', 10);
    world.cloudWatch.alarm('shop', 'orders are lost');
    await done;
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('returns when one begins to fire, whatever the plan is at', async () => {
    const asked: Plan = {
      ...BOUND,
      steps: [
        { kind: 'shift', candidatePercent: 10 },
        { kind: 'ask', question: 'Does it look well?', deadlineSeconds: 86_400 },
        { kind: 'shift', candidatePercent: 100 },
      ],
    };
    for (const plan of [BOUND, asked]) {
      const world = await bound(plan);
      await world.push();
      await world.untilShare('green', 10);
      await world.pass(3_000);
      world.cloudWatch.alarm('shop', 'orders are lost');
      const fired = world.clock.now();
      await world.untilShare('green', 0);
      expect(world.clock.now() - fired).toBeLessThan(plan === asked ? 180_000 : 35_000);
      await ended(world);
      expect(world.traffic()).toEqual(ON_BLUE);
      expect(await reason(world)).toMatch(
        /returned to the version before: the measurements are bad: the alarm fires: "shop".*orders are lost/,
      );
      expect(world.unserved).toEqual([]);
    }
  });

  it('tells people once that they are asked, however often it looks meanwhile', async () => {
    const world = await bound({
      ...BOUND,
      steps: [
        { kind: 'shift', candidatePercent: 10 },
        { kind: 'ask', question: 'Does it look well?', deadlineSeconds: 3_600 },
        { kind: 'shift', candidatePercent: 100 },
      ],
    });
    await world.push();
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    await world.pass(20 * 60_000);
    const id = await world.approval();
    expect(world.cloudWatch.looks).toBeGreaterThan(15);
    expect(world.notices.published.filter((notice) => JSON.stringify(notice).includes(id))).toHaveLength(1);
    await world.decide('approve');
    await ended(world);
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('does not start by an alarm that is not there, and says its name', async () => {
    const world = await bound({ ...BOUND, alarms: ['shop-5xx'] });
    await world.deliver();
    expect(await reason(world)).toMatch(/was not started.*there is no alarm "shop-5xx" in CloudWatch/);
    expect(world.replicasOf('green')).toBe(0);
  });

  it('does not start while nobody can say whether they fire, and gives up in the end', async () => {
    const world = await bound();
    world.cloudWatch.away = 'connect ECONNREFUSED';
    await world.push();
    await world.pass(60_000);
    expect(world.replicasOf('green')).toBe(0);
    await ended(world);
    expect(await reason(world)).toMatch(
      /was not started.*nobody could say whether an alarm fires: connect ECONNREFUSED/,
    );
    expect(world.events).toBeLessThan(3_000);
  });

  it('starts when CloudWatch was away for a moment only', async () => {
    const world = await bound();
    world.cloudWatch.away = 'connect ECONNREFUSED';
    await world.push();
    await world.pass(30_000);
    world.cloudWatch.away = undefined;
    await ended(world);
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('asks people when nobody can say any more, and returns when nobody answers', async () => {
    const world = await bound({
      ...BOUND,
      steps: [...CANARY.steps.slice(0, 1), { kind: 'pause', seconds: 900 }, ...CANARY.steps.slice(2)],
    });
    await world.push();
    await world.untilShare('green', 10);
    world.cloudWatch.away = 'connect ECONNREFUSED';
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    expect((await world.stored())?.rollout.question).toMatchObject({
      about: 'no-data',
      text: expect.stringContaining('ECONNREFUSED') as string,
    });
    await ended(world);
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('a rollback inside the keep time needs no alarm to be quiet', async () => {
    const world = await bound();
    await world.deliver();
    world.cloudWatch.alarm('orders-5xx', 'the new version fails');
    await world.decide('roll-back');
    await world.untilShare('blue', 100);
    await world.settled();
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('the first delivery of a service waits for no alarm', async () => {
    const world = new RolloutWorld(BOUND);
    world.cloudWatch.alarm('orders-5xx', 'nothing serves');
    world.cloudWatch.alarm('shop');
    await world.deliver();
    expect(world.traffic()).toMatchObject({ blue: 100, plain: 'blue' });
    expect(world.cloudWatch.looks).toBe(0);
  });
});

describe('a rollout that is judged by comparison', () => {
  const JUDGED: Plan = {
    ...CANARY,
    metrics: [],
    judge: compileJudge({ metrics: [{ kind: 'latency', percentile: 95 }] }),
    steps: [
      { kind: 'shift', candidatePercent: 10 },
      { kind: 'analyse', seconds: 90 },
      { kind: 'shift', candidatePercent: 100 },
    ],
  };
  /** A world in which one version serves and the next is judged; latency by side, a little different each time. */
  async function judged(latency: (side: string) => number | undefined): Promise<RolloutWorld> {
    const world = new RolloutWorld(JUDGED);
    await world.deliver();
    let asked = 0;
    world.prometheus = (query) => {
      const base = latency(query.includes('orders-green') ? 'green' : 'blue');
      asked += 1;
      return base === undefined ? undefined : base + ((asked * 7) % 13) / 10;
    };
    await world.push();
    return world;
  }

  it('is promoted when the new version is like the one beside it', async () => {
    const world = await judged(() => 100);
    await ended(world);
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.log().join('\n')).toMatch(/latency is alike \(10\d.* against 10\d/);
  });

  it('returns before the step is over when it is slower, although nobody knew what is slow', async () => {
    const world = await judged((side) => (side === 'green' ? 160 : 100));
    await world.untilShare('green', 10);
    const begun = world.clock.now();
    await world.untilShare('green', 0);
    expect(world.clock.now() - begun).toBeLessThan(60_000);
    await ended(world);
    expect(world.traffic()).toEqual(ON_BLUE);
    expect((await world.service())?.failure?.reason).toMatch(
      /latency is higher \(16\d.* against 10\d.*, compared 10 times\)/,
    );
  });

  it('asks people when only one of both has numbers', async () => {
    const world = await judged((side) => (side === 'green' ? undefined : 100));
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    expect((await world.stored())?.rollout.question).toMatchObject({
      about: 'no-data',
      text: expect.stringContaining('compared 0 times, 10 needed') as string,
    });
    await ended(world);
    expect(world.traffic()).toEqual(ON_BLUE);
  });
});
