/**
 * Judged rollouts and their baseline, through the real state machines on virtual time: whatever ends a rollout, the baseline had pods for
 * as long as it had a share, and nothing of it is left.
 */
import { describe, expect, it } from 'vitest';
import { ANNOTATIONS, LABELS, type Backend } from '../../lambdas/contracts/kubernetes.ts';
import { compileJudge } from '../../lambdas/domain/analysis/compile-judge.ts';
import type { Plan } from '../../lambdas/domain/rollout/step.ts';
import type { KubernetesObject } from '../../lambdas/ports/cluster.ts';
import { ADDRESS } from '../fakes/load-balancers.ts';
import { CANARY } from './rollout-plans.ts';
import { RolloutWorld } from './rollout-world.ts';

const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };
const PARTIES = ['blue', 'green', 'baseline'] as const;
const JUDGED: Plan = {
  ...CANARY,
  metrics: [],
  judge: compileJudge({ metrics: [{ kind: 'latency', percentile: 95 }], minimumSamples: 6 }),
  steps: [
    { kind: 'shift', candidatePercent: 10 },
    { kind: 'analyse', seconds: 60 },
    { kind: 'shift', candidatePercent: 50 },
    { kind: 'pause', seconds: 120 },
    { kind: 'shift', candidatePercent: 75 },
    { kind: 'pause', seconds: 20 },
    { kind: 'shift', candidatePercent: 100 },
  ],
};

type Shares = Readonly<Record<Backend, number>>;

/** What the route gives to whom. */
function sharesOf(world: RolloutWorld): Shares {
  const route = world.cluster.peek('HTTPRoute').find(({ metadata }) => metadata.name === 'orders');
  const { rules = [] } = (route?.['spec'] ?? {}) as {
    readonly rules?: readonly { readonly backendRefs: readonly { readonly name: string; readonly weight: number }[] }[];
  };
  const weight = (party: Backend): number =>
    rules.at(-1)?.backendRefs.find(({ name }) => name === `orders-${party}`)?.weight ?? 0;
  return { blue: weight('blue'), green: weight('green'), baseline: weight('baseline') };
}

/** Everything of the baseline that the cluster has. */
const ofBaseline = (world: RolloutWorld): readonly KubernetesObject[] =>
  ['Deployment', 'Service', 'HorizontalPodAutoscaler', 'PodDisruptionBudget']
    .flatMap((kind) => world.cluster.peek(kind))
    .filter(({ metadata }) => metadata.name === 'orders-baseline');

const podsOf = (world: RolloutWorld): readonly KubernetesObject[] =>
  world.cluster.peek('Pod').filter(({ metadata }) => metadata.labels?.[LABELS.process] === 'baseline');

const readyPods = (world: RolloutWorld): number =>
  podsOf(world).filter(({ status }) =>
    (status as { conditions: { type: string; status: string }[] }).conditions.some(
      ({ type, status: is }) => type === 'Ready' && is === 'True',
    ),
  ).length;

const baselineReplicas = (world: RolloutWorld): number | undefined =>
  (ofBaseline(world).find(({ kind }) => kind === 'Deployment')?.['spec'] as { readonly replicas: number } | undefined)
    ?.replicas;

/** A world in which one version serves, with the next one on its way; latency by party, a little different each time. */
async function judged(
  latency: (party: Backend) => number | undefined = () => 100,
  plan: Plan = JUDGED,
): Promise<RolloutWorld> {
  const world = new RolloutWorld(plan);
  world.replicas = 4;
  await world.deliver();
  measure(world, latency);
  await world.push();
  return world;
}

function measure(world: RolloutWorld, latency: (party: Backend) => number | undefined): void {
  let asked = 0;
  world.prometheus = (query) => {
    const base = latency(PARTIES.find((party) => query.includes(`orders-${party}`)) ?? 'blue');
    asked += 1;
    return base === undefined ? undefined : base + ((asked * 7) % 13) / 10;
  };
}

/**
 * Whether the route names the baseline although its Service is gone: a gateway says of such a route that its references are not resolved,
 * and no shift of it ever counts as settled.
 */
