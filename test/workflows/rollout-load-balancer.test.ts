/**
 * Rollouts whose way in is an Application Load Balancer: a shift counts only when the listener's rules and the targets were read back,
 * through the real state machines on virtual time.
 */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../lambdas/domain/rollout/step.ts';
import { ADDRESS } from '../fakes/load-balancers.ts';
import { CANARY, WITH_HEADER } from './rollout-plans.ts';
import { RolloutWorld } from './rollout-world.ts';

const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };
const TIMES = { settle: '2s', drain: '2s', deadline: '5m' };
const PLAN: Plan = { ...CANARY, metrics: [] };

/** A world behind an ALB, in which one version serves. */
async function balanced(
  plan: Plan = PLAN,
  controller = 'eks.amazonaws.com/gateway-alb',
  times = TIMES,
): Promise<RolloutWorld> {
  const gateway = { namespace: 'gateways', name: 'shop', ...(controller !== '' && { controller }) };
  const world = new RolloutWorld(plan, times, { access: 'internal', gateway });
  world.cluster.behaviour.gatewayAddress = ADDRESS;
  await world.cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'gateways' } }, 'test');
  await world.cluster.apply(
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'shop', namespace: 'gateways' },
      spec: { listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
    },
    'test',
  );
  await world.deliver();
  return world;
}
const reason = async (world: RolloutWorld): Promise<string> => (await world.service())?.failure?.reason ?? '';
const ended = async (world: RolloutWorld): Promise<void> =>
  world.until(async () => (await world.service())?.owner === undefined, 3 * 3_600_000);

describe('behind an Application Load Balancer', () => {
  it('no share is given before the load balancer really gives the one before', async () => {
    const world = await balanced();
    world.loadBalancers.lag = 20_000;
    const begun = world.clock.now();
    await world.push();
    const real: number[] = [];
    await world.until(async () => {
      const { green } = world.traffic();
      const share = world.loadBalancers.shareOf('orders-green');
      if (real.at(-1) !== share) real.push(share);
      // What the route wants is at most one step ahead of what is true.
      expect([0, 10, 50, 100].indexOf(green) - [0, 10, 50, 100].indexOf(share)).toBeLessThanOrEqual(1);
      return (await world.service())?.owner === undefined;
    });
    expect(real).toEqual([0, 10, 50, 100]);
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.clock.now() - begun).toBeGreaterThan(60_000);
    expect(world.events).toBeLessThan(1_500);
    expect(world.unserved).toEqual([]);
  });

  it('is not asked more often than it can change', async () => {
    const world = await balanced();
    await world.deliver();
    const asked = world.loadBalancers.asked;
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(asked.length).toBeLessThan(25);
  });

  it('a target that is registered but never healthy gets no share, and the rollout returns', async () => {
    const world = await balanced();
    world.loadBalancers.health = ({ side }) => (side === 'green' ? 'unhealthy' : 'healthy');
    await world.push();
    await ended(world);
    expect(world.shares('green')).toEqual([0]);
    expect(await reason(world)).toMatch(
      /did not follow in time: pod .* of the candidate side is unhealthy at the load balancer/,
    );
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('new pods of a greater share are healthy targets before they get it', async () => {
    const sized = await balanced();
    let registered = 0;
    sized.loadBalancers.health = ({ side, address }) => {
      if (side === 'blue') return 'healthy';
      const isFirst = address.endsWith('.1');
      if (!isFirst) registered ||= sized.clock.now();
      return isFirst || sized.clock.now() - registered > 30_000 ? 'healthy' : 'initial';
    };
    await sized.push();
    await sized.untilShare('green', 100);
    expect(registered).toBeGreaterThan(0);
    expect(sized.clock.now() - registered).toBeGreaterThan(30_000);
  });

  it('the header leads to the candidate before its step is over, and to nobody at the end', async () => {
    const world = await balanced({ ...WITH_HEADER, metrics: [] });
    world.loadBalancers.lag = 10_000;
    await world.push();
    await world.until(() => world.traffic().header);
    const opened = world.clock.now();
    await world.untilShare('green', 10);
    // The lag, and the pause of 5 s after it.
    expect(world.clock.now() - opened).toBeGreaterThanOrEqual(14_000);
    await ended(world);
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('an abort ends only when the load balancer has let go of the candidate', async () => {
    const world = await balanced();
    await world.push();
    await world.untilShare('green', 50);
    await world.pass(3_000);
    world.loadBalancers.lag = 15_000;
    await world.decide('abort');
    await world.settled();
    expect(world.loadBalancers.shareOf('orders-green')).toBe(0);
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it.each([
    ['away for a while', 'ThrottlingException: Rate exceeded'],
    ['of another account for a while', 'AccessDenied'],
  ])('goes on after an API that was %s', async (_what, because) => {
    const world = await balanced();
    await world.push();
    await world.untilShare('green', 10);
    world.loadBalancers.away = because;
    await world.pass(60_000);
    expect(world.traffic()).toMatchObject({ green: 10 });
    world.loadBalancers.away = undefined;
    await ended(world);
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('weights that never come true are given up, the way back too, and the next delivery begins there', async () => {
    const world = await balanced(PLAN, undefined, { ...TIMES, deadline: '30s' });
    await world.push();
    await world.untilShare('green', 50);
    world.loadBalancers.lag = 1e9;
    await ended(world);
    expect(await reason(world)).toMatch(/Traffic could not be seen back where it was/);
    expect(world.events).toBeLessThan(6_000);
    world.loadBalancers.lag = 5_000;
    await world.deliver();
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('a load balancer that the settings do not name is not believed by the clock', async () => {
    const world = await balanced(PLAN, '');
    world.cluster.behaviour.controller = 'gateway.k8s.aws/alb';
    await world.deliver();
    expect(await reason(world)).toMatch(
      /Gateway gateways\/shop is an Application Load Balancer.*wayIn.gateway.controller: gateway.k8s.aws\/alb/,
    );
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('somebody edits the route by hand: what is put back is confirmed anew', async () => {
    const world = await balanced();
    await world.push();
    await world.untilShare('green', 10);
    await world.pass(6_000);
    await world.editRoute(100, 0);
    await world.untilShare('green', 10);
    await ended(world);
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.loadBalancers.shareOf('orders-green')).toBe(100);
  });
});
