/** What goes wrong during rollouts: whatever happens, traffic ends on a side that serves it, and everything ends. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../lambdas/domain/rollout/step.ts';
import { BLUE_GREEN, CANARY, WITH_APPROVAL } from './rollout-plans.ts';
import { RolloutWorld } from './rollout-world.ts';

const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };
const NEVER = { kind: 'not-ready' } as const;
const SOON = { kind: 'ready', after: 1_500 } as const;

/** A world in which one version serves already. */
async function serving(plan: Plan | undefined = CANARY): Promise<RolloutWorld> {
  const world = new RolloutWorld(plan);
  await world.deliver();
  return world;
}

const lastReason = async (world: RolloutWorld): Promise<string> => (await world.service())?.failure?.reason ?? '';

describe('a candidate that does not work', () => {
  it('pods never ready → deadline → abort, live side untouched', async () => {
    const world = await serving();
    const before = world.cluster.calls.filter((call) => call === 'apply Deployment orders-blue').length;
    world.cluster.behaviour.podFate = () => NEVER;
    await world.deliver();
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(world.shares('green')).toEqual([0]);
    expect(await lastReason(world)).toContain('not ready in time');
    expect(world.cluster.calls.filter((call) => call === 'apply Deployment orders-blue')).toHaveLength(before);
  });

  it('crashes: nobody waits for the deadline', async () => {
    const world = await serving();
    world.cluster.behaviour.podFate = () => ({ kind: 'crash-loop' });
    const begun = world.clock.now();
    await world.deliver();
    expect(world.clock.now() - begun).toBeLessThan(30_000);
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(await lastReason(world)).toContain('crashes');
  });

  it('does not answer as declared: it never gets a request, and the author reads what came', async () => {
    const world = await serving();
    world.pods.answer = () => ({ kind: 'answered', status: 503, headers: {} });
    await world.deliver();
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(world.shares('green')).toEqual([0]);
    expect(await lastReason(world)).toContain('health (GET /health): expected status 200, but 503 came');
  });

  it('all candidate pods die mid-rollout: traffic never stays on an empty side', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 50);
    world.cluster.changeFate('orders-green', NEVER);
    const died = world.clock.now();
    await world.untilShare('green', 0);
    expect(world.clock.now() - died).toBeLessThan(3_000);
    await world.settled();
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(await lastReason(world)).toContain('lost its ready pods');
  });

  it('good→bad, bad→good, bad→bad, bad→good with weights', async () => {
    const world = await serving();
    const deliver = async (fate: typeof NEVER | typeof SOON): Promise<string | undefined> => {
      world.cluster.behaviour.podFate = () => fate;
      await world.deliver();
      return (await world.service())?.applied?.side;
    };
    expect(await deliver(NEVER)).toBe('blue');
    expect(await deliver(SOON)).toBe('green');
    expect(await deliver(NEVER)).toBe('green');
    expect(await deliver(NEVER)).toBe('green');
    expect(world.traffic()).toEqual(ON_GREEN);
    const before = world.shifts.length;
    expect(await deliver(SOON)).toBe('blue');
    expect([...new Set(world.shifts.slice(before).map(({ traffic }) => traffic.blue))]).toEqual([10, 50, 100]);
    expect(world.unserved).toEqual([]);
  });

  it('ready pods that do not stand behind their Service yet get no share: the gateway knows no others', async () => {
    const world = await serving();
    world.cluster.behaviour.endpointsTake = 8_000;
    await world.push();
    await world.untilShare('green', 10);
    const slices = world.cluster.peek('EndpointSlice').filter(({ metadata }) => metadata.name.includes('orders-green'));
    const endpoints = slices.flatMap(({ endpoints: all }) => all as { conditions?: { ready?: boolean } }[]);
    expect(endpoints.filter(({ conditions }) => conditions?.ready === true)).toHaveLength(1);
    await world.settled();
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('promotion fails half-way: the side that works keeps serving', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 100);
    world.cluster.changeFate('orders-green', NEVER);
    await world.settled();
    expect(world.traffic()).toEqual(ON_BLUE);
    expect((await world.service())?.applied?.side).toBe('blue');
  });

  it.each([
    ['before the plain Service follows', 'blue', { ...ON_GREEN, plain: 'blue' }],
    ['when the plain Service has followed', 'green', ON_GREEN],
  ] as const)(
    'promotion fails half-way, %s: each side that gets requests can answer them',
    async (_when, plain, end) => {
      const world = await serving();
      await world.push();
      await world.until(() => world.traffic().green === 100 && world.traffic().plain === plain);
      world.faults = {
        before: (call) => {
          if (call === 'cluster.apply') throw Object.assign(new Error('Forbidden.'), { name: 'RejectedError' });
        },
      };
      await world.pass(5_000);
      world.faults = {};
      await world.settled();
      expect(world.traffic()).toEqual(end);
      await world.deliverByHand();
      expect(world.traffic()).toEqual(ON_GREEN);
      expect(world.unserved).toEqual([]);
    },
  );

  it('an aborted candidate is scaled down after its delay', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 10);
    await world.decide('abort');
    await world.settled();
    expect(world.replicasOf('green')).toBeGreaterThan(0);
    await world.pass(60_000);
    expect([world.replicasOf('blue'), world.replicasOf('green')]).toEqual([2, 0]);
  });
});

