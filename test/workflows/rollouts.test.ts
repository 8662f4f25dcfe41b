/** Rollouts through the real state machines, from a push to the retired side, on virtual time. */
import { describe, expect, it } from 'vitest';
import { BLUE_GREEN, CANARY, WITH_APPROVAL, WITH_HEADER } from './rollout-plans.ts';
import { RolloutWorld } from './rollout-world.ts';

/** A world in which one version serves already. */
async function serving(plan = CANARY): Promise<RolloutWorld> {
  const world = new RolloutWorld(plan);
  await world.deliver();
  return world;
}

describe('a canary', () => {
  it('given a service that serves, when a commit is pushed, then it takes 10, 50 and 100 % and becomes stable', async () => {
    const world = await serving();
    const begun = world.clock.now();
    const commit = await world.deliver();
    expect(world.shares('green')).toEqual([0, 10, 50, 100]);
    expect(world.traffic()).toEqual({ blue: 0, green: 100, header: false, plain: 'green' });
    expect((await world.service())?.applied).toMatchObject({ commit, side: 'green' });
    expect(world.unserved).toEqual([]);
    // 20 s of pauses, and 2 s of settling after the last weight.
    expect(world.clock.now() - begun).toBeLessThan(30_000);
  });

  it('given a first delivery, then there is no rollout: it takes everything at once', async () => {
    const world = await serving();
    expect(await world.stored()).toBeUndefined();
    expect(world.traffic()).toMatchObject({ blue: 100, green: 0, plain: 'blue' });
  });

  it('sides swap each release', async () => {
    const world = await serving();
    const sides: unknown[] = [];
    for (let release = 0; release < 3; release += 1) {
      await world.deliver();
      sides.push((await world.service())?.applied?.side);
    }
    expect(sides).toEqual(['green', 'blue', 'green']);
  });

  it('the candidate has the size that its share needs before it gets the share', async () => {
    const world = new RolloutWorld(CANARY);
    await world.deliver(4);
    const sizes: [number, number][] = [];
    await world.push(4);
    await world.until(async () => {
      const { green } = world.traffic();
      sizes.push([green, world.readyPods('green')]);
      expect(world.readyPods('green')).toBeGreaterThanOrEqual(Math.ceil((4 * green) / 100));
      expect(world.readyPods('blue')).toBe(4);
      return (await world.service())?.owner === undefined;
    });
    expect(sizes).toContainEqual([10, 1]);
    expect(sizes).toContainEqual([50, 2]);
    expect(sizes).toContainEqual([100, 4]);
  });

  it('the old side goes after its keep time, and not before', async () => {
    const world = await serving();
    await world.deliver();
    await world.pass(50_000);
    expect(world.replicasOf('blue')).toBe(2);
    await world.pass(15_000);
    expect([world.replicasOf('blue'), world.replicasOf('green')]).toEqual([0, 2]);
    expect(world.traffic()).toMatchObject({ green: 100, plain: 'green' });
  });

  it('stays far below the limit of history events', async () => {
    const world = await serving({
      ...CANARY,
      steps: [...CANARY.steps.slice(0, 1), { kind: 'pause', seconds: 3600 }, ...CANARY.steps.slice(2)],
      intervalSeconds: 30,
    });
    await world.push();
    await world.until(async () => (await world.service())?.owner === undefined, 2 * 3_600_000);
    expect(world.events).toBeLessThan(3_000);
  });
});

