/**
 * Deliveries that die when traffic has moved and the record does not say so: the next one learns from the latest rollout and from the
 * cluster who serves, and never touches those pods.
 */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../lambdas/domain/rollout/step.ts';
import { CANARY } from './rollout-plans.ts';
import { RolloutWorld } from './rollout-world.ts';

const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };

interface Interrupted {
  readonly world: RolloutWorld;
  readonly first: string;
  readonly second: string;
}

/** A second version is on its way, and from some moment on nothing that `broken` names can be done any more. */
async function interrupted(
  since: (world: RolloutWorld) => boolean,
  broken: RegExp,
  plan: Plan = CANARY,
): Promise<Interrupted> {
  const world = new RolloutWorld(plan);
  const first = await world.deliver();
  world.faults = {
    before: (call) => {
      if (!broken.test(call) || !since(world)) return;
      throw Object.assign(new Error('Nothing can be done.'), { name: 'RejectedError' });
    },
  };
  const second = await world.deliver();
  world.faults = {};
  expect((await world.service())?.applied).toMatchObject({ side: 'blue', commit: first });
  return { world, first, second };
}

/** The rollout ended, and reading back fails. */
const unrecorded = () =>
  interrupted((world) => world.log().some((message) => message.includes('has all the traffic')), /^cluster\./);

/** The plain Service has moved, and neither is the promotion seen nor can it be turned back. */
const halfPromoted = () => interrupted((world) => world.traffic().plain === 'green', /^(cluster|rollouts)\./);

/** Both versions have requests, and nobody can turn it back. */
const halfWay = () => interrupted((world) => world.traffic().green === 50, /^(cluster|rollouts)\./);

const both = (...commits: readonly string[]): string => commits.toSorted().join(' ');