describe('sizes', () => {
  it('replica count or HPA changes mid-rollout: the candidate follows before its next share', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 10);
    await world.scale('blue', 6);
    await world.untilShare('green', 50);
    expect(world.readyPods('green')).toBe(3);
    await world.untilShare('green', 100);
    expect(world.readyPods('green')).toBe(6);
    expect(world.replicasOf('blue')).toBe(6);
  });

  it('stable that was made smaller meanwhile is at full size before traffic returns', async () => {
    const world = new RolloutWorld(CANARY);
    await world.deliver(4);
    await world.push(4);
    await world.untilShare('green', 50);
    await world.scale('blue', 1);
    expect(await world.decide('abort')).toMatchObject({ status: 'SUCCEEDED' });
    await world.untilShare('green', 0);
    expect(world.readyPods('blue')).toBe(4);
  });

  it('plan and replicas changed at once', async () => {
    const world = new RolloutWorld(CANARY);
    await world.deliver(2);
    world.plan = { ...CANARY, steps: CANARY.steps.slice(2) };
    await world.deliver(5);
    expect(world.shares('green')).toEqual([0, 50, 100]);
    expect(world.replicasOf('green')).toBe(5);
  });
});

describe('plans', () => {
  it.each<[string, Plan['steps'], string]>([
    ['overshoots 100', [{ kind: 'shift', candidatePercent: 120 }], 'the weight 120'],
    ['is 0', [{ kind: 'shift', candidatePercent: 0 }], 'the weight 0'],
    ['does not end at 100', [{ kind: 'shift', candidatePercent: 50 }], 'must end at 100'],
    ['is empty', [], 'must end at 100'],
  ])('wrong plan (%s): clear error, live traffic untouched, corrected proceeds', async (_what, steps, said) => {
    const world = await serving();
    world.plan = { ...CANARY, steps };
    await world.deliver();
    expect(await lastReason(world)).toContain(said);
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(world.replicasOf('green')).toBe(0);
    world.plan = CANARY;
    await world.deliver();
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('no room for both sides: refused before anything is touched, with what to do; replaced in place it fits', async () => {
    const world = new RolloutWorld(CANARY);
    await world.deliver(20);
    const pods = world.cluster.peek('Pod').length;
    await world.deliver(21);
    expect(await lastReason(world)).toContain('20 old and 21 new pods of orders come to 41 pods where 40 are allowed');
    expect(await lastReason(world)).toContain('environments.feature.quota');
    expect([world.traffic(), world.cluster.peek('Pod').length]).toEqual([ON_BLUE, pods]);
    await world.deliver(20);
    expect(world.traffic()).toEqual(ON_GREEN);
    world.plan = undefined;
    await world.deliver(21);
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('a container that is larger than one may be: refused before anything is touched, with both figures', async () => {
    const world = await serving(CANARY);
    const pods = world.cluster.peek('Pod').length;
    world.file = { resources: { disk: '5Gi' } };
    await world.deliver();
    expect(await lastReason(world)).toContain('orders asks for 5Gi of disk where 4Gi are allowed');
    expect(await lastReason(world)).toContain('environments.feature.limits');
    expect([world.traffic(), world.cluster.peek('Pod').length]).toEqual([ON_BLUE, pods]);
    world.file = { resources: { disk: '4Gi' } };
    await world.deliver();
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('replaced in place without room even for itself: refused before anything is touched, and what served serves alone', async () => {
    const world = new RolloutWorld(undefined);
    await world.deliver(2);
    const [commit, pods] = [(await world.service())?.applied?.commit, world.cluster.peek('Pod').length];
    await world.deliver(41);
    expect(await lastReason(world)).toContain('41 pods of orders come to 41 pods where 40 are allowed');
    expect(await lastReason(world)).toContain('environments.feature.quota');
    expect((await world.service())?.applied?.commit).toBe(commit);
    expect(world.cluster.peek('Pod').length).toBe(pods);
    await world.deliver(40);
    expect((await world.service())?.applied?.commit).not.toBe(commit);
  });

  it('one step is a plan', async () => {
    const world = await serving({ ...CANARY, steps: [{ kind: 'shift', candidatePercent: 100 }] });
    await world.deliver();
    expect(world.shares('green')).toEqual([0, 100]);
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('strategy changed between releases', async () => {
    const world = await serving();
    await world.deliver();
    world.plan = undefined;
    await world.deliver();
    expect(world.traffic()).toEqual(ON_GREEN);
    expect((await world.service())?.applied?.side).toBe('green');
    world.plan = BLUE_GREEN;
    world.measure = () => ({ kind: 'healthy' });
    await world.deliver();
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(world.unserved).toEqual([]);
  });
});

describe('the world around', () => {
  it('someone edits the route by hand: the weights are put back', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 10);
    await world.pass(3_000);
    await world.editRoute(0, 100);
    const edited = world.clock.now();
    await world.untilShare('green', 10);
    expect(world.clock.now() - edited).toBeLessThan(3_000);
    await world.settled();
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('stale read-back: a weight counts only once the gateway has taken it on', async () => {
    const world = await serving();
    world.cluster.behaviour.routeTakes = 30_000;
    const times: number[] = [];
    await world.push();
    for (const percent of [10, 50, 100]) {
      await world.untilShare('green', percent);
      times.push(world.clock.now());
    }
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(29_000);
    await world.settled();
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it.each(['apply', 'get'] as const)('gateway down for a minute (%s): it goes on afterwards', async (verb) => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 10);
    const end = world.clock.now() + 60_000;
    world.faults = {
      before: (call) => {
        if (call !== `cluster.${verb}` || world.clock.now() >= end) return;
        throw Object.assign(new Error('The Kubernetes API could not be reached.'), { name: 'TransientError' });
      },
    };
    await world.settled();
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('a cluster that stays away: it turns back as soon as it can, and the next delivery starts clean', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 50);
    world.faults = {
      before: (call) => {
        if (call.startsWith('cluster.')) throw Object.assign(new Error('Away.'), { name: 'TransientError' });
      },
    };
    await world.settled();
    expect((await world.service())?.failure?.kind).toBe('transient');
    world.faults = {};
    await world.deliver();
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.unserved).toEqual([]);
  });

  it('metric store down, empty or late: never success, never by itself a verdict', async () => {
    const world = await serving(BLUE_GREEN);
    world.measure = () => {
      throw Object.assign(new Error('The metric store is away.'), { name: 'TransientError' });
    };
    await world.push();
    await world.until(async () => (await world.service())?.owner === undefined, 3 * 3_600_000);
    expect(world.traffic()).toEqual(ON_BLUE);
  });

  it('throttled read-back: looks are refused for seconds after each weight, which counts only once it was seen', async () => {
    const world = await serving();
    const refused = (): boolean => {
      const { at = 0 } = world.shifts.at(-1) ?? {};
      return world.traffic().green > 0 && world.clock.now() - at < 7_000;
    };
    world.faults = {
      before: (call) => {
        if (call !== 'cluster.get' || !refused()) return;
        throw Object.assign(new Error('Too many requests.'), { name: 'TransientError' });
      },
    };
    await world.deliver();
    expect(world.shares('green')).toEqual([0, 10, 50, 100]);
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.unserved).toEqual([]);
  });

  it.each([
    ['at the same moment', undefined],
    ['while its pods start', 0],
    ['while both versions have requests', 50],
    ['when it has all requests', 100],
  ])('a delivery and a deletion, %s: traffic is on one side first, then nothing is left', async (_when, share) => {
    const world = await serving();
    await world.push();
    if (share !== undefined) await world.untilShare('green', share);
    world.git.deleteBranch('orders', 'feature/login');
    await world.look();
    await world.removed();
    expect(world.unserved).toEqual([]);
    expect(world.cluster.peek('Pod')).toEqual([]);
    expect(world.cluster.peek('HTTPRoute')).toEqual([]);
    // Back again, it is a first version: what rolled out before it counts for nothing.
    await world.deliver();
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(world.replicasOf('green')).toBe(0);
  });

  it('two deliveries at once: only the newest wish counts', async () => {
    const world = await serving();
    await world.push();
    await world.push();
    const third = await world.push();
    await world.settled();
    expect((await world.service())?.applied?.commit).toBe(third);
    expect(world.unserved).toEqual([]);
  });

  it('doubled and swapped events change nothing', async () => {
    const world = await serving();
    await world.push();
    await world.untilShare('green', 10);
    await Promise.all([world.look(), world.look(), world.look()]);
    await world.settled();
    expect(world.shares('green')).toEqual([0, 10, 50, 100]);
  });

  it('an event about an older commit that comes after a newer one changes nothing', async () => {
    const world = await serving();
    const second = await world.push();
    const third = await world.push();
    await world.hear({ branch: 'feature/login', commitId: third });
    await world.hear({ branch: 'feature/login', commitId: second });
    await world.untilShare('green', 50);
    await world.hear({ branch: 'feature/login', commitId: second });
    await world.settled();
    expect((await world.service())?.applied?.commit).toBe(third);
    expect(world.answering.join(' ')).not.toContain(second);
    expect(world.shares('green')).toEqual([0, 10, 50, 100]);
  });

  it('a newer commit wakes a rollout that waits for a person', async () => {
    const world = await serving(WITH_APPROVAL);
    await world.push();
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    await world.pass(60_000);
    world.plan = CANARY;
    const third = await world.push();
    const pushed = world.clock.now();
    await world.untilShare('green', 0);
    expect(world.clock.now() - pushed).toBeLessThan(5_000);
    await world.settled();
    expect((await world.service())?.applied?.commit).toBe(third);
  });
});

describe('a function that dies', () => {
  const dying = async (dies: (count: number) => boolean, when: 'before' | 'after'): Promise<RolloutWorld> => {
    const world = await serving();
    let count = 0;
    world.faults = {
      [when]: () => {
        count += 1;
        if (dies(count)) throw Object.assign(new Error('Killed.'), { name: 'Lambda.Unknown' });
      },
    };
    await world.deliver();
    return world;
  };

  it.each(['Lambda.Unknown', 'Runtime.ExitError', 'Sandbox.Timedout'])(
    'between "written" and "verified" (%s): it goes on from what is in the cluster',
    async (name) => {
      const world = await serving();
      let killed = 0;
      world.faults = {
        after: (call) => {
          if (call !== 'cluster.apply' || ![10, 50, 100].includes(world.traffic().green) || killed === 3) return;
          killed += 1;
          throw Object.assign(new Error('Killed.'), { name });
        },
      };
      await world.deliver();
      expect(killed).toBe(3);
      expect(world.traffic()).toEqual(ON_GREEN);
      expect(world.shares('green')).toEqual([0, 10, 50, 100]);
    },
  );

  it.each(['before', 'after'] as const)('at any line (%s a call): it ends as if nothing had been', async (when) => {
    for (let first = 1; first <= 25; first += 3) {
      const world = await dying((count) => count % 25 === first % 25, when);
      expect([first, world.traffic()]).toEqual([first, ON_GREEN]);
      expect(world.unserved).toEqual([]);
    }
  });
});
