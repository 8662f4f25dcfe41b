/** Deploy is not release: versions that are delivered dark, through the real state machines, on virtual time. */
import { describe, expect, it } from 'vitest';
import { compilePlan } from '../../lambdas/domain/rollout/compile-plan.ts';
import type { Plan } from '../../lambdas/domain/rollout/step.ts';
import type { WrittenPlan } from '../../lambdas/domain/rollout/written-plan.ts';
import { RolloutWorld } from './rollout-world.ts';

const [ANN, EVE] = ['Product/ann', 'Developers/eve'].map((who) => `arn:aws:sts::123456789012:assumed-role/${who}`) as [
  string,
  string,
];

const planOf = (written: WrittenPlan): Plan => {
  const compiled = compilePlan(written, false);
  if (compiled.kind !== 'plan') throw new Error(`This is no plan: ${JSON.stringify(written)}`);
  return compiled.plan;
};
const DARK = planOf({
  strategy: 'canary',
  dark: { header: { name: 'x-try', value: 'next' }, expires: '2d' },
  steps: [{ weight: 10 }, { pause: '20s' }, { weight: 100 }],
  keep: '60s',
});

/** A world in which one version serves and another is dark. */
async function dark(
  plan: Plan = DARK,
): Promise<{ readonly world: RolloutWorld; readonly live: string; readonly commit: string }> {
  const world = new RolloutWorld(plan);
  world.file = { owner: 'team-checkout' };
  const live = await world.deliver();
  const commit = await world.deliver();
  // People are told after it is on record.
  await world.pass(1_000);
  return { world, live, commit };
}