describe.each([
  ['was promoted and never recorded', unrecorded, 'promoted'],
  ['died between the plain Service and the end of its promotion', halfPromoted, 'promoting'],
] as const)('a version that %s', (_what, left, phase) => {
  it('is what serves: the next one comes beside it and shares its requests with it alone', async () => {
    const { world, first, second } = await left();
    expect([world.traffic(), (await world.stored())?.rollout.phase]).toEqual([ON_GREEN, phase]);
    const third = await world.deliver();
    expect(world.answering).toEqual(['', first, both(first, second), second, both(second, third), third]);
    expect(world.traffic()).toEqual(ON_BLUE);
    expect((await world.service())?.applied).toMatchObject({ side: 'blue', commit: third });
    expect((await world.stored())?.rollout.stable).toMatchObject({ side: 'green', commit: second });
    expect(world.unserved).toEqual([]);
    await world.pass(90_000);
    expect(world.replicasOf('green')).toBe(0);
  });

  it('stays when the next one does not work, whose side goes; and the one after learns the same', async () => {
    const { world, first, second } = await left();
    world.cluster.behaviour.podFate = () => ({ kind: 'crash-loop' });
    await world.deliver();
    expect(world.traffic()).toEqual(ON_GREEN);
    await world.pass(60_000);
    expect([world.replicasOf('blue'), world.replicasOf('green')]).toEqual([0, 2]);
    world.cluster.behaviour.podFate = () => ({ kind: 'ready', after: 1_500 });
    const fourth = await world.deliver();
    expect(world.answering).toEqual(['', first, both(first, second), second, both(second, fourth), fourth]);
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('is recorded when it is delivered again, in place: nothing moves', async () => {
    const { world, second } = await left();
    const before = world.shifts.length;
    await world.deliverByHand();
    expect((await world.service())?.applied).toMatchObject({ side: 'green', commit: second });
    expect(world.shifts).toHaveLength(before);
    await world.pass(90_000);
    expect([world.replicasOf('blue'), world.replicasOf('green')]).toEqual([0, 2]);
  });

  it('is replaced in place on its own side by a plan that says so', async () => {
    const { world } = await left();
    world.plan = undefined;
    const third = await world.deliver();
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.servingCommits('green')).toEqual([third]);
    expect((await world.service())?.applied?.side).toBe('green');
    await world.pass(90_000);
    expect([world.replicasOf('blue'), world.replicasOf('green')]).toEqual([0, 2]);
  });

  it('is recorded with a dark version that comes beside it', async () => {
    const { world, second } = await left();
    const match = { name: 'espalier-preview', value: 'yes' } as const;
    world.plan = {
      ...CANARY,
      steps: [{ kind: 'try-by-header', match }, { kind: 'stay-dark', seconds: 3_600 }, ...CANARY.steps],
    };
    const third = await world.deliver();
    expect(await world.service()).toMatchObject({
      applied: { side: 'green', commit: second },
      dark: { side: 'blue', commit: third },
    });
    expect(world.traffic()).toMatchObject({ blue: 0, green: 100, plain: 'green' });
  });

  it('gives way at once to the version before it, which is still there', async () => {
    const { world, first } = await left();
    const before = world.shifts.length;
    world.git.point('orders', 'feature/login', first);
    await world.look();
    await world.settled();
    expect([...new Set(world.shifts.slice(before).map(({ traffic }) => traffic.blue))]).toEqual([100]);
    expect((await world.service())?.applied).toMatchObject({ side: 'blue', commit: first });
    expect(world.unserved).toEqual([]);
  });
});

describe('a rollout that died half-way', () => {
  it('returns its traffic before the next version takes its side', async () => {
    const { world, first, second } = await halfWay();
    expect(world.traffic()).toMatchObject({ blue: 50, green: 50 });
    world.cluster.behaviour.podFate = () => ({ kind: 'ready', after: 20 });
    const third = await world.deliver();
    expect(world.answering).toEqual(['', first, both(first, second), first, both(first, third), third]);
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.unserved).toEqual([]);
  });

  it('returns its traffic although the next version cannot be built, and before that is tried', async () => {
    const { world, first } = await halfWay();
    world.buildable = false;
    const builds = world.builds.length;
    let before: unknown;
    world.faults = {
      before: () => {
        if (world.builds.length > builds) before ??= world.traffic();
      },
    };
    const third = await world.deliver();
    expect((await world.service())?.failure).toMatchObject({ kind: 'rejected', commit: third });
    expect(before).toEqual(ON_BLUE);
    expect([world.traffic(), (await world.stored())?.rollout.phase]).toEqual([ON_BLUE, 'rolled-back']);
    expect(world.answering.at(-1)).toBe(first);
    expect(world.unserved).toEqual([]);
    // Built at last, the version after that takes the place of what was left.
    world.buildable = true;
    const fourth = await world.deliver();
    expect(world.answering.slice(-2)).toEqual([both(first, fourth), fourth]);
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('leaves no pods behind when the next version takes the place of what serves', async () => {
    const { world, first } = await halfWay();
    world.plan = undefined;
    const third = await world.deliver();
    expect(world.answering.slice(-2)).toEqual([first, third]);
    expect(world.traffic()).toEqual(ON_BLUE);
    await world.pass(90_000);
    expect([world.replicasOf('blue'), world.replicasOf('green')]).toEqual([2, 0]);
    expect(world.unserved).toEqual([]);
  });

  it('whose way back nobody could see either has its time anew with the next delivery', async () => {
    const { world, first } = await interrupted((known) => known.traffic().green === 50, /^cluster\./);
    expect((await world.stored())?.rollout.phase).toBe('rolling-back');
    await world.pass(45 * 60_000);
    const third = await world.deliver();
    expect(world.answering.slice(-3)).toEqual([first, both(first, third), third]);
    expect(world.traffic()).toEqual(ON_GREEN);
  });
});

it('a rollout that somebody keeps paused gives way to a newer commit, although that cannot be built', async () => {
  const world = new RolloutWorld(CANARY);
  await world.deliver();
  await world.push();
  await world.untilShare('green', 10);
  await world.decide('pause');
  world.buildable = false;
  const third = await world.deliver();
  expect((await world.service())?.failure).toMatchObject({ kind: 'rejected', commit: third });
  expect([world.traffic(), world.unserved]).toEqual([ON_BLUE, []]);
});

it('a promotion that a newer commit overtakes before it is recorded is recorded all the same, whatever becomes of that commit', async () => {
  const world = new RolloutWorld(CANARY);
  await world.deliver();
  let newer: Promise<string> | undefined;
  world.faults = {
    before: () => {
      if (newer !== undefined) return;
      if (!world.log().some((message) => message.includes('has all the traffic'))) return;
      world.cluster.behaviour.podFate = () => ({ kind: 'crash-loop' });
      newer = world.push();
    },
  };
  const second = await world.push();
  await world.settled();
  const third = await newer;
  expect(await world.service()).toMatchObject({
    desired: { commit: third },
    failure: { commit: third },
    applied: { side: 'green', commit: second },
  });
  expect(world.traffic()).toEqual(ON_GREEN);
});

it('a candidate whose rollout never began, because another version is wanted by then, leaves no pods behind', async () => {
  const world = new RolloutWorld(CANARY);
  await world.deliver();
  let newer: Promise<string> | undefined;
  world.cluster.onWrite = ({ kind, name }) => {
    if (newer !== undefined || kind !== 'Deployment' || name !== 'orders-green') return;
    world.plan = undefined;
    newer = world.push();
  };
  await world.push();
  await world.settled();
  expect((await world.service())?.applied).toMatchObject({ side: 'blue', commit: await newer });
  expect(await world.stored()).toBeUndefined();
  expect(world.readyPods('green')).toBe(1);
  await world.pass(60_000);
  expect([world.readyPods('blue'), world.readyPods('green')]).toEqual([2, 0]);
  expect(world.traffic()).toEqual(ON_BLUE);
});

it('a version whose pods are gone, as after a withdrawal that died half-way, serves nobody: the next one takes its place at once', async () => {
  const world = new RolloutWorld(CANARY);
  await world.deliver();
  for (const kind of ['HTTPRoute', 'Service', 'Deployment']) {
    for (const { apiVersion, metadata } of world.cluster.peek(kind)) {
      const { name, namespace = '' } = metadata;
      await world.cluster.remove({ apiVersion, kind, namespace, name });
    }
  }
  const commit = await world.deliver();
  expect((await world.service())?.applied).toMatchObject({ side: 'blue', commit });
  expect(world.traffic()).toEqual(ON_BLUE);
});

it('a dark version that a delivery in place makes obsolete leaves no pods behind', async () => {
  const match = { name: 'espalier-preview', value: 'yes' } as const;
  const world = new RolloutWorld({
    ...CANARY,
    steps: [{ kind: 'try-by-header', match }, { kind: 'stay-dark', seconds: 3_600 }, ...CANARY.steps],
  });
  await world.deliver();
  await world.deliver();
  expect([(await world.stored())?.rollout.phase, world.readyPods('green')]).toEqual(['dark', 1]);
  world.plan = undefined;
  const commit = await world.deliver();
  await world.pass(60_000);
  expect((await world.service())?.applied).toMatchObject({ side: 'blue', commit });
  expect([world.readyPods('blue'), world.readyPods('green')]).toEqual([2, 0]);
  expect(world.traffic()).toEqual(ON_BLUE);
});
