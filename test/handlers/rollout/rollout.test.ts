/** What the stage `rollout` must do, on the fake cluster and its gateway. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { FIELD_MANAGERS, LABELS } from '../../../lambdas/contracts/kubernetes.ts';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import { baselineManifest } from '../../../lambdas/domain/manifests/baseline.ts';
import { baselineServiceManifest } from '../../../lambdas/domain/manifests/traffic.ts';
import type { WayIn } from '../../../lambdas/domain/way-in/gateway.ts';
import { autoscalerManifest } from '../../../lambdas/domain/manifests/autoscaler.ts';
import { checkJobManifest } from '../../../lambdas/domain/manifests/check-job.ts';
import { servicePlaceOf } from '../../../lambdas/domain/manifests/installation.ts';
import { deploymentOf } from '../../../lambdas/handlers/rollout/observe.ts';
import { applyWorkload } from '../../../lambdas/handlers/deploy/apply-workload.ts';
import { awaitPods } from '../../../lambdas/handlers/deploy/await-pods.ts';
import { prepareEnvironment } from '../../../lambdas/handlers/environment/prepare-environment.ts';
import { probeOutside } from '../../../lambdas/handlers/probe/probe-outside.ts';
import { closeRoute, closeServices } from '../../../lambdas/handlers/rollout/close-route.ts';
import { openRoute } from '../../../lambdas/handlers/rollout/open-route.ts';
import { pointTraffic } from '../../../lambdas/handlers/rollout/point-traffic.ts';
import { readBack } from '../../../lambdas/handlers/rollout/read-back.ts';
import { installationOf } from '../../fakes/installation.ts';
import { commit, DIGEST, ERRORS, serviceFile } from '../cluster-world.ts';
import { FakeClusterWorld } from '../fake-cluster-world.ts';

const NAMESPACE = 'shop-feature-login';
const LAPTOP: WayIn = { access: 'internal', address: '127.0.0.1:8000' };
let world: FakeClusterWorld;

const enteredBy = (wayIn: WayIn) => new FakeClusterWorld(installationOf('shop', wayIn));

beforeEach(() => {
  world = enteredBy(LAPTOP);
});

async function ready(pushed: string): Promise<Delivery> {
  const delivery = world.deliver(pushed);
  await prepareEnvironment(world, delivery);
  await openRoute(world, delivery, 'blue');
  await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
  await expect(awaitPods(world, delivery, 'blue')).resolves.toEqual({ kind: 'ready' });
  return delivery;
}

async function running(pushed: string): Promise<Delivery> {
  const delivery = await ready(pushed);
  await pointTraffic(world, delivery, 'blue');
  return delivery;
}

describe('opening the way in', () => {
  test('the route to side blue and its Service are there before any pod', async () => {
    const delivery = world.deliver(commit('a'));
    await prepareEnvironment(world, delivery);
    await expect(openRoute(world, delivery, 'blue')).resolves.toEqual({
      kind: 'opened',
      url: 'http://orders-feature-login.shop.localhost:8000/',
    });
    const [route] = world.cluster.peek('HTTPRoute');
    expect(route?.['spec']).toMatchObject({
      hostnames: ['orders-feature-login.shop.localhost'],
      parentRefs: [{ namespace: 'shop-gateway-system', name: 'public', sectionName: 'internal' }],
    });
    const spec = route?.['spec'] as { rules: readonly object[] } | undefined;
    expect(spec?.rules).toHaveLength(2);
    for (const rule of spec?.rules ?? []) {
      expect(rule).toMatchObject({ backendRefs: [{ name: 'orders-blue', port: 80, weight: 100 }] });
    }
    expect(world.cluster.names('Service')).toEqual([`${NAMESPACE}/orders-blue`]);
  });

  test('an existing Gateway of the settings is attached to as it is', async () => {
    world = enteredBy({ ...LAPTOP, gateway: { namespace: 'edge', name: 'shared' } });
    const delivery = world.deliver(commit('a'));
    await prepareEnvironment(world, delivery);
    await openRoute(world, delivery, 'blue');
    const specs = world.cluster.peek('HTTPRoute').map((route) => route['spec'] as { parentRefs: object[] });
    expect(specs.map(({ parentRefs }) => parentRefs)).toEqual([
      [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'edge', name: 'shared' }],
    ]);
  });
});

describe('pointing traffic', () => {
  const plainService = () => world.cluster.peek('Service').find(({ metadata }) => metadata.name === 'orders');

  test('the plain Service appears only now; in a branch it is another name of the ready side', async () => {
    await running(commit('a'));
    expect(plainService()?.['spec']).toEqual({
      type: 'ExternalName',
      externalName: 'orders-blue.shop-feature-login.svc.cluster.local',
    });
  });

  test('a name that others call stays with integration until every node knows the new address', async () => {
    world.settle(world.deliver(commit('c'), serviceFile({ name: 'web', dependencies: ['orders'] })));
    const first = await ready(commit('a'));
    const begun = world.clock.now();
    const apply = world.cluster.apply.bind(world.cluster);
    const applied = new Map<string, number>();
    world.cluster.apply = (manifest, ...rest) => {
      applied.set(`${manifest.kind} ${manifest.metadata.name}`, world.clock.now() - begun);
      return apply(manifest, ...rest);
    };
    await pointTraffic(world, first, 'blue');
    expect(applied.get('Service orders')).toBe(2_000);
    expect(applied.get('HTTPRoute orders.router')).toBe(0);
    world.cluster.apply = apply;
    const second = await ready(commit('b'));
    const again = world.clock.now();
    await pointTraffic(world, second, 'blue');
    expect(world.clock.now()).toBe(again);
  });

  test('a name that was taken away meanwhile stays away', async () => {
    world.settle(world.deliver(commit('c'), serviceFile({ name: 'web', dependencies: ['orders'] })));
    const delivery = await ready(commit('a'));
    const sleep = world.clock.sleep.bind(world.clock);
    world.clock.sleep = (milliseconds) => {
      world.withdraw('feature-login', 'orders');
      return sleep(milliseconds);
    };
    await expect(pointTraffic(world, delivery, 'blue')).rejects.toMatchObject({ name: ERRORS.superseded });
    expect(plainService()).toBeUndefined();
  });

  test('where nothing is borrowed the plain Service selects the ready side', async () => {
    const delivery = world.deliver(commit('a'), serviceFile(), {
      branch: 'main',
      environment: 'pre-release',
      kind: 'pre-release',
    });
    await prepareEnvironment(world, delivery);
    await pointTraffic(world, delivery, 'blue');
    expect(plainService()?.['spec']).toMatchObject({
      selector: { [LABELS.service]: 'orders', [LABELS.side]: 'blue' },
      ports: [{ port: 80, targetPort: 'http' }],
    });
  });

  test('only from now on the router leads the requests of this branch to it', async () => {
    const delivery = world.deliver(commit('a'));
    await prepareEnvironment(world, delivery);
    await openRoute(world, delivery, 'blue');
    expect(world.cluster.names('HTTPRoute')).toEqual([`${NAMESPACE}/orders`]);
    await pointTraffic(world, delivery, 'blue');
    expect(world.cluster.names('HTTPRoute')).toEqual([`${NAMESPACE}/orders`, `${NAMESPACE}/orders.router`]);
  });

  test('what the service had under an earlier name goes', async () => {
    const first = world.deliver(commit('a'));
    await prepareEnvironment(world, first);
    await openRoute(world, first, 'blue');
    const [route] = world.cluster.peek('HTTPRoute');
    await world.cluster.apply(
      { ...route!, metadata: { ...route!.metadata, name: 'earlier' }, apiVersion: 'gateway.networking.k8s.io/v1' },
      'espalier-traffic',
    );
    await running(commit('b'));
    expect(world.cluster.names('HTTPRoute')).toEqual([`${NAMESPACE}/orders`, `${NAMESPACE}/orders.router`]);
  });

  test('the second delivery leaves route and Services as they are', async () => {
    await running(commit('a'));
    const versions = () =>
      ['HTTPRoute', 'Service']
        .flatMap((kind) => world.cluster.peek(kind))
        .map(({ metadata }) => metadata['resourceVersion']);
    const before = versions();
    await running(commit('b'));
    expect(versions()).toEqual(before);
  });
});

describe('reading back', () => {
  test('is true once the route serves the pushed commit', async () => {
    await expect(readBack(world, await running(commit('a')), 'blue')).resolves.toEqual({
      kind: 'verified',
      url: 'http://orders-feature-login.shop.localhost:8000/',
    });
  });

  test('a service that does not send its commit is believed by its pods alone', async () => {
    world.prober.sendsCommit = false;
    await expect(readBack(world, await running(commit('a')), 'blue')).resolves.toMatchObject({ kind: 'verified' });
  });

  test('is not true while pods of another commit serve', async () => {
    const first = await running(commit('a'));
    await readBack(world, first, 'blue');
    world.cluster.behaviour.podFate = () => ({ kind: 'ready', after: 60_000 });
    const second = world.deliver(commit('b'));
    await applyWorkload(world, second, DIGEST, { side: 'blue', beside: false });
    await expect(readBack(world, second, 'blue')).rejects.toMatchObject({
      name: ERRORS.transient,
      reason: expect.stringContaining('another version still serves') as string,
    });
  });

  test('is not true while the gateway still asks pods of the version before now and then', async () => {
    const first = await running(commit('a'));
    await readBack(world, first, 'blue');
    world.settle(first);
    const second = await running(commit('b'));
    const ask = world.prober.ask.bind(world.prober);
    const takenOn = world.clock.now() + 1_500;
    let asked = 0;
    world.prober.ask = (request) => {
      asked += 1;
      const stale = asked % 2 === 0 && world.clock.now() < takenOn;
      return stale ? Promise.resolve({ kind: 'answered', status: 200, commit: commit('a') }) : ask(request);
    };
    await expect(readBack(world, second, 'blue')).resolves.toMatchObject({ kind: 'verified' });
    expect(world.clock.now()).toBeGreaterThanOrEqual(takenOn);
  });

  test('of the first version waits for nothing that no gateway can still ask', async () => {
    const first = await running(commit('a'));
    const begun = world.clock.now();
    await readBack(world, first, 'blue');
    expect(world.clock.now() - begun).toBeLessThan(1_000);
  });

  test('is not true before the gateway has taken the route on', async () => {
    world.cluster.behaviour.routeTakes = 90_000;
    await expect(readBack(world, await running(commit('a')), 'blue')).rejects.toMatchObject({
      name: ERRORS.transient,
      reason: expect.stringContaining('has not looked at route orders') as string,
    });
  });

  test('is not true while the gateway is away, and says so within the time of a task', async () => {
    const delivery = await running(commit('a'));
    world.prober.unreachable = 'connect ECONNREFUSED';
    const begun = world.clock.now();
    await expect(readBack(world, delivery, 'blue')).rejects.toMatchObject({
      name: ERRORS.transient,
      reason: expect.stringContaining('ECONNREFUSED') as string,
    });
    expect(world.clock.now() - begun).toBeLessThanOrEqual(20_000);
  });

  test('ends at once for pods whose configuration was lost: only another delivery brings it', async () => {
    const delivery = await running(commit('a'));
    world.cluster.changeFate('orders-blue', { kind: 'config-error' });
    const begun = world.clock.now();
    await expect(readBack(world, delivery, 'blue')).rejects.toMatchObject({
      name: ERRORS.transient,
      reason: expect.stringContaining('its configuration is gone (secret "missing" not found)') as string,
    });
    expect(world.clock.now() - begun).toBeLessThan(1_000);
  });

  test('a public way in is asked from outside', async () => {
    world = enteredBy({ access: 'public', domain: 'shop.example' });
    world.addresses = { public: 'lb.example' };
    const delivery = await running(commit('a'));
    const answer = await readBack(world, delivery, 'blue');
    expect(answer).toEqual({
      kind: 'ask-outside',
      url: 'https://orders-feature-login.shop.example/',
      probe: {
        url: 'https://orders-feature-login.shop.example/healthz',
        connectTo: 'lb.example',
        commit: commit('a'),
      },
    });
    if (answer.kind !== 'ask-outside') return;
    await expect(probeOutside(world, answer.probe)).resolves.toEqual({ kind: 'verified' });
    await expect(probeOutside(world, { ...answer.probe, commit: commit('b') })).rejects.toMatchObject({
      name: ERRORS.transient,
    });
  });

  test('behind a sign-in the gateway itself is asked, past the load balancer', async () => {
    world = enteredBy({ access: 'oidc', domain: 'shop.example' });
    world.addresses = { oidc: 'lb.example' };
    const asked: { url: string; connectTo?: string }[] = [];
    const ask = world.prober.ask.bind(world.prober);
    world.prober.ask = (request) => {
      asked.push(request);
      return ask(request);
    };
    const delivery = await running(commit('a'));
    await expect(readBack(world, delivery, 'blue')).rejects.toMatchObject({
      name: ERRORS.transient,
      reason: expect.stringContaining('No pod of the gateway') as string,
    });
    const labels = { gateway: 'yes' };
    const gateway = { name: 'public', namespace: 'shop-gateway-system' };
    await world.cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: gateway.namespace } }, 'test');
    await world.cluster.apply(
      { apiVersion: 'v1', kind: 'Service', metadata: gateway, spec: { selector: labels } },
      'test',
    );
    const template = { metadata: { labels }, spec: { containers: [{ name: 'gateway', image: 'gateway' }] } };
    await world.cluster.apply(
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: gateway, spec: { template } },
      'test',
    );
    await world.clock.sleep(5_000);
    await expect(readBack(world, delivery, 'blue')).resolves.toEqual({
      kind: 'verified',
      url: 'https://orders-feature-login.shop.example/',
    });
    expect(asked.at(-1)).toMatchObject({
      url: 'http://orders-feature-login.shop.example/healthz',
      connectTo: expect.stringMatching(/^10\..*:8001$/) as string,
    });
  });
});

describe('what is left of a baseline', () => {
  /** A baseline beside what serves, as a rollout makes it. */
  async function withBaseline(): Promise<Delivery> {
    const delivery = await running(commit('a'));
    const place = servicePlaceOf(world.installation, delivery, 'orders');
    const serving = world.cluster.peek('Deployment').find(({ metadata }) => metadata.name === 'orders-blue');
    await world.cluster.apply(baselineServiceManifest(place), FIELD_MANAGERS.traffic, { force: true });
    const manifest = baselineManifest(place, serving as unknown as Deployment, 1);
    await world.cluster.apply(manifest, FIELD_MANAGERS.traffic, { force: true });
    expect(world.cluster.names('Deployment')).toContain(`${NAMESPACE}/orders-baseline`);
    return delivery;
  }

  test('goes with a delivery in place, after the route leads to one side', async () => {
    const delivery = await withBaseline();
    const before = world.cluster.calls.length;
    await pointTraffic(world, delivery, 'blue');
    expect(world.cluster.names('Deployment')).toEqual([`${NAMESPACE}/orders-blue`]);
    expect(world.cluster.names('Service')).not.toContain(`${NAMESPACE}/orders-baseline`);
    const calls = world.cluster.calls.slice(before);
    expect(calls.indexOf('remove Deployment orders-baseline')).toBeGreaterThan(calls.indexOf('apply HTTPRoute orders'));
  });

  test('goes with a withdrawal, once nobody comes any more', async () => {
    world.settle(world.deliver(commit('c'), serviceFile({ name: 'web' })));
    await withBaseline();
    const claim = world.withdraw('feature-login', 'orders');
    await closeRoute(world, claim);
    expect(world.cluster.names('Deployment')).toContain(`${NAMESPACE}/orders-baseline`);
    await closeServices(world, claim);
    expect(world.cluster.names('Deployment')).toEqual([`${NAMESPACE}/orders-blue`]);
    expect(world.cluster.names('Service')).toEqual([]);
  });
});

