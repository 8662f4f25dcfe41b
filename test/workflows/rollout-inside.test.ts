/** Rollouts of services that no route leads to, and candidates that are asked themselves instead of counting requests. */
import { describe, expect, it } from 'vitest';
import type { RolloutRules } from '../../lambdas/domain/rollout/choose-plan.ts';
import { RolloutWorld } from './rollout-world.ts';

const RULES: RolloutRules = {
  default: 'blue-green',
  allowed: ['rolling', 'blue-green', 'canary'],
  metrics: [],
  alarms: [],
  stores: { prometheus: true, cloudWatch: false },
};
const NO_ROUTE = { routes: 'none' };
const JOB = {
  strategy: 'blue-green',
  before: { analyse: '40s' },
  metrics: [{ kind: 'job', command: ['node', 'check.js'], within: '20s' }],
};

/** Its pods answer on a path of their own before the switch. */
const checkedFor = (analyse: string) => ({
  ...NO_ROUTE,
  rollout: { strategy: 'blue-green', before: { analyse }, metrics: [{ kind: 'self-check', path: '/works' }] },
});

/** A world in which a version of this file serves already. */
async function serving(file: RolloutWorld['file'] = NO_ROUTE): Promise<RolloutWorld> {
  const world = new RolloutWorld();
  world.rules = RULES;
  world.file = file;
  await world.deliver();
  return world;
}

const asked = async (world: RolloutWorld): Promise<boolean> => (await world.stored())?.rollout.question !== undefined;
const reason = async (world: RolloutWorld): Promise<string> => (await world.service())?.failure?.reason ?? '';
/** Ways in from outside; how others inside reach it is another matter. */
const routes = (world: RolloutWorld) => world.cluster.names('HTTPRoute').filter((name) => name.endsWith('/orders'));
const plainOf = (world: RolloutWorld) =>
  world.shifts.flatMap(({ traffic }) => traffic.plain ?? []).filter((side, index, all) => side !== all[index - 1]);

describe('a service without a public route', () => {
  it('is delivered without a route: others in the cluster call it', async () => {
    const world = await serving();
    expect(routes(world)).toEqual([]);
    expect(world.traffic().plain).toBe('blue');
    expect(JSON.stringify(world.notices.published.at(-1))).toContain('http://orders.espalier-feature-login');
  });

  it('every pod of the new version answers its self-check before the plain Service moves, once', async () => {
    const world = await serving({ ...NO_ROUTE, selfCheck: '/works' });
    const begun = world.pods.asked.length;
    await world.deliver();
    expect(plainOf(world)).toEqual(['blue', 'green']);
    expect(world.pods.asked.length - begun).toBeGreaterThanOrEqual(4);
    expect(
      world.pods.asked.slice(begun).map(({ pod, port, path }) => `${pod.slice(0, 13)}${String(port)}${path}`),
    ).toEqual(expect.arrayContaining(['orders-green-8080/works']));
    expect(routes(world)).toEqual([]);
    expect((await world.service())?.applied?.side).toBe('green');
  });

  it('a self-check that fails leaves the old version where it is', async () => {
    const world = await serving(checkedFor('10s'));
    world.pods.answer = (path, pod) => ({
      kind: 'answered',
      status: path === '/works' && pod.endsWith('-0') ? 500 : 200,
      headers: {},
    });
    const commit = await world.deliver();
    expect(plainOf(world)).toEqual(['blue']);
    expect(await reason(world)).toContain('self-check 50 %, good >= 100');
    world.pods.answer = (path) => ({ kind: 'answered', status: path === '/works' ? 204 : 200, headers: {} });
    const next = await world.deliver();
    expect([commit === next, (await world.service())?.applied?.commit]).toEqual([false, next]);
  });

  it('pods that cannot be asked are no data: a person is asked, and without an answer it returns', async () => {
    const world = await serving(checkedFor('2m'));
    world.pods.answer = (path) =>
      path === '/works'
        ? { kind: 'unreachable', reason: 'dial tcp 10.0.0.1:8080: i/o timeout' }
        : { kind: 'answered', status: 200, headers: {} };
    await world.push();
    await world.until(() => asked(world));
    expect((await world.stored())?.rollout.question).toMatchObject({
      about: 'no-data',
      text: expect.stringContaining('i/o timeout') as string,
    });
    await world.until(async () => (await world.service())?.owner === undefined, 2 * 3_600_000);
    expect(plainOf(world)).toEqual(['blue']);
  });

  it('what is wrong after the switch returns the plain Service, whose pods were still up', async () => {
    const world = await serving({ ...NO_ROUTE, rollout: { strategy: 'blue-green', after: { analyse: '30s' } } });
    await world.push();
    await world.until(() => world.traffic().plain === 'green');
    expect(world.readyPods('blue')).toBe(2);
    world.pods.answer = () => ({ kind: 'answered', status: 503, headers: {} });
    await world.settled();
    expect(plainOf(world)).toEqual(['blue', 'green', 'blue']);
  });

  it('abort returns, rollback in the keep time is immediate, the idle side goes', async () => {
    const world = await serving({ ...NO_ROUTE, rollout: { strategy: 'blue-green', before: { analyse: '5m' } } });
    const first = (await world.service())?.applied?.commit;
    await world.push();
    await world.pass(20_000);
    await world.decide('abort');
    await world.settled();
    expect(world.traffic().plain).toBe('blue');
    await world.pass(40_000);
    expect(world.replicasOf('green')).toBe(0);
    world.file = { ...NO_ROUTE, rollout: { strategy: 'blue-green', before: { analyse: '10s' } } };
    await world.deliver();
    expect(world.traffic().plain).toBe('green');
    await world.pass(2_000);
    const begun = world.clock.now();
    await world.decide('roll-back');
    await world.until(() => world.traffic().plain === 'blue', 10_000);
    expect(world.clock.now() - begun).toBeLessThan(5_000);
    await world.settled();
    expect((await world.service())?.applied?.commit).toBe(first);
  });

  it.each([
    ['canary', 'no requests to share'],
    ['Canary10Percent5Minutes', 'no requests to share'],
    [{ strategy: 'blue-green', preview: true }, 'no request can carry the header'],
    [
      { strategy: 'blue-green', before: { analyse: '30s' }, metrics: [{ kind: 'success-rate', success: '>= 99' }] },
      'where none come without a public route',
    ],
  ])('a plan that needs a route is refused: %j', async (rollout, said) => {
    const world = await serving();
    const before = world.cluster.calls.length;
    world.file = { ...NO_ROUTE, rollout };
    await world.deliver();
    expect(await reason(world)).toContain(said);
    expect(world.cluster.calls.slice(before).filter((call) => call.startsWith('apply Deployment'))).toEqual([]);
    world.file = NO_ROUTE;
    await world.deliver();
    expect(world.traffic().plain).toBe('green');
  });

  it('gets its first route when the new version has everything, and loses it then', async () => {
    const world = await serving();
    world.file = { rollout: { strategy: 'blue-green', before: { analyse: '15s' }, metrics: [{ kind: 'self-check' }] } };
    await world.push();
    await world.until(() => world.traffic().plain === 'green');
    await world.settled();
    expect(world.traffic()).toEqual({ blue: 0, green: 100, header: false, plain: 'green' });
    expect(world.shifts.some(({ traffic }) => traffic.blue > 0)).toBe(false);
    world.file = NO_ROUTE;
    await world.push();
    await world.until(() => world.traffic().plain === 'blue');
    await world.settled();
    expect(routes(world)).toEqual([]);
    expect(world.unserved).toEqual([]);
  });
});

