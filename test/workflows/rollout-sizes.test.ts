/** How large the sides are while traffic moves: by a number, or by an autoscaler that nobody fights with. */
import { rememberedSeconds } from '../../lambdas/domain/borrowing/names.ts';
import { describe, expect, it } from 'vitest';
import { CANARY } from './rollout-plans.ts';
import { RolloutWorld } from './rollout-world.ts';

const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };
const BOUNDS = { autoscale: { minimum: 2, maximum: 8 } };

/** A world in which one version serves with an autoscaler, at so many pods. */
async function autoscaled(pods = 2, file: RolloutWorld['file'] = BOUNDS): Promise<RolloutWorld> {
  const world = new RolloutWorld(CANARY);
  world.file = file;
  await world.deliver();
  if (pods !== 2) await world.scale('blue', pods);
  return world;
}

/** Numbers of pods that Espalier applied to a side since then. */
const applied = (world: RolloutWorld, side: string, since = 0): number =>
  world.cluster.calls.slice(since).filter((call) => call === `apply Deployment orders-${side}`).length;

describe('a service with an autoscaler', () => {
  it('is delivered with one, whose bounds are those of the service file', async () => {
    const world = await autoscaled();
    expect(world.boundsOf('blue')).toEqual([2, 8]);
    expect(world.readyPods('blue')).toBe(2);
    const [scaler] = world.cluster.peek('HorizontalPodAutoscaler');
    expect(scaler?.['spec']).toMatchObject({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'orders-blue' },
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 70 } } }],
    });
  });

  it('at the start stable’s minimum is raised to its present size, and nobody applies its number of pods', async () => {
    const world = await autoscaled(6);
    const since = world.cluster.calls.length;
    await world.push();
    await world.untilShare('green', 10);
    expect(world.boundsOf('blue')).toEqual([6, 8]);
    await world.settled();
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(applied(world, 'blue', since)).toBe(0);
  });

  it('the candidate has the size that its share needs before it gets the share, by its autoscaler’s minimum', async () => {
    const world = await autoscaled(6);
    await world.push();
    const seen = new Map<number, readonly [number, number] | undefined>();
    await world.until(async () => {
      const { green } = world.traffic();
      expect(world.readyPods('green')).toBeGreaterThanOrEqual(Math.ceil((6 * green) / 100));
      expect(world.readyPods('blue')).toBe(6);
      if (!seen.has(green)) seen.set(green, world.boundsOf('green'));
      return (await world.service())?.owner === undefined;
    });
    expect([seen.get(10), seen.get(50), seen.get(100)]).toEqual([
      [1, 8],
      [3, 8],
      [6, 8],
    ]);
    // Deploy applies the workload once and rollout the first number; everything after that is the autoscaler's.
    expect(applied(world, 'green')).toBeLessThanOrEqual(2);
  });

  it('waits for an autoscaler that acts late, and gives a share only then', async () => {
    const world = await autoscaled(6);
    world.cluster.behaviour.autoscalerTakes = 15_000;
    await world.push();
    await world.untilShare('green', 50);
    expect(world.readyPods('green')).toBe(3);
    await world.untilShare('green', 100);
    expect(world.readyPods('green')).toBe(6);
  });

  it('after promotion the bounds become those of the service file, and the retired side’s autoscaler goes', async () => {
    const world = await autoscaled(6);
    world.file = { autoscale: { minimum: 3, maximum: 5, cpu: 60 } };
    await world.deliver();
    expect(world.boundsOf('green')).toEqual([3, 5]);
    // It stays for an immediate way back, as large as it was.
    expect([world.boundsOf('blue'), world.replicasOf('blue')]).toEqual([[6, 8], 6]);
    await world.pass(90_000);
    expect([world.boundsOf('blue'), world.replicasOf('blue')]).toEqual([undefined, 0]);
    expect(world.boundsOf('green')).toEqual([3, 5]);
  });

  it('returned: stable gets its own bounds back, the candidate’s autoscaler goes with it', async () => {
    const world = await autoscaled(6);
    world.file = { autoscale: { minimum: 4, maximum: 20 } };
    await world.push();
    await world.untilShare('green', 50);
    expect(world.boundsOf('blue')).toEqual([6, 8]);
    await world.decide('abort');
    await world.settled();
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(world.boundsOf('blue')).toEqual([2, 8]);
    await world.pass(60_000);
    expect([world.boundsOf('green'), world.replicasOf('green')]).toEqual([undefined, 0]);
  });

  it('stable that became smaller meanwhile is at full size before traffic returns', async () => {
    const world = await autoscaled(6);
    await world.push();
    await world.untilShare('green', 50);
    await world.bound('blue', 1, 1);
    await world.pass(500);
    await world.decide('abort');
    await world.untilShare('green', 0);
    expect(world.readyPods('blue')).toBe(6);
    expect(world.unserved).toEqual([]);
  });

  it('changed by hand mid-rollout: bounds that are too small are moved back, larger ones stay until the end', async () => {
    const world = await autoscaled();
    await world.push();
    await world.untilShare('green', 10);
    await world.bound('blue', 1, 1);
    await world.until(() => world.boundsOf('blue')?.[0] === 2, 5_000);
    await world.bound('green', 7, 9);
    await world.untilShare('green', 50);
    expect(world.boundsOf('green')).toEqual([7, 9]);
    await world.settled();
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.boundsOf('green')).toEqual([2, 8]);
  });

  it.each(['blue', 'green'] as const)('the autoscaler of %s is taken away mid-rollout: it goes on', async (side) => {
    const world = await autoscaled(6);
    await world.push();
    await world.untilShare('green', 10);
    await world.unbound(side);
    await world.settled();
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.boundsOf('green')).toEqual([2, 8]);
    expect(world.unserved).toEqual([]);
  });

  it('switched off by 0 pods, the side that comes back is sized by number first', async () => {
    const world = await autoscaled();
    await world.deliver();
    await world.pass(90_000);
    expect(world.replicasOf('blue')).toBe(0);
    await world.bound('blue', 2, 8);
    await world.deliver();
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(world.boundsOf('blue')).toEqual([2, 8]);
  });

  it('rollback inside the keep time finds the old side as large as it was', async () => {
    const world = await autoscaled(6);
    await world.deliver();
    await world.pass(5_000);
    await world.decide('roll-back');
    await world.untilShare('blue', 100);
    expect(world.readyPods('blue')).toBe(6);
    await world.settled();
    expect(world.boundsOf('blue')).toEqual([2, 8]);
  });
});