describe('people are told', () => {
  it('once about each step that lasts, with the owner, weights, what was done and what comes next, in one thread', async () => {
    const world = await serving({
      ...CANARY,
      steps: CANARY.steps.map((step) => (step.kind === 'pause' ? { ...step, seconds: 300 } : step)),
    });
    world.file = { owner: 'team-checkout' };
    await world.deliver();
    const told = world.notices.published.filter(({ metadata }) => metadata.eventType === 'progress');
    expect(told.map(({ content }) => content.title)).toEqual([
      'orders in feature-login: 10 % of the requests on the new version',
      'orders in feature-login: 50 % of the requests on the new version',
    ]);
    expect(told[0]?.content.description).toMatch(
      /^Owner team-checkout[\s\S]*• 10 % of the requests to green[\s\S]*Now step 2 of 5: wait 5 min\nThen: 50 %/,
    );
    expect(new Set(world.notices.published.map(({ metadata }) => metadata.threadId)).size).toBe(1);
  });

  it('or not, when nobody can be: the rollout goes on', async () => {
    const world = await serving({
      ...CANARY,
      steps: CANARY.steps.map((step) => (step.kind === 'pause' ? { ...step, seconds: 300 } : step)),
    });
    const { notices } = world;
    const publish = notices.publish.bind(notices);
    notices.publish = (notice) =>
      notice.metadata.eventType === 'progress'
        ? Promise.reject(Object.assign(new Error('away'), { name: 'TransientError' }))
        : publish(notice);
    const begun = world.clock.now();
    await world.deliver();
    expect(world.traffic()).toMatchObject({ green: 100 });
    expect(world.clock.now() - begun).toBeLessThan(640_000);
  });
});