describe('a job that checks the candidate', () => {
  it('runs once in the candidate’s image, and its exit code 0 is the verdict', async () => {
    const world = await serving({ ...NO_ROUTE, rollout: JOB });
    await world.push();
    await world.until(() => world.cluster.peek('Job').length > 0);
    const specOf = (kind: string, name: RegExp) =>
      world.cluster.peek(kind).find(({ metadata }) => name.test(metadata.name))?.['spec'] as {
        template: { metadata: { labels: object }; spec: { containers: { image: string; env: object[] }[] } };
      };
    const job = specOf('Job', /^orders-check-/);
    const image = specOf('Deployment', /^orders-green$/).template.spec.containers[0]?.image;
    const { template } = job;
    expect(job).toMatchObject({ activeDeadlineSeconds: 20, backoffLimit: 0 });
    expect(template.spec.containers).toMatchObject([{ image, command: ['node', 'check.js'] }]);
    expect(JSON.stringify(template.spec.containers)).toContain('http://orders-green');
    expect(template.metadata.labels).not.toHaveProperty(['espalier.dev/side']);
    await world.settled();
    expect(world.traffic().plain).toBe('green');
    expect(world.cluster.calls.filter((call) => call.startsWith('apply Job'))).toHaveLength(1);
  });

  it('another exit code leaves the old version where it is', async () => {
    const world = await serving({ ...NO_ROUTE, rollout: JOB });
    world.cluster.behaviour.jobFate = () => ({ kind: 'fails', after: 1_000, exitCode: 3, log: 'broken' });
    await world.deliver();
    expect(plainOf(world)).toEqual(['blue']);
    expect(await reason(world)).toContain('job 3, good <= 0');
  });

  it.each([
    ['hangs', { kind: 'takes-too-long', after: 20_000 }],
    ['never starts', { kind: 'succeeds', after: 3_600_000 }],
  ] as const)('one that %s ends bounded: a person is asked, and it is no success', async (_how, fate) => {
    const world = await serving({ ...NO_ROUTE, rollout: JOB });
    world.cluster.behaviour.jobFate = () => fate;
    await world.push();
    await world.until(() => asked(world), 60_000);
    await world.until(async () => (await world.service())?.owner === undefined, 2 * 3_600_000);
    expect(plainOf(world)).toEqual(['blue']);
  });

  it('a cluster that refuses it is no data either', async () => {
    const world = await serving({ ...NO_ROUTE, rollout: JOB });
    world.cluster.behaviour.beforeCall = (verb, what) => {
      if (verb === 'apply' && what.startsWith('Job')) throw new Error('exceeded quota: environment');
    };
    await world.push();
    await world.until(() => asked(world), 60_000);
    expect((await world.stored())?.rollout.question?.text).toContain('exceeded quota');
    expect(world.traffic().plain).toBe('blue');
  });

  it('checks a service with a route before its switch, beside a self-check', async () => {
    const world = await serving({
      rollout: { ...JOB, preview: true, metrics: [...JOB.metrics, { kind: 'self-check' }] },
    });
    await world.deliver();
    expect(world.shares('green')).toEqual([0, 100]);
    expect(world.pods.asked.length).toBeGreaterThan(0);
    world.cluster.behaviour.jobFate = () => ({ kind: 'fails', after: 1_000, exitCode: 1, log: '' });
    await world.deliver();
    expect(world.traffic()).toMatchObject({ green: 100, blue: 0, plain: 'green' });
  });
});