function namesNobody(world: RolloutWorld): boolean {
  const route = world.cluster.peek('HTTPRoute').find(({ metadata }) => metadata.name === 'orders');
  return (
    JSON.stringify(route).includes('"orders-baseline"') && !ofBaseline(world).some(({ kind }) => kind === 'Service')
  );
}

/** Until nobody works on it any more; answers the shares on the way, each of which was right. */
async function followed(world: RolloutWorld): Promise<readonly Shares[]> {
  const seen: Shares[] = [];
  await world.until(async () => {
    const shares = sharesOf(world);
    expect(shares.blue + shares.green + shares.baseline).toBe(100);
    expect(shares.baseline === 0 || readyPods(world) > 0).toBe(true);
    if (JSON.stringify(seen.at(-1)) !== JSON.stringify(shares)) seen.push(shares);
    expect(namesNobody(world)).toBe(false);
    return (await world.service())?.owner === undefined;
  }, 3 * 3_600_000);
  return seen;
}

const reason = async (world: RolloutWorld): Promise<string> => (await world.service())?.failure?.reason ?? '';

describe('a judged rollout', () => {
  it('gives the baseline the share of the candidate up to 50 %, and none above', async () => {
    const world = await judged();
    expect(await followed(world)).toEqual([
      { blue: 100, green: 0, baseline: 0 },
      { blue: 80, green: 10, baseline: 10 },
      { blue: 0, green: 50, baseline: 50 },
      { blue: 25, green: 75, baseline: 0 },
      { blue: 0, green: 100, baseline: 0 },
    ]);
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(ofBaseline(world)).toEqual([]);
    expect(world.unserved).toEqual([]);
  });

  it('runs what stable runs in the size of the candidate, and no Service but its own leads there', async () => {
    const world = await judged();
    const stable = (await world.service())?.applied?.commit;
    await world.untilShare('green', 10);
    expect(baselineReplicas(world)).toBe(world.replicasOf('green'));
    expect(podsOf(world).map(({ metadata }) => metadata.labels?.[LABELS.commit])).toEqual([stable]);
    expect(podsOf(world).flatMap(({ metadata }) => metadata.labels?.[LABELS.side] ?? [])).toEqual([]);
    const selecting = world.cluster.peek('Service').filter(({ spec }) => {
      const { selector = {} } = spec as { readonly selector?: Readonly<Record<string, string>> };
      const [pod] = podsOf(world);
      const labels = Object.entries(selector);
      return labels.length > 0 && labels.every(([name, value]) => pod?.metadata.labels?.[name] === value);
    });
    expect(selecting.map(({ metadata }) => metadata.name)).toEqual(['orders-baseline']);
    await world.untilShare('green', 50);
    expect(baselineReplicas(world)).toBe(2);
    await followed(world);
  });

  it('compares with the baseline, not with what serves', async () => {
    // Stable is quick, its caches are warm; a fresh instance of it is as slow as the candidate.
    const world = await judged((party) => (party === 'blue' ? 20 : 100));
    await followed(world);
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.log().join('\n')).toMatch(/latency is alike \(10\d.* against 10\d/);
  });

  it('returns when the candidate is worse, and nothing of the baseline is left', async () => {
    const world = await judged((party) => (party === 'green' ? 160 : 100));
    await followed(world);
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(await reason(world)).toContain('latency is higher');
    expect(ofBaseline(world)).toEqual([]);
  });

  it.each(['abort', 'promote'] as const)('a person orders %s: the weights go first, then the pods', async (order) => {
    const world = await judged();
    await world.untilShare('green', 10);
    await world.pass(5_000);
    await world.decide(order);
    await followed(world);
    expect(world.traffic()).toEqual(order === 'abort' ? ON_BLUE : ON_GREEN);
    expect(ofBaseline(world)).toEqual([]);
  });

  it('a newer commit comes: its own baseline runs the version that serves', async () => {
    const world = await judged();
    const stable = (await world.service())?.applied?.commit;
    await world.untilShare('green', 10);
    const newest = await world.push();
    await world.until(() => sharesOf(world).baseline === 0);
    await world.untilShare('green', 10);
    expect(podsOf(world).map(({ metadata }) => metadata.labels?.[LABELS.commit])).toEqual([stable]);
    await followed(world);
    expect((await world.service())?.applied?.commit).toBe(newest);
    expect(ofBaseline(world)).toEqual([]);
  });

  it('the branch is deleted: nothing is left of it', async () => {
    const world = await judged();
    await world.untilShare('green', 10);
    world.git.deleteBranch('orders', 'feature/login');
    await world.look();
    await world.until(() => sharesOf(world).baseline === 0, 10_000);
    expect(world.traffic()).toMatchObject(ON_BLUE);
    await world.until(() => ofBaseline(world).length === 0, 60_000);
    expect(sharesOf(world)).toEqual({ blue: 100, green: 0, baseline: 0 });
  });

  it.each(['cluster.apply', 'cluster.remove', 'rollouts.save'])('is killed at any %s and goes on', async (at) => {
    const world = await judged();
    let killed = 0;
    let calls = 0;
    world.faults = {
      after: (call) => {
        calls += call === at ? 1 : 0;
        if (call !== at || killed === 8 || calls % 2 === 0) return;
        killed += 1;
        throw Object.assign(new Error('Killed.'), { name: 'Lambda.Unknown' });
      },
    };
    await followed(world);
    expect(killed).toBeGreaterThan(0);
    expect(await reason(world)).toBe('');
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(ofBaseline(world)).toEqual([]);
  });

  it('what a rollout left that could not remove it goes with the next delivery, which has no judge', async () => {
    const world = await judged();
    await world.untilShare('green', 10);
    await world.pass(5_000);
    world.faults = {
      before: (call) => {
        if (call === 'cluster.remove') throw Object.assign(new Error('Away.'), { name: 'TransientError' });
      },
    };
    await world.decide('abort');
    await followed(world);
    expect(ofBaseline(world)).toHaveLength(2);
    world.faults = {};
    world.plan = CANARY;
    world.measure = () => ({ kind: 'healthy' });
    await world.push();
    await followed(world);
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(ofBaseline(world)).toEqual([]);
  });

  it.each([
    ['never becomes ready', { kind: 'not-ready' }, /the baseline was not ready in time/],
    ['finds no room in the quota', { kind: 'quota' }, /the baseline (failed|was not ready in time)/],
    ['crashes', { kind: 'crash-loop' }, /the baseline failed: .*crash/],
  ] as const)('a baseline that %s ends it before any share is given', async (_what, fate, because) => {
    const world = new RolloutWorld(JUDGED);
    await world.deliver();
    world.cluster.behaviour.podFate = ({ labels }) =>
      labels[LABELS.process] === 'baseline' ? fate : { kind: 'ready', after: 1_500 };
    await world.push();
    const seen = await followed(world);
    expect(seen).toEqual([{ blue: 100, green: 0, baseline: 0 }]);
    expect(await reason(world)).toMatch(because);
    expect(ofBaseline(world)).toEqual([]);
  });

  it('a baseline that loses its pods loses its share at once', async () => {
    const world = await judged();
    await world.untilShare('green', 10);
    await world.pass(5_000);
    world.cluster.changeFate('orders-baseline', { kind: 'not-ready' });
    const lost = world.clock.now();
    await world.until(() => sharesOf(world).baseline === 0);
    expect(world.clock.now() - lost).toBeLessThan(3_000);
    await world.settled();
    expect(world.traffic()).toEqual(ON_BLUE);
    expect(await reason(world)).toContain('the baseline lost its ready pods');
    expect(ofBaseline(world)).toEqual([]);
  });

  it('puts weights right that somebody moved away from the baseline', async () => {
    const world = await judged();
    await world.untilShare('green', 10);
    await world.pass(5_000);
    await world.editRoute(90, 10);
    await world.until(() => sharesOf(world).baseline === 10);
    expect(sharesOf(world)).toEqual({ blue: 80, green: 10, baseline: 10 });
    await followed(world);
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('has none while a version is dark, and one when it is released', async () => {
    const match = { name: 'x-try', value: 'next' };
    const dark = [
      { kind: 'try-by-header', match },
      { kind: 'stay-dark', seconds: 3_600 },
    ] as const;
    const world = await judged(() => 100, { ...JUDGED, steps: [...dark, ...JUDGED.steps] });
    await world.settled();
    expect(world.traffic()).toMatchObject({ blue: 100, header: true });
    expect(ofBaseline(world)).toEqual([]);
    await world.decide('release');
    await world.until(() => sharesOf(world).baseline === 10);
    await followed(world);
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(ofBaseline(world)).toEqual([]);
  });

  it('has none without a judge', async () => {
    const world = await judged(() => 100, CANARY);
    world.measure = () => ({ kind: 'healthy' });
    await followed(world);
    expect(world.cluster.calls.filter((call) => call.includes('baseline'))).toEqual([]);
  });
});

describe('a change of configuration while a baseline has a share', () => {
  const CONFIGURED = { keys: { greeting: { type: 'text', default: 'hello' } } };

  /** A rollout at 10 %, and the version of the configuration that the version which serves has by now. */
  async function changed(configuration: object): Promise<{ world: RolloutWorld; version: () => string | undefined }> {
    const world = new RolloutWorld(JUDGED);
    world.replicas = 4;
    world.file = { configuration };
    const version = (): string | undefined =>
      annotationsOf(world.cluster.peek('ConfigMap').find(({ metadata }) => metadata.name === 'orders-blue'))[
        ANNOTATIONS.configuration
      ];
    world.pods.answer = () => ({
      kind: 'answered',
      status: 200,
      headers: { 'espalier-configuration': version() ?? '' },
    });
    await world.deliver();
    measure(world, () => 100);
    await world.push();
    await world.untilShare('green', 10);
    await world.pass(5_000);
    const before = version();
    await world.configure({ layer: 'integration', service: 'orders', set: { greeting: 'good morning' } });
    expect(version()).not.toBe(before);
    return { world, version };
  }

  const annotationsOf = (object: KubernetesObject | undefined): Readonly<Record<string, string | undefined>> =>
    (object?.metadata['annotations'] ?? {}) as Record<string, string>;

  it('is taken up by its pods as by those for which it stands, and asked of them', async () => {
    const { world, version } = await changed({ ...CONFIGURED, subscribe: true });
    expect(readyPods(world)).toBeGreaterThan(0);
    const runs = podsOf(world).map((pod) => annotationsOf(pod)[ANNOTATIONS.configuration]);
    expect(new Set(runs)).toEqual(new Set([version()]));
    expect(world.pods.asked.some(({ pod }) => pod.startsWith('orders-baseline'))).toBe(true);
    await followed(world);
    expect(world.traffic()).toEqual(ON_GREEN);
  });

  it('replaces its pods when it replaces those for which it stands, and its share always has a ready one', async () => {
    const { world, version } = await changed(CONFIGURED);
    const seen = followed(world);
    await world.until(
      () => podsOf(world).every((pod) => annotationsOf(pod)[ANNOTATIONS.configuration] === version()),
      10_000,
    );
    expect(sharesOf(world).baseline).toBe(10);
    await seen;
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(world.unserved).toEqual([]);
  });
});

describe('a judged rollout behind an Application Load Balancer', () => {
  it('gives the baseline a share only when its pods are targets, and reads all three weights back', async () => {
    const gateway = { namespace: 'gateways', name: 'shop', controller: 'eks.amazonaws.com/gateway-alb' };
    const times = { settle: '2s', drain: '2s', deadline: '5m' };
    const world = new RolloutWorld(JUDGED, times, { access: 'internal', gateway });
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
    measure(world, () => 100);
    await world.push();
    const late = world.clock.now() + 60_000;
    world.loadBalancers.health = ({ side }) =>
      side === 'baseline' && world.clock.now() < late ? 'initial' : 'healthy';
    await world.until(() => sharesOf(world).baseline > 0);
    expect(world.clock.now()).toBeGreaterThanOrEqual(late);
    await world.until(() => world.loadBalancers.shareOf('orders-baseline') === 10);
    await followed(world);
    expect(world.traffic()).toEqual(ON_GREEN);
    expect(ofBaseline(world)).toEqual([]);
  });
});
