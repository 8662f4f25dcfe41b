/** Experiments through the synthesized state machine and the real use cases: brought about, bounded, undone whatever happens, and told. */
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../local/aws/step-functions/interpreter.ts';
import { RolloutWorld } from './rollout-world.ts';

const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const SECONDS = 60;

async function serving(
  file: Readonly<Record<string, unknown>> = { dependencies: ['inventory'] },
): Promise<RolloutWorld> {
  const world = new RolloutWorld();
  world.file = file;
  world.pods.answer = () => ({ kind: 'answered', status: 200, headers: {} });
  await world.deliver();
  return world;
}

/** Orders it, and answers how it ends. */
async function ordered(world: RolloutWorld, input: Readonly<Record<string, unknown>>): Promise<Outcome> {
  let outcome: Outcome | undefined;
  void world.experiment({ seconds: SECONDS, ...input }).then((ended) => (outcome = ended));
  await world.until(() => outcome !== undefined, 3 * 3_600_000);
  return outcome as Outcome;
}

const refusal = async (world: RolloutWorld, input: Readonly<Record<string, unknown>>): Promise<string> => {
  const outcome = await ordered(world, input);
  expect(outcome).toMatchObject({ status: 'FAILED', error: 'rejected' });
  return outcome.status === 'FAILED' ? (outcome.cause ?? '') : '';
};

const nameOf = (world: RolloutWorld, name: string): string | undefined =>
  (world.cluster.peek('Service').find(({ metadata }) => metadata.name === name)?.['spec'] as { externalName?: string })
    ?.externalName;

describe('an experiment', () => {
  it('ends every pod, waits until all are ready again, and tells who wanted it and what became of it', async () => {
    const world = await serving();
    const before = world.cluster.names('Pod');
    const outcome = await ordered(world, { fault: 'pods', author: 'ann', reason: 'who notices?' });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { kind: 'ended' } });
    expect(world.cluster.names('Pod')).toHaveLength(before.length);
    expect(world.cluster.names('Pod').filter((pod) => before.includes(pod))).toEqual([]);
    const log = world.log().join('\n');
    expect(log).toContain('Experiment of ann (who notices?): every pod of orders ends, for 60 s');
    expect(log).toMatch(/The experiment is over after \d+ s: 2 of 2 pods answered their health path well/);
  });

  it('lets the way in lead nowhere for its time, and then back to the side that serves', async () => {
    const world = await serving();
    const begun = world.clock.now();
    void world.experiment({ fault: 'route', seconds: SECONDS });
    await world.until(() => world.traffic().blue === 0);
    await world.pass((SECONDS - 5) * 1_000);
    expect(world.traffic()).toEqual({ ...ON_BLUE, blue: 0 });
    await world.until(() => world.traffic().blue === 100);
    expect(world.clock.now() - begun).toBeLessThan((SECONDS + 10) * 1_000);
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('lets a borrowed name lead nowhere, and gives it back', async () => {
    const world = await serving();
    void world.experiment({ fault: 'dependency', dependency: 'inventory', seconds: SECONDS });
    await world.until(() => nameOf(world, 'inventory') !== undefined);
    expect(nameOf(world, 'inventory')).toMatch(/^nobody-inventory\.espalier-feature-login\.svc\./);
    expect(world.cluster.names('Service')).toContain('espalier-feature-login/nobody-inventory');
    await world.until(() => nameOf(world, 'inventory') === undefined);
    await world.pass(1_000);
    expect(world.cluster.names('Service').filter((name) => name.includes('inventory'))).toEqual([]);
  });

  it.each([
    [{ fault: 'route', service: 'ordrs' }, 'Did you mean orders?'],
    [{ fault: 'dependency', dependency: 'inventary' }, 'Did you mean inventory?'],
    [{ fault: 'dependency' }, 'and with no other fault'],
    [{ fault: 'latency' }, 'allowed: pods, route'],
    [{ fault: 'pods', seconds: 901 }, 'from 1 to 900'],
    [{ fault: 'pods', environment: 'feature-other' }, 'There is no environment feature-other'],
  ])('is refused, and nothing is touched: %o', async (input, why) => {
    const world = await serving();
    const calls = world.cluster.calls.length;
    expect(await refusal(world, input)).toContain(why);
    expect(world.cluster.calls.slice(calls).filter((call) => /^(apply|remove)/.test(call))).toEqual([]);
  });

  it('is refused while somebody delivers', async () => {
    const world = await serving();
    await world.push();
    expect(await refusal(world, { fault: 'route' })).toContain('a delivery or withdrawal of orders is under way');
    await world.settled();
    expect(world.traffic()).toEqual(ON_BLUE);
  });
});

describe('its end', () => {
  it('waits for a delivery that came meanwhile, whose version has the traffic then', async () => {
    const world = await serving();
    void world.experiment({ fault: 'route', seconds: SECONDS });
    await world.until(() => world.traffic().blue === 0);
    const commit = await world.deliver();
    await world.pass(2 * SECONDS * 1_000);
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(world.servingCommits('blue')).toEqual([commit]);
  });

  it('comes also when the cluster is away at its time, for as long as half an hour', async () => {
    const world = await serving();
    void world.experiment({ fault: 'route', seconds: SECONDS });
    await world.until(() => world.traffic().blue === 0);
    const comeBack = world.cluster.takeAway();
    await world.pass(20 * 60_000);
    comeBack();
    await world.until(() => world.traffic().blue === 100);
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('comes also when its beginning failed half-way', async () => {
    const world = await serving();
    world.faults = {
      after: (call) => {
        if (call !== 'cluster.apply') return;
        world.faults = {};
        throw new TypeError('a bug after the write');
      },
    };
    expect(await ordered(world, { fault: 'route' })).toMatchObject({ status: 'FAILED' });
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('comes with the next delivery when nobody else undoes it', async () => {
    const world = await serving();
    void world.experiment({ fault: 'dependency', dependency: 'inventory', seconds: SECONDS });
    await world.until(() => nameOf(world, 'inventory') !== undefined);
    await world.deliver();
    expect(nameOf(world, 'inventory')).toBeUndefined();
  });
});