describe('closing the way in', () => {
  test('routes go first, then the name, and other services stay', async () => {
    const other = world.deliver(commit('c'), serviceFile({ name: 'web' }));
    await prepareEnvironment(world, other);
    await openRoute(world, other, 'blue');
    await running(commit('a'));
    const claim = world.withdraw('feature-login', 'orders');
    const before = world.cluster.calls.length;
    await expect(closeRoute(world, claim)).resolves.toEqual({ kind: 'closed', seconds: 0 });
    const removed = world.cluster.calls.slice(before).filter((call) => call.startsWith('remove'));
    expect(removed).toEqual(['remove HTTPRoute orders', 'remove HTTPRoute orders.router', 'remove Service orders']);
    expect(world.cluster.names('HTTPRoute')).toEqual([`${NAMESPACE}/web`]);
    await expect(closeServices(world, claim)).resolves.toEqual({ kind: 'closed' });
    expect(world.cluster.names('Service')).toEqual([`${NAMESPACE}/web-blue`]);
    await expect(closeServices(world, claim)).resolves.toEqual({ kind: 'closed' });
  });

  test('autoscalers of both sides and the jobs that checked them go too, those of other services stay', async () => {
    const autoscale = { minimum: 2, maximum: 4, cpu: 70 };
    for (const name of ['web', 'orders']) {
      const delivery = world.deliver(commit(name === 'web' ? 'c' : 'a'), serviceFile({ name, autoscale }));
      await prepareEnvironment(world, delivery);
      await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
      await pointTraffic(world, delivery, 'blue');
      const place = servicePlaceOf(world.installation, delivery, name);
      const deployment = (await deploymentOf(world.cluster, place, 'blue')) ?? {};
      const check = { side: 'blue', command: ['check'], withinSeconds: 20, run: 'first' } as const;
      const objects = [autoscalerManifest(place, 'green', autoscale), checkJobManifest(place, deployment, check)];
      for (const object of objects) await world.cluster.apply(object, 'test', { force: true });
    }
    expect(world.cluster.names('HorizontalPodAutoscaler')).toHaveLength(4);
    expect(world.cluster.names('Job')).toHaveLength(2);
    const claim = world.withdraw('feature-login', 'orders');
    await closeRoute(world, claim);
    await closeServices(world, claim);
    expect(world.cluster.names('HorizontalPodAutoscaler')).toEqual([`${NAMESPACE}/web-blue`, `${NAMESPACE}/web-green`]);
    expect(world.cluster.names('Job')).toEqual([expect.stringContaining('/web-check-')]);
  });

  test('whoever is called by others keeps serving at the address that they may still know', async () => {
    const caller = world.deliver(commit('c'), serviceFile({ name: 'web', dependencies: ['orders'] }));
    world.settle(caller);
    await running(commit('a'));
    const claim = world.withdraw('feature-login', 'orders');
    await expect(closeRoute(world, claim)).resolves.toEqual({ kind: 'closed', seconds: 30 });
    expect(world.cluster.names('Service')).toEqual([`${NAMESPACE}/orders-blue`]);
    // Asked again because its answer was lost, it waits as well.
    await expect(closeRoute(world, claim)).resolves.toEqual({ kind: 'closed', seconds: 30 });
  });
});

describe('a task that is no longer responsible', () => {
  test('changes nothing', async () => {
    const delivery = await running(commit('a'));
    world.push('feature-login', 'orders', commit('b'));
    const before = world.cluster.calls.length;
    for (const task of [openRoute, pointTraffic, readBack]) {
      await expect(task(world, delivery, 'blue')).rejects.toMatchObject({ name: ERRORS.superseded });
    }
    expect(world.cluster.calls).toHaveLength(before);
  });
});
