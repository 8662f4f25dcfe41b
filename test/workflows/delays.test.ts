/** Experiments that delay a dependency, through the synthesized state machine and the real use cases: never a moment without an answer. */
import { describe, expect, it } from 'vitest';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Service } from 'kubernetes-types/core/v1.js';
import { TransientError } from '../../lambdas/domain/errors.ts';
import type { Outcome } from '../../local/aws/step-functions/interpreter.ts';
import { BRANCH, ENVIRONMENT, RolloutWorld } from './rollout-world.ts';

const SECONDS = 60;
const DELAY = { fault: 'dependency', dependency: 'inventory', delayMs: 750, seconds: SECONDS };
const LATE = `late-inventory.espalier-${ENVIRONMENT}.svc.cluster.local`;

/** Orders serves in the branch and calls inventory, which serves in integration or beside it. */
async function serving(where = 'integration', file: Readonly<Record<string, unknown>> = {}): Promise<RolloutWorld> {
  const world = new RolloutWorld();
  world.file = { dependencies: ['inventory'] };
  world.pods.answer = () => ({ kind: 'answered', status: 200, headers: { 'espalier-answers': '42' } });
  await world.deliver();
  await world.serves(where, 'inventory', file);
  return world;
}

async function ordered(world: RolloutWorld, input: Readonly<Record<string, unknown>> = {}): Promise<Outcome> {
  let outcome: Outcome | undefined;
  void world.experiment({ ...DELAY, ...input }).then((ended) => (outcome = ended));
  await world.until(() => outcome !== undefined, 3 * 3_600_000);
  return outcome as Outcome;
}

const refusal = async (world: RolloutWorld, input: Readonly<Record<string, unknown>> = {}): Promise<string> => {
  const outcome = await ordered(world, input);
  expect(outcome).toMatchObject({ status: 'FAILED', error: 'rejected' });
  return outcome.status === 'FAILED' ? (outcome.cause ?? '') : '';
};

const service = (world: RolloutWorld, name: string): Service['spec'] =>
  world.cluster.peek('Service').find(({ metadata }) => metadata.name === name)?.['spec'] as Service['spec'];

/** Everything in the cluster that an experiment made. */
const left = (world: RolloutWorld): readonly string[] =>
  ['Deployment', 'Service', 'NetworkPolicy', 'Pod'].flatMap((kind) =>
    world.cluster.names(kind).filter((name) => name.includes('late-')),
  );

const isReady = (world: RolloutWorld): boolean =>
  world.cluster
    .peek('Pod')
    .some(
      ({ metadata, ...pod }) =>
        metadata.name.startsWith('late-') &&
        (pod['status'] as { conditions: { type: string; status: string }[] }).conditions.some(
          ({ type, status }) => type === 'Ready' && status === 'True',
        ),
    );