describe('a dark version', () => {
  it('runs beside the live one without a share, reached by its header, and its delivery ends well', async () => {
    const { world, live, commit } = await dark();
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: true, plain: 'blue' });
    expect(world.servingCommits('green')).toEqual([commit]);
    expect(world.shares('green')).toEqual([0]);
    expect(await world.service()).toMatchObject({
      applied: { commit: live, side: 'blue' },
      dark: { commit, side: 'green', header: { name: 'x-try', value: 'next' } },
    });
    expect((await world.service())?.failure).toBeUndefined();
    expect([...world.outcomes].filter(([name]) => name.startsWith('deliver-service')).at(-1)?.[1]).toMatchObject({
      status: 'SUCCEEDED',
      output: { kind: 'dark' },
    });
  });

  it('stays as it is: looks, time and repeated events start nothing', async () => {
    const { world } = await dark();
    const generation = (await world.service())?.generation;
    await world.pass(10 * 60_000);
    await world.look();
    await world.pass(60_000);
    expect((await world.service())?.generation).toBe(generation);
    expect(world.traffic()).toMatchObject({ blue: 100, header: true });
  });

  it('is told in the thread with whose service it is, the header to try, who may release it, until when, and what to paste', async () => {
    const { world } = await dark();
    const notice = world.notices.published.at(-1)!;
    const text = `${notice.content.description}\n${notice.content.nextSteps?.join('\n') ?? ''}`;
    expect(notice.content.title).toBe('orders is delivered dark in feature-login');
    expect(text).toContain('Owner team-checkout');
    expect(text).toContain("curl -H 'x-try: next' http");
    expect(text).toMatch(/Until \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
    expect(text).toContain('May release: everybody');
    expect(text).toContain('npx espalier release feature-login orders');
    expect(text).toContain(`{"approval":"${await world.approval()}","decision":"release"}`);
    expect(text).toContain(
      'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/statemachines/view/arn:aws:states:eu-central-1:',
    );
    expect(new Set(world.notices.published.map(({ metadata }) => metadata.threadId)).size).toBe(1);
  });

  it('follows the rest of its plan when it is released, and keeps its header until it has all the traffic', async () => {
    const { world, commit } = await dark();
    await world.pass(60_000);
    const before = world.shifts.length;
    expect(await world.decideAs(ANN, 'release')).toMatchObject({ kind: 'taken' });
    await world.pass(1_000);
    await world.settled();
    const shifts = world.shifts.slice(before).map(({ traffic }) => traffic);
    expect(shifts.filter(({ green }) => green < 100).every(({ header }) => header)).toBe(true);
    expect([...new Set(shifts.map(({ green }) => green))].filter((green) => green > 0)).toEqual([10, 100]);
    expect(world.traffic()).toEqual({ blue: 0, green: 100, header: false, plain: 'green' });
    const service = await world.service();
    expect(service?.applied).toMatchObject({ commit, side: 'green' });
    expect(service?.dark).toBeUndefined();
    expect(world.unserved).toEqual([]);
    expect(world.log().join('\n')).toMatch(/ann \(role Product\) decided "release"[\s\S]*Releases it/);
    await world.pass(70_000);
    expect([world.replicasOf('blue'), world.replicasOf('green')]).toEqual([0, 2]);
  });

  it('is released in the console too', async () => {
    const { world, commit } = await dark();
    expect(await world.decide('release')).toMatchObject({ status: 'SUCCEEDED' });
    await world.pass(1_000);
    await world.settled();
    expect((await world.service())?.applied?.commit).toBe(commit);
  });

  it('is released by its own group of people only', async () => {
    const { world } = await dark();
    world.decisions = {
      groups: { product: ['arn:aws:iam::123456789012:role/Product'], developers: ['arn:aws:iam::*:role/Developers'] },
      rules: { release: 'product', default: 'developers' },
    };
    expect(await world.decideAs(EVE, 'release')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('the group product') as string,
    });
    expect(await world.decideAs(ANN, 'drop')).toMatchObject({ kind: 'refused' });
    expect(await world.decideAs(ANN, 'release')).toMatchObject({ kind: 'taken' });
  });

  it('is released once; what is not offered is refused', async () => {
    const { world } = await dark();
    const approval = await world.approval();
    expect(await world.decideAs(ANN, 'promote')).toMatchObject({
      reason: expect.stringContaining('allowed: release, drop') as string,
    });
    await world.decideAs(ANN, 'release', approval);
    expect(await world.decideAs(EVE, 'drop', approval)).toMatchObject({ kind: 'refused' });
    await world.settled();
    expect(await world.decideAs(EVE, 'release', approval)).toMatchObject({ kind: 'refused' });
  });

  it('that is released and turns out bad goes back to what served, as any rollout', async () => {
    const { world } = await dark();
    world.measure = () => ({ kind: 'unhealthy', measurement: 'success rate 71 %' });
    await world.decideAs(ANN, 'release');
    await world.pass(1_000);
    await world.settled();
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: false, plain: 'blue' });
    expect((await world.service())?.failure?.reason).toContain('success rate 71 %');
  });

  it('is replaced by a newer commit, which is dark in its place; the older can no longer be released', async () => {
    const { world, live } = await dark();
    const old = await world.approval();
    const next = await world.deliver();
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: true, plain: 'blue' });
    expect(world.servingCommits('green')).toEqual([next]);
    expect(await world.service()).toMatchObject({ applied: { commit: live }, dark: { commit: next } });
    expect(await world.decideAs(ANN, 'release', old)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('replaced by a newer one') as string,
    });
    await world.decideAs(ANN, 'release');
    await world.pass(1_000);
    await world.settled();
    expect((await world.service())?.applied?.commit).toBe(next);
  });

  it('is replaced by a newer commit without a dark plan: its header is closed before that one starts', async () => {
    const { world } = await dark();
    world.plan = planOf({ strategy: 'canary', steps: [{ weight: 10 }, { pause: '20s' }, { weight: 100 }] });
    const next = await world.push();
    await world.untilShare('green', 10);
    expect(world.traffic()).toMatchObject({ header: false });
    await world.settled();
    expect(await world.service()).toMatchObject({ applied: { commit: next } });
    expect((await world.service())?.dark).toBeUndefined();
  });

  it('is dropped: header and pods go, the live one never notices, and the same commit does not come back by itself', async () => {
    const { world, live } = await dark();
    expect(await world.decideAs(EVE, 'drop')).toMatchObject({ kind: 'taken' });
    await world.pass(1_000);
    await world.settled();
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: false, plain: 'blue' });
    const service = await world.service();
    expect(service).toMatchObject({ applied: { commit: live }, failure: { kind: 'rejected' } });
    expect(service?.failure?.reason).toContain('eve (role Developers) dropped it before it was released: as said');
    await world.look();
    await world.pass(10 * 60_000);
    expect(world.replicasOf('green')).toBe(0);
    expect(world.traffic()).toMatchObject({ blue: 100, header: false });
  });

  it('that nobody releases in its time goes by itself', async () => {
    const { world, live } = await dark(planOf({ strategy: 'blue-green', dark: { expires: '20m' } }));
    await world.pass(19 * 60_000);
    expect(world.traffic()).toMatchObject({ header: true });
    await world.pass(2 * 60_000);
    await world.settled();
    expect(world.traffic()).toEqual({ blue: 100, green: 0, header: false, plain: 'blue' });
    expect(await world.service()).toMatchObject({ applied: { commit: live }, failure: { kind: 'rejected' } });
    expect((await world.service())?.failure?.reason).toContain('nobody released it in its time');
  });

  it('that was dropped is dark again when somebody retries', async () => {
    const { world, commit } = await dark();
    await world.decideAs(EVE, 'drop');
    await world.pass(1_000);
    await world.settled();
    await world.decideAs(EVE, 'retry');
    await world.until(() => world.traffic().header);
    await world.settled();
    expect((await world.service())?.dark?.commit).toBe(commit);
  });

  it('blue-green switches once it is released', async () => {
    const { world, commit } = await dark(planOf({ strategy: 'blue-green', dark: true, preview: true }));
    expect(world.traffic()).toMatchObject({ blue: 100, header: true });
    await world.decideAs(ANN, 'release');
    await world.pass(1_000);
    await world.settled();
    expect(world.traffic()).toEqual({ blue: 0, green: 100, header: false, plain: 'green' });
    expect((await world.service())?.applied?.commit).toBe(commit);
  });

  it('is no way for a first version, beside which nothing serves: it takes everything', async () => {
    const world = new RolloutWorld(DARK);
    await world.deliver();
    expect(world.traffic()).toMatchObject({ blue: 100, header: false });
  });
});

describe('a function that dies at any line', () => {
  it.each(['before', 'after'] as const)(
    '(%s a call) leaves a version dark, releases it and drops it all the same',
    async (when) => {
      for (let first = 1; first <= 25; first += 6) {
        const world = new RolloutWorld(DARK);
        await world.deliver();
        let count = 0;
        world.faults = {
          [when]: () => {
            count += 1;
            if (count % 25 === first) throw Object.assign(new Error('Killed.'), { name: 'Lambda.Unknown' });
          },
        };
        const dropped = await world.deliver();
        expect([first, world.traffic(), (await world.service())?.dark?.commit]).toEqual([
          first,
          { blue: 100, green: 0, header: true, plain: 'blue' },
          dropped,
        ]);
        await world.decide('drop');
        await world.until(async () => (await world.service())?.failure !== undefined);
        expect([first, world.traffic()]).toEqual([first, { blue: 100, green: 0, header: false, plain: 'blue' }]);
        const released = await world.deliver();
        await world.decide('release');
        await world.until(async () => (await world.service())?.applied?.commit === released);
        expect([first, world.traffic()]).toEqual([first, { blue: 0, green: 100, header: false, plain: 'green' }]);
        expect(world.unserved).toEqual([]);
      }
    },
  );
});