describe('people decide', () => {
  it('promote fully skips steps and analysis', async () => {
    const world = await serving({
      ...CANARY,
      steps: [...CANARY.steps.slice(0, 1), { kind: 'pause', seconds: 3600 }, ...CANARY.steps.slice(2)],
    });
    await world.push();
    await world.untilShare('green', 10);
    await world.pass(3_000);
    const begun = world.clock.now();
    expect(await world.decide('promote')).toMatchObject({ status: 'SUCCEEDED' });
    await world.settled();
    expect(world.clock.now() - begun).toBeLessThan(10_000);
    expect(world.traffic()).toMatchObject({ green: 100, plain: 'green' });
    expect(world.unserved).toEqual([]);
  });

  it('pause until approved waits for a person, says who it is that is asked, and goes on when they approve', async () => {
    const world = await serving(WITH_APPROVAL);
    const commit = await world.push();
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    await world.pass(10 * 60_000);
    expect(world.traffic()).toMatchObject({ blue: 90, green: 10 });
    const id = await world.approval();
    const asked = world.notices.published.filter((notice) => JSON.stringify(notice).includes(id));
    expect(asked.map(({ content }) => content.nextSteps?.join(' '))).toEqual([
      expect.stringContaining(`npx espalier decide ${id} approve`),
    ]);
    expect(await world.decide('approve')).toMatchObject({ status: 'SUCCEEDED' });
    await world.settled();
    expect((await world.service())?.applied?.commit).toBe(commit);
    expect(world.log().join('\n')).toMatch(/decided "approve".*as said/);
  });

  it('without an answer by the deadline it returns to what served', async () => {
    const world = await serving(WITH_APPROVAL);
    await world.push();
    await world.until(async () => (await world.service())?.failure !== undefined, 2 * 3_600_000);
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: false, plain: 'blue' });
    expect((await world.service())?.failure).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('nobody answered') as string,
    });
  });

  it('rejected: it returns, and the author is told why', async () => {
    const world = await serving(WITH_APPROVAL);
    await world.push();
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    await world.decide('reject');
    await world.settled();
    expect(world.traffic()).toMatchObject({ blue: 100, green: 0 });
    expect(JSON.stringify(world.notices.published.at(-1))).toContain('decided so: as said');
  });

  it('abort at a pause → stable 100, retry resumes at the same step, promote completes', async () => {
    const world = await serving();
    const commit = await world.push();
    await world.untilShare('green', 50);
    await world.pass(3_000);
    await world.decide('abort');
    await world.settled();
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: false, plain: 'blue' });
    await world.pass(2_000);
    const before = world.shifts.length;
    await world.decide('retry');
    await world.untilShare('green', 50);
    // It goes on where it was: without 10 % again.
    expect(world.shifts.slice(before).map(({ traffic }) => traffic.green)).toEqual([50]);
    await world.pass(3_000);
    await world.decide('promote');
    await world.settled();
    expect((await world.service())?.applied).toMatchObject({ commit, side: 'green' });
    expect(world.unserved).toEqual([]);
  });

  it('a retry that comes too late, because another version is wanted by then, leaves no side behind', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 50);
    await world.decide('abort');
    await world.settled();
    const approval = await world.approval();
    world.plan = undefined;
    await world.push();
    expect(await world.decide('retry', approval)).toMatchObject({ status: 'SUCCEEDED' });
    await world.settled();
    await world.pass(60_000);
    expect([world.replicasOf('blue'), world.replicasOf('green')]).toEqual([2, 0]);
  });

  it('a pause longer than the deadline does not fail', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 10);
    await world.decide('pause');
    await world.pass(60 * 60_000);
    expect(world.traffic()).toMatchObject({ blue: 90, green: 10 });
    await world.decide('resume');
    await world.settled();
    expect(world.traffic()).toMatchObject({ green: 100 });
  });

  it('rollback inside the keep time is immediate, without analysis', async () => {
    const world = await serving();
    const old = (await world.service())?.applied?.commit;
    await world.deliver();
    await world.pass(5_000);
    world.measure = () => ({ kind: 'unhealthy', measurement: 'everything is bad' });
    const begun = world.clock.now();
    await world.decide('roll-back');
    await world.untilShare('blue', 100);
    expect(world.clock.now() - begun).toBeLessThan(5_000);
    await world.settled();
    expect((await world.service())?.applied).toMatchObject({ commit: old, side: 'blue' });
    // The head that was left does not come back by itself.
    await world.look();
    await world.pass(10_000);
    expect(world.traffic()).toMatchObject({ blue: 100, plain: 'blue' });
    world.measure = () => undefined;
    const next = await world.deliver();
    expect((await world.service())?.applied?.commit).toBe(next);
  });

  it('rollback after the old side was scaled down brings it back to size first', async () => {
    const world = await serving();
    const old = (await world.service())?.applied?.commit;
    await world.deliver();
    const approval = await world.approval();
    await world.pass(90_000);
    expect(world.replicasOf('blue')).toBe(0);
    await world.decide('roll-back', approval);
    await world.pass(1_000);
    expect(world.unserved).toEqual([]);
    expect([old, (await world.service())?.applied?.side]).toEqual([old, 'green']);
  });

  it('a decision counts once; after the rollout moved on, after it ended and for another step it is void', async () => {
    const world = await serving(WITH_APPROVAL);
    await world.push();
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    const approval = await world.approval();
    await world.decide('approve', approval);
    expect(await world.decide('reject', approval)).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining('decided already') as string,
    });
    await world.settled();
    const late = await world.decide('abort', approval);
    expect(late).toMatchObject({ status: 'FAILED' });
    expect(await world.decide('approve', 'f'.repeat(12))).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining('nothing to decide') as string,
    });
    expect(world.traffic()).toMatchObject({ green: 100 });
  });

  it('a decision that is not offered is refused with what is', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 10);
    expect(await world.decide('roll-back')).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining('promote, abort, skip, pause') as string,
    });
  });
});