describe('a delayed dependency', () => {
  it('is borrowed: its name leads there only while something ready stands behind it, and nothing is left', async () => {
    const world = await serving();
    let ended = false;
    const seen = new Set<string>();
    const running = world.experiment(DELAY).then((outcome) => {
      ended = true;
      return outcome;
    });
    await world.until(() => {
      const name = service(world, 'inventory')?.externalName;
      if (name !== undefined)
        seen.add(JSON.stringify([name, isReady(world), service(world, 'late-inventory')?.selector]));
      return ended;
    });
    expect([...seen]).toEqual([JSON.stringify([LATE, true, { 'espalier.dev/experiment': 'late-inventory' }])]);
    expect(await running).toMatchObject({ status: 'SUCCEEDED' });
    expect(service(world, 'inventory')).toBeUndefined();
    expect(left(world)).toEqual([]);
    const log = world.log().join('\n');
    expect(log).toContain('Experiment: inventory, which orders calls, answers 750 ms late, for 60 s');
    expect(log).toMatch(
      /over after 6\d s, and the name inventory leads where it did; until then 2 of 2 pods .* well\. Answers of inventory that came 750 ms late: 42$/m,
    );
  });

  it('hands on to integration what is borrowed, and to the side that serves what is own, by every port', async () => {
    const ways = async (where: string): Promise<readonly (string | undefined)[]> => {
      const world = await serving(where, { ports: { metrics: 9090 } });
      void world.experiment(DELAY);
      await world.until(() => left(world).some((name) => name.endsWith('late-inventory')));
      const deployment = world.cluster.peek('Deployment').find(({ metadata }) => metadata.name === 'late-inventory');
      const [container] = (deployment as unknown as Deployment).spec?.template.spec?.containers ?? [];
      return (container?.env ?? []).filter(({ name }) => name.endsWith('_TO')).map(({ value }) => value);
    };
    const integration = 'inventory.espalier-integration.svc.cluster.local.';
    const own = `inventory-blue.espalier-${ENVIRONMENT}.svc.cluster.local.`;
    expect(await ways('integration')).toEqual([`${integration}:80`, `${integration}:9090`]);
    expect(await ways(ENVIRONMENT)).toEqual([`${own}:80`, `${own}:9090`]);
  });

  it('stays for callers who remember its address, and delays nothing by then', async () => {
    const world = await serving();
    void world.experiment(DELAY);
    await world.until(() => service(world, 'inventory') !== undefined);
    await world.until(() => service(world, 'inventory') === undefined);
    expect(world.pods.asked.find(({ path }) => path === '/over')).toMatchObject({ port: 20_000 });
    await world.pass(25_000);
    expect(isReady(world)).toBe(true);
    expect(service(world, 'late-inventory')).toBeDefined();
    await world.pass(15_000);
    expect(left(world)).toEqual([]);
  });

  it.each([
    [{ delayMs: 9 }, 'a whole number from 10 to 30000'],
    [{ delayMs: 30_001 }, 'a whole number from 10 to 30000'],
    [{ fault: 'route', dependency: undefined }, '\\"delayMs\\": MILLISECONDS with'],
    [{ dependency: 'inventary' }, 'Did you mean inventory?'],
  ])('is refused before anything is touched: %o', async (input, why) => {
    const world = await serving();
    const calls = world.cluster.calls.length;
    expect(await refusal(world, JSON.parse(JSON.stringify(input)) as object as Record<string, unknown>)).toContain(why);
    expect(world.cluster.calls.slice(calls).filter((call) => call.startsWith('apply'))).toEqual([]);
  });

  it('is refused without an image, without room, and without anybody who serves it', async () => {
    const world = await serving();
    delete world.experiments.image;
    expect(await refusal(world)).toContain('sets experiments.image');
    world.experiments.image = `node@sha256:${'0'.repeat(64)}`;
    world.quota.pods = 2;
    expect(await refusal(world)).toContain('come to 3 pods where 2 are allowed');
    expect(left(world)).toEqual([]);
    const alone = new RolloutWorld();
    alone.file = { dependencies: ['inventory'] };
    await alone.deliver();
    expect(await refusal(alone)).toContain('nobody could answer late');
  });

  it('never begins when its pod cannot run, and takes it away again', async () => {
    const world = await serving();
    const { podFate } = world.cluster.behaviour;
    world.cluster.behaviour.podFate = () => ({ kind: 'image-pull' });
    expect(await refusal(world)).toMatch(/The pod that delays inventory cannot run: .*image/i);
    expect(left(world)).toEqual([]);
    world.cluster.behaviour.podFate = () => ({ kind: 'not-ready' });
    expect(await refusal(world)).toContain('was not ready within 3 minutes');
    expect(left(world)).toEqual([]);
    expect(service(world, 'inventory')).toBeUndefined();
    world.cluster.behaviour.podFate = podFate;
    expect(await ordered(world)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('never begins when the dependency is delivered while it is prepared, and its name is that of the delivery', async () => {
    const world = await serving();
    let outcome: Outcome | undefined;
    void world.experiment(DELAY).then((ended) => (outcome = ended));
    await world.until(() => left(world).some((name) => name.endsWith('late-inventory')));
    await world.serves(ENVIRONMENT, 'inventory');
    await world.until(() => outcome !== undefined);
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'rejected' });
    expect(JSON.stringify(outcome)).toContain('inventory was delivered or withdrawn while');
    expect([left(world), service(world, 'inventory')]).toEqual([[], undefined]);
  });

  it('begins once: when the answer of its beginning is lost, and a delivery comes before it is asked again, it is no less undone', async () => {
    const world = await serving(ENVIRONMENT);
    const run = world.experiment(DELAY);
    world.faults = {
      after: (call) => {
        if (call !== 'cluster.apply' || service(world, 'inventory')?.externalName !== LATE) return;
        world.faults = {};
        throw new TransientError('The answer was lost.');
      },
    };
    await world.until(() => service(world, 'inventory')?.externalName === LATE);
    await world.push();
    await world.settled();
    const outcome = await world.clock.run(run);
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    expect(service(world, 'inventory')?.externalName).toMatch(/^inventory-blue\./);
    expect(left(world)).toEqual([]);
  });

  it('is late for nobody any more at its time, also while a delivery holds up its end', async () => {
    const world = await serving();
    world.cluster.behaviour.podFate = ({ labels }) =>
      labels['espalier.dev/experiment'] === undefined
        ? { kind: 'ready', after: 150_000 }
        : { kind: 'ready', after: 100 };
    void world.experiment(DELAY);
    await world.until(() => service(world, 'inventory') !== undefined);
    await world.push();
    const asked = () => world.pods.asked.filter(({ path }) => path === '/over').length;
    await world.pass((SECONDS + 5) * 1_000);
    expect((await world.service())?.owner).toBeDefined();
    expect(asked()).toBeGreaterThan(0);
    await world.until(() => left(world).length === 0);
  });

  it('is nobody else’s: a second one is refused, and takes nothing of the first away', async () => {
    const world = await serving();
    void world.experiment(DELAY);
    await world.until(() => service(world, 'inventory') !== undefined);
    expect(await refusal(world)).toContain('an experiment delays inventory');
    expect(service(world, 'inventory')?.externalName).toBe(LATE);
    expect(isReady(world)).toBe(true);
  });

  it('ends with the next delivery of whose name it is, and what stood in the way goes in its time', async () => {
    const world = await serving();
    void world.experiment(DELAY);
    await world.until(() => service(world, 'inventory') !== undefined);
    await world.deliver();
    expect(service(world, 'inventory')).toBeUndefined();
    expect(isReady(world)).toBe(true);
    await world.pass(2 * SECONDS * 1_000);
    expect(left(world)).toEqual([]);
  });

  it('of a service of the environment itself gets its own name back, also when who called it is gone', async () => {
    const world = await serving(ENVIRONMENT);
    void world.experiment(DELAY);
    await world.until(() => service(world, 'inventory')?.externalName === LATE);
    world.git.deleteBranch('orders', BRANCH);
    await world.look();
    await world.pass(3 * SECONDS * 1_000);
    expect(service(world, 'inventory')?.externalName).toMatch(/^inventory-blue\./);
    expect(left(world)).toEqual([]);
  });

  it.each(['cluster.apply', 'cluster.remove', 'cluster.get', 'cluster.list'])(
    'leaves nothing when a function dies after any %s',
    async (call) => {
      for (let nth = 1; nth <= 6; nth += 1) {
        const world = await serving();
        let seen = 0;
        world.faults = {
          after: (what) => {
            if (what !== call) return;
            seen += 1;
            if (seen === nth) throw new TypeError('a bug after it');
          },
        };
        await ordered(world);
        world.faults = {};
        expect([nth, left(world), service(world, 'inventory')]).toEqual([nth, [], undefined]);
      }
    },
  );

  it('is over when the cluster is away at its end for a while', async () => {
    const world = await serving();
    void world.experiment(DELAY);
    await world.until(() => service(world, 'inventory') !== undefined);
    const comeBack = world.cluster.takeAway();
    await world.pass(10 * 60_000);
    comeBack();
    await world.until(() => left(world).length === 0);
    expect(service(world, 'inventory')).toBeUndefined();
  });
});