describe('from a number to an autoscaler and back', () => {
  it.each(['roll-out', 'in-place'] as const)('%s', async (how) => {
    const world = new RolloutWorld(how === 'roll-out' ? CANARY : undefined);
    await world.deliver(3);
    world.file = { autoscale: { minimum: 4, maximum: 6 } };
    await world.deliver();
    const side = how === 'roll-out' ? 'green' : 'blue';
    expect(world.boundsOf(side)).toEqual([4, 6]);
    await world.pass(5_000);
    expect(world.replicasOf(side)).toBe(4);
    world.file = {};
    await world.deliver(3);
    expect([world.boundsOf('blue'), world.replicasOf('blue')]).toEqual([undefined, 3]);
    expect(world.unserved).toEqual([]);
  });

  it('a service file that asks for less is followed only once the new version has everything', async () => {
    const world = new RolloutWorld(CANARY);
    await world.deliver(5);
    await world.push(2);
    await world.untilShare('green', 100);
    expect(world.readyPods('green')).toBe(5);
    await world.settled();
    expect(world.replicasOf('green')).toBe(2);
  });
});

describe('the side that lost its traffic', () => {
  it('drains before another version takes it', async () => {
    const world = new RolloutWorld(CANARY);
    await world.deliver();
    await world.deliver();
    const promoted = (await world.stored())?.endedAt ?? 0;
    const next = await world.push();
    await world.until(() => world.servingCommits('blue').includes(next));
    expect(world.clock.now() - promoted).toBeGreaterThanOrEqual(30_000);
    await world.settled();
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('is waited for no longer than the settings say', async () => {
    const world = new RolloutWorld(CANARY, { settle: '1s', drain: '2s', deadline: '1m' });
    await world.deliver();
    await world.deliver();
    const begun = world.clock.now();
    await world.push();
    await world.untilShare('blue', 10);
    expect(world.clock.now() - begun).toBeLessThan(8_000);
    await world.decide('abort');
    await world.settled();
    // It drains for two seconds, and stays for as long as others in the cluster may remember its address.
    await world.pass(rememberedSeconds({}, 'feature') * 1_000 + 1_000);
    expect(world.replicasOf('blue')).toBe(0);
    world.cluster.behaviour.podFate = () => ({ kind: 'not-ready' });
    const late = world.clock.now();
    await world.deliver();
    expect(world.clock.now() - late).toBeLessThan(80_000);
    expect((await world.service())?.failure?.reason).toContain('not ready in time');
  });
});