describe('a newer commit', () => {
  it('a third version while the second is paused: 90/10 resets to 100/0 first', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 10);
    await world.decide('pause');
    await world.pass(120_000);
    const before = world.shifts.length;
    const third = await world.deliver();
    expect(world.shifts.slice(before).map(({ traffic }) => traffic.green)).toEqual([0, 10, 50, 100, 100]);
    expect((await world.service())?.applied?.commit).toBe(third);
    expect(world.unserved).toEqual([]);
  });

  it('abort then a new version: the aborted one never gets traffic again', async () => {
    const world = await serving();
    const second = await world.push();
    await world.untilShare('green', 10);
    await world.decide('abort');
    await world.settled();
    const third = await world.push();
    const served = new Set<string>();
    await world.until(async () => {
      if (world.traffic().green > 0) world.servingCommits('green').forEach((commit) => served.add(commit));
      return (await world.service())?.owner === undefined;
    });
    expect([second, ...served]).toEqual([second, third]);
    expect((await world.service())?.applied?.commit).toBe(third);
  });

  it('reverting to live is a no-op that restores weights', async () => {
    const world = await serving();
    const live = (await world.service())?.applied?.commit ?? '';
    await world.push();
    await world.untilShare('green', 10);
    const templateOf = (): unknown => world.cluster.peek('Deployment')[0]?.metadata['generation'];
    const before = templateOf();
    world.git.point('orders', 'feature/login', live);
    await world.look();
    await world.settled();
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: false, plain: 'blue' });
    // No pod was touched.
    expect(templateOf()).toBe(before);
    expect(await world.service()).toMatchObject({ applied: { commit: live, side: 'blue' } });
  });

  it('deleting the branch returns traffic before anything is taken away', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 50);
    world.git.deleteBranch('orders', 'feature/login');
    await world.look();
    await world.until(() => world.traffic().green === 0, 10_000);
    expect(world.traffic()).toMatchObject({ blue: 100, plain: 'blue' });
  });
});

describe('blue-green', () => {
  it('preview serves the new version while the old is live, then the switch', async () => {
    const world = await serving(BLUE_GREEN);
    await world.push();
    await world.until(() => world.traffic().header);
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: true, plain: 'blue' });
    await world.pass(4_000);
    expect(world.traffic()).toMatchObject({ blue: 100, header: true });
    world.measure = () => ({ kind: 'healthy' });
    await world.settled();
    expect(world.shares('green')).toEqual([0, 100]);
    expect(world.traffic()).toEqual({ blue: 0, green: 100, header: false, plain: 'green' });
  });

  it('failed pre-switch analysis leaves the old live', async () => {
    const world = await serving(BLUE_GREEN);
    world.measure = () => ({ kind: 'unhealthy', measurement: 'success rate 71 %' });
    await world.deliver();
    expect(world.shares('green')).toEqual([0]);
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: false, plain: 'blue' });
    expect((await world.service())?.failure?.reason).toContain('success rate 71 %');
  });

  it('failed post-switch analysis returns to it, its pods were still up', async () => {
    const world = await serving(BLUE_GREEN);
    world.measure = () =>
      world.traffic().green === 100 ? { kind: 'unhealthy', measurement: 'p99 3 s' } : { kind: 'healthy' };
    await world.push();
    await world.untilShare('green', 100);
    expect(world.readyPods('blue')).toBe(2);
    await world.settled();
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: false, plain: 'blue' });
    expect(world.unserved).toEqual([]);
  });

  it('inconclusive and no data pause and ask, and never count as success', async () => {
    const world = await serving(BLUE_GREEN);
    world.measure = () => ({ kind: 'no-data', measurement: 'no requests' });
    await world.push();
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    expect(world.traffic()).toMatchObject({ blue: 100, green: 0 });
    await world.until(async () => (await world.service())?.owner === undefined, 2 * 3_600_000);
    expect(world.traffic()).toMatchObject({ blue: 100, green: 0, header: false });
  });

  it('analysis that hangs or cannot start ends bounded, never as success', async () => {
    const world = await serving(BLUE_GREEN);
    await world.push();
    await world.until(async () => (await world.service())?.owner === undefined, 2 * 3_600_000);
    expect(world.traffic()).toMatchObject({ blue: 100, green: 0, header: false });
    expect((await world.service())?.failure?.reason).toContain('came to no verdict');
  });
});

describe('a header step', () => {
  it('header route appears at its step and is gone at the end', async () => {
    const world = await serving(WITH_HEADER);
    await world.deliver();
    expect(world.shifts.some(({ traffic }) => traffic.header && traffic.green === 0)).toBe(true);
    expect(world.traffic()).toMatchObject({ green: 100, header: false });
  });

  it('header route is gone on abort', async () => {
    const world = await serving(WITH_HEADER);
    await world.push();
    await world.until(() => world.traffic().header);
    await world.pass(1_000);
    await world.decide('abort');
    await world.settled();
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: false, plain: 'blue' });
  });
});
