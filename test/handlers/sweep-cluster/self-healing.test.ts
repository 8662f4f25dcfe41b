/** What differs in the cluster from what was applied is found, told and put right: on a server with real field management. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { FORGOTTEN_AFTER_SECONDS, LONGEST_EXPERIMENT_SECONDS } from '../../../lambdas/contracts/experiment.ts';
import { FIELD_MANAGERS, routerNamespace } from '../../../lambdas/contracts/kubernetes.ts';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import type { EnvironmentRecord } from '../../../lambdas/domain/environment/record.ts';
import { baselineManifest, isBaselineOf } from '../../../lambdas/domain/manifests/baseline.ts';
import { delayAddressManifest, delayManifests, delayName } from '../../../lambdas/domain/manifests/delay.ts';
import { nobodyName, severedRoute, takenName } from '../../../lambdas/domain/manifests/experiment.ts';
import type { StoredRollout } from '../../../lambdas/domain/rollout/stored.ts';
import { servicePlaceOf } from '../../../lambdas/domain/manifests/installation.ts';
import { autoscalerManifest } from '../../../lambdas/domain/manifests/autoscaler.ts';
import type { Manifest } from '../../../lambdas/domain/manifests/manifest.ts';
import { baselineServiceManifest, routeManifest } from '../../../lambdas/domain/manifests/traffic.ts';
import { applyWorkload } from '../../../lambdas/handlers/deploy/apply-workload.ts';
import { prepareEnvironment } from '../../../lambdas/handlers/environment/prepare-environment.ts';
import { openRoute } from '../../../lambdas/handlers/rollout/open-route.ts';
import { writeAll } from '../../../lambdas/handlers/rollout/writes.ts';
import { pointTraffic } from '../../../lambdas/handlers/rollout/point-traffic.ts';
import { COMPARED_KINDS, compareObjectsWithRecords } from '../../../lambdas/handlers/sweep-cluster/compare-objects.ts';
import type { ParentReference } from '../../../lambdas/domain/way-in/gateway.ts';
import type { Builds } from '../../../lambdas/ports/builds.ts';
import type { HistoryEvent } from '../../../lambdas/ports/history.ts';
import { startLaptop, type Laptop } from '../../adapters/kubernetes/laptop.ts';
import { DELAY, delayedWayOf } from '../../domain/manifests/delayed-way.ts';
import { VirtualClock } from '../../fakes/clock.ts';
import { installationOf } from '../../fakes/installation.ts';
import { deployment } from '../../boundary/chart/sample-chart.ts';
import { ClusterWorld, commit, DIGEST, serviceFile } from '../cluster-world.ts';
import { deliverChart } from '../deliver-chart.ts';

const NAMESPACE = 'shop-feature-login';
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE, name: 'orders-blue' };

/** A service that has something of every kind. */
const DEFINITION = serviceFile({
  dependencies: ['inventory'],
  replicas: 2,
  autoscale: { minimum: 2, maximum: 4, cpu: 70 },
  processes: {
    indexer: { command: ['index'], replicas: 1, resources: { cpu: '5m', memory: '64Mi' } },
    worker: { command: ['work'], replicas: 2, resources: { cpu: '5m', memory: '64Mi' } },
    mailer: {
      command: ['mail'],
      replicas: 2,
      autoscale: { minimum: 2, maximum: 3, cpu: 70 },
      resources: { cpu: '5m', memory: '64Mi' },
    },
  },
  schedules: {
    nightly: { schedule: '0 3 * * *', command: ['tidy'], within: '5m', resources: { cpu: '5m', memory: '64Mi' } },
  },
  volumes: { data: { path: '/data', size: '1Gi', process: 'indexer' } },
});

let laptop: Laptop;
let world: ClusterWorld;
let delivery: Delivery;
const told: HistoryEvent[] = [];
let saved: EnvironmentRecord | undefined;
let latest: StoredRollout | undefined;

beforeAll(async () => {
  laptop = await startLaptop();
  const prober = { ask: () => Promise.reject(new Error('Nothing is probed here.')) };
  world = new ClusterWorld({
    cluster: laptop.admin,
    prober,
    clock: new VirtualClock(),
    installation: installationOf('shop'),
  });
  delivery = world.deliver(commit('a'), DEFINITION);
  await deliver();
  world.settle(delivery);
});

afterAll(async () => {
  await laptop.stop();
});

async function deliver(of = world, what = delivery): Promise<void> {
  await prepareEnvironment(of, what);
  await openRoute(of, what, 'blue');
  await applyWorkload(of, what, DIGEST, { side: 'blue', beside: false });
  await pointTraffic(of, what, 'blue');
}

/** One look of the sweep; what it saves is forgotten, so that each test begins alike. */
async function sweep(
  change: Partial<EnvironmentRecord['services'][string]> = {},
  builds: Pick<Builds, 'load'> = world.builds,
  at = world.clock.now(),
  environment = 'feature-login',
) {
  const record = await world.records.load(environment);
  const orders = record?.services['orders'];
  if (record === undefined || orders === undefined) throw new Error('Nothing was delivered.');
  const now: EnvironmentRecord = { ...record, services: { orders: { ...orders, ...change } } };
  return compareObjectsWithRecords({
    settings: world.installation,
    builds,
    cluster: laptop.admin,
    records: {
      all: () => Promise.resolve([now]),
      load: () => Promise.resolve(now),
      save: (next) => {
        saved = next;
        return Promise.resolve({ kind: 'saved', record: next });
      },
    },
    rollouts: { load: () => Promise.resolve(latest) },
    history: {
      append: (event) => {
        told.push(event);
        return Promise.resolve();
      },
    },
    clock: { now: () => at },
  });
}

let delivered = 0;

/** Delivers again, as the next owner would; the world claims new commits only. */
async function healed(of = world): Promise<void> {
  delivered += 1;
  delivery = world.deliver(String(delivered).padStart(40, '0'), DEFINITION);
  await deliver(of);
  world.settle(delivery);
}

const NOTHING = { items: [], questions: [] };

const container = async () => {
  const found = await laptop.admin.get(DEPLOYMENT);
  const spec = found?.['spec'] as { template: { spec: { containers: Record<string, unknown>[] } } } | undefined;
  return spec?.template.spec.containers[0] ?? {};
};

describe('a sweep of objects', () => {
  test('finds nothing in what was just delivered, and nothing after a delivery that changes nothing', async () => {
    expect(await sweep()).toEqual(NOTHING);
    await healed();
    expect(await sweep()).toEqual(NOTHING);
  });

  test.each([
    ['v1', 'Service', 'orders'],
    ['networking.k8s.io/v1', 'NetworkPolicy', 'orders'],
    ['v1', 'ResourceQuota', 'environment'],
    ['apps/v1', 'Deployment', 'orders-blue'],
  ])('finds a deleted %s %s %s, says so, and the delivery brings it back', async (apiVersion, kind, name) => {
    await laptop.admin.remove({ apiVersion, kind, namespace: NAMESPACE, name });
    const because = `The cluster differs from what was applied: ${kind} ${name} is gone.`;
    expect(await sweep()).toEqual({
      items: [{ kind: 'resume', environment: 'feature-login', because }],
      questions: [],
    });
    expect(told.at(-1)).toMatchObject({ stage: 'sweep', level: 'warning', service: 'orders' });
    expect(told.at(-1)?.message).toContain(`${kind} ${name} is gone. It is delivered again.`);
    expect(saved?.services['orders']).toMatchObject({ again: true, healed: { times: 1 } });
    await healed();
    expect(await sweep()).toEqual(NOTHING);
  });

  describe('while the newest commit could not be delivered', () => {
    const newest = 'f'.repeat(40);
    const desired = { kind: 'commit', commit: newest, since: 0 } as const;
    const failure = { kind: 'rejected', reason: 'its tests fail', commit: newest, at: 0, attempts: 1 } as const;
    const kept = () => {
      const generation = delivery.generation + 1;
      return { desired, generation, failure: { ...failure, generation } };
    };

    test('finds nothing in what serves', async () => {
      expect(await sweep(kept())).toEqual(NOTHING);
    });

    test('goes back to what serves when that is gone, and the newest waits for the next push', async () => {
      await laptop.admin.remove({ apiVersion: 'v1', kind: 'Service', namespace: NAMESPACE, name: 'orders' });
      expect((await sweep(kept())).items).toHaveLength(1);
      const serves = delivery.commit;
      expect(told.at(-1)?.message).toContain(
        `Service orders is gone. ${serves.slice(0, 8)}, which served, is delivered again; ffffffff is held back until the next push.`,
      );
      expect(saved?.services['orders']).toMatchObject({ desired: { commit: serves }, held: newest, again: true });
      expect(saved?.services['orders']).not.toHaveProperty('failure');
    });

    const left = async (phase: StoredRollout['rollout']['phase']) => {
      const { desired: wanted, generation, failure: why } = kept();
      const serves = { commit: delivery.commit, digest: DIGEST, side: 'blue' } as const;
      const candidate = { commit: newest, digest: DIGEST, side: 'green' } as const;
      latest = { generation, rollout: { phase, stable: serves, candidate } } as unknown as StoredRollout;
      const found = await sweep({ desired: wanted, generation, failure: why });
      latest = undefined;
      return found.items.length;
    };
    test('goes back after a rollout that returned, and leaves one alone that gave the newest the traffic or stopped on its way', async () => {
      expect(await left('rolled-back')).toBe(1);
      expect(await left('promoted')).toBe(0);
      expect(await left('stepping')).toBe(0);
    });

    test('leaves it to the attempt that follows by itself', async () => {
      const { generation, ...rest } = kept();
      const passing = { ...rest.failure, kind: 'transient' } as const;
      expect(await sweep({ ...rest, generation, failure: passing })).toEqual(NOTHING);
      await healed();
      expect(await sweep()).toEqual(NOTHING);
    });
  });

  test('misses every object that a delivery applied, whatever its kind', async () => {
    const lists = await Promise.all(COMPARED_KINDS.map((kind) => laptop.admin.list({ ...kind, namespace: NAMESPACE })));
    const applied = lists.flat().filter(({ metadata }) => metadata.labels?.['espalier.dev/installation'] === 'shop');
    expect(new Set(applied.map(({ kind }) => kind))).toEqual(new Set(COMPARED_KINDS.map(({ kind }) => kind)));
    for (const { apiVersion, kind, metadata } of applied) {
      await laptop.admin.remove({ apiVersion, kind, namespace: NAMESPACE, name: metadata.name });
    }
    const because = (await sweep()).items.map((item) => item.because).join();
    for (const { kind, metadata } of applied) expect(because).toContain(`${kind} ${metadata.name} is gone`);
    await healed();
    expect(await sweep()).toEqual(NOTHING);
  });

  const edits: readonly (readonly [apiVersion: string, kind: string, name: string, spec: object])[] = [
    ['autoscaling/v2', 'HorizontalPodAutoscaler', 'orders-blue', { spec: { maxReplicas: 40 } }],
    ['batch/v1', 'CronJob', 'orders-nightly', { spec: { schedule: '* * * * *', suspend: true } }],
    ['policy/v1', 'PodDisruptionBudget', 'orders-worker', { spec: { maxUnavailable: '100%' } }],
    ['v1', 'ServiceAccount', 'orders', { automountServiceAccountToken: true }],
    ['networking.k8s.io/v1', 'NetworkPolicy', 'default-deny', { spec: { ingress: [{}] } }],
    ['v1', 'ResourceQuota', 'environment', { spec: { hard: { pods: '4000' } } }],
    ['v1', 'LimitRange', 'environment', { spec: { limits: [{ type: 'Container', max: { cpu: '64' } }] } }],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding', 'shop-deploy', { subjects: [] }],
    [
      'gateway.networking.k8s.io/v1',
      'HTTPRoute',
      'orders',
      { spec: { hostnames: ['orders-feature-login.example.com'] } },
    ],
    ['apps/v1', 'Deployment', 'orders-worker', { spec: { replicas: 7 } }],
  ];
  test('finds what was edited, whatever its kind, and a delivery puts it right', async () => {
    // What a delivery of another commit changes in any case is no part of it.
    const content = async ({ apiVersion, kind, name }: { apiVersion: string; kind: string; name: string }) => {
      const found = await laptop.admin.get({ apiVersion, kind, namespace: NAMESPACE, name });
      const text = JSON.stringify({ ...found, metadata: undefined, status: undefined });
      return JSON.parse(text.replaceAll(/\d{40}/g, 'commit')) as unknown;
    };
    const contents = () => Promise.all(edits.map(([apiVersion, kind, name]) => content({ apiVersion, kind, name })));
    const before = await contents();
    for (const [apiVersion, kind, name, edit] of edits) {
      const object = { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, ...edit };
      await laptop.admin.apply(object, 'kubectl-edit', { force: true });
    }
    for (const [index, now] of (await contents()).entries()) expect(now).not.toEqual(before[index]);
    const because = (await sweep()).items.map((item) => item.because).join();
    for (const [, kind, name] of edits) expect(because).toContain(`${kind} ${name} `);
    await healed();
    expect(await contents()).toEqual(before);
    expect(await sweep()).toEqual(NOTHING);
  });

  test('finds a namespace whose rules somebody loosened', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } };
    await laptop.admin.apply(namespace, 'kubectl', { force: true });
    expect((await sweep()).items[0]).toMatchObject({
      because: expect.stringContaining(
        `the label pod-security.kubernetes.io/enforce of Namespace ${NAMESPACE} was changed`,
      ) as unknown,
    });
    await healed();
    expect(await sweep()).toEqual(NOTHING);
  });

  test('respects a volume that was made larger: it can never be made smaller again', async () => {
    const metadata = { name: 'orders-data', namespace: NAMESPACE };
    const spec = { resources: { requests: { storage: '2Gi' } } };
    await laptop.admin.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec }, 'kubectl', {
      force: true,
    });
    expect(await sweep()).toEqual(NOTHING);
    await laptop.admin.remove({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      namespace: NAMESPACE,
      name: 'orders-data',
    });
    await healed();
  });

  test('respects the weights of a rollout, and bounds that it moved', async () => {
    const place = servicePlaceOf(world.installation, delivery, 'orders');
    const route = await laptop.admin.get({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      namespace: NAMESPACE,
      name: 'orders',
    });
    if (route === undefined) throw new Error('There is no route.');
    const { hostnames, parentRefs } = route['spec'] as { hostnames: string[]; parentRefs: ParentReference[] };
    const weights = { blue: 90, green: 10 };
    const shifted = routeManifest(place, { host: hostnames[0] ?? '', parent: parentRefs[0]!, weights });
    await writeAll(laptop.admin, [
      { kind: 'apply', manifest: shifted },
      { kind: 'apply', manifest: autoscalerManifest(place, 'blue', { minimum: 3, maximum: 6, cpu: 70 }) },
    ]);
    expect(await sweep()).toEqual(NOTHING);
    await healed();
  });

  test('knows of a version whose service file is forgotten only what every service has', async () => {
    const builds = { load: () => Promise.resolve(undefined) };
    await laptop.admin.remove({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      namespace: NAMESPACE,
      name: 'orders-nightly',
    });
    expect(await sweep({}, builds)).toEqual(NOTHING);
    await laptop.admin.remove({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: NAMESPACE, name: 'orders' });
    expect((await sweep({}, builds)).items[0]).toMatchObject({
      because: 'The cluster differs from what was applied: ServiceAccount orders is gone.',
    });
    await healed();
  });

  test('leaves an experiment alone, finds what is left of one that nobody undid, and the delivery undoes it', async () => {
    const place = servicePlaceOf(world.installation, delivery, 'orders');
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      namespace: NAMESPACE,
      name: 'orders',
    };
    const open = await laptop.admin.get(route);
    const name = { apiVersion: 'v1', kind: 'Service', namespace: NAMESPACE, name: 'inventory' };
    const forgotten = Date.now() + (FORGOTTEN_AFTER_SECONDS + 60) * 1_000;
    for (const override of [severedRoute(open as Manifest), takenName(place, 'inventory', nobodyName('inventory'))]) {
      await laptop.admin.apply(override, FIELD_MANAGERS.experiment, { force: true });
    }
    expect((await laptop.admin.get(route))?.['spec']).not.toEqual(open?.['spec']);
    expect(await sweep({}, world.builds, Date.now())).toEqual(NOTHING);
    await sweep({}, world.builds, forgotten);
    expect(told.at(-1)?.message).toContain('HTTPRoute orders is left of an experiment');
    expect(told.at(-1)?.message).toContain('Service inventory is left of an experiment');
    await healed();
    expect((await laptop.admin.get(route))?.['spec']).toEqual(open?.['spec']);
    expect(await laptop.admin.get(name)).toBeUndefined();
    expect(await sweep({}, world.builds, forgotten)).toEqual(NOTHING);
  });

  test('finds what delays a dependency a while after the name that leads to it, and a delivery then takes all of it away', async () => {
    const place = servicePlaceOf(world.installation, delivery, 'orders');
    const way = { ...delayedWayOf('shop'), place };
    const name = takenName(place, 'inventory', delayName('inventory'));
    for (const manifest of [...delayManifests(way, DELAY), delayAddressManifest(way), name]) {
      await laptop.admin.apply(manifest, FIELD_MANAGERS.experiment, { force: true });
    }
    const left = async () => {
      const kinds = [
        { apiVersion: 'apps/v1', kind: 'Deployment' },
        { apiVersion: 'v1', kind: 'Service' },
        { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
      ];
      const lists = await Promise.all(kinds.map((kind) => laptop.admin.list({ ...kind, namespace: NAMESPACE })));
      return lists.flat().flatMap(({ metadata }) => (/inventory/.test(metadata.name) ? [metadata.name] : []));
    };
    const nameForgotten = Date.now() + (FORGOTTEN_AFTER_SECONDS + 60) * 1_000;
    const allForgotten = nameForgotten + LONGEST_EXPERIMENT_SECONDS * 1_000;
    expect(await sweep({}, world.builds, Date.now())).toEqual(NOTHING);
    await sweep({}, world.builds, nameForgotten);
    expect(told.at(-1)?.message).toContain('Service inventory is left of an experiment');
    expect(told.at(-1)?.message).not.toContain('late-inventory');
    // A delivery gives the name back, and leaves what stands behind it to callers who still know its address.
    await healed();
    const stays = ['late-inventory', 'late-inventory', 'late-inventory', 'late-inventory-callers'];
    expect((await left()).toSorted()).toEqual(stays);
    await sweep({}, world.builds, allForgotten);
    for (const what of ['Deployment', 'Service', 'NetworkPolicy']) {
      expect(told.at(-1)?.message).toContain(`${what} late-inventory is left of an experiment`);
    }
    const clock = { now: () => allForgotten, sleep: () => Promise.resolve() };
    await healed(Object.create(world, { clock: { value: clock } }) as typeof world);
    expect(await left()).toEqual([]);
    expect(await sweep({}, world.builds, allForgotten)).toEqual(NOTHING);
  });

  test('finds a baseline that a rollout left, and the delivery removes it', async () => {
    const place = servicePlaceOf(world.installation, delivery, 'orders');
    const serving = (await laptop.admin.get(DEPLOYMENT)) as unknown as Deployment;
    for (const manifest of [baselineServiceManifest(place), baselineManifest(place, serving, 1)]) {
      await laptop.admin.apply(manifest, FIELD_MANAGERS.traffic, { force: true });
    }
    const made = (await laptop.admin.get({ ...DEPLOYMENT, name: 'orders-baseline' })) as unknown as Deployment;
    expect(isBaselineOf(made, serving, 1)).toBe(true);
    expect(isBaselineOf(made, serving, 2)).toBe(false);
    expect((await sweep()).items).toEqual([
      {
        kind: 'resume',
        environment: 'feature-login',
        because: expect.stringContaining('Deployment orders-baseline is left of a rollout') as string,
      },
    ]);
    await healed();
    expect(await sweep()).toEqual(NOTHING);
  });

  test('finds values that somebody changed and things that somebody added; both are undone', async () => {
    const containers = [{ name: 'service', image: 'evil:latest', env: [{ name: 'DEBUG', value: '1' }] }];
    const edit = {
      metadata: { name: 'orders-blue', namespace: NAMESPACE },
      spec: { template: { spec: { containers } } },
    };
    await laptop.admin.apply({ apiVersion: 'apps/v1', kind: 'Deployment', ...edit }, 'kubectl', { force: true });
    const found = await sweep();
    expect(found.items[0]).toMatchObject({
      because: expect.stringMatching(/orders-blue was edited; .*has more than was applied/) as unknown,
    });
    await healed();
    expect(await container()).toMatchObject({ image: `registry.example/espalier@${DIGEST}` });
    expect(JSON.stringify(await container())).not.toContain('DEBUG');
    expect(await sweep()).toEqual(NOTHING);
  });

  test('finds what somebody took away, although nobody holds what is not there', async () => {
    await laptop.admin.removeFields(DEPLOYMENT, ['/spec/template/spec/containers/0/readinessProbe'], 'kubectl-edit');
    expect((await sweep()).items[0]).toMatchObject({
      because: expect.stringContaining('orders-blue was edited') as unknown,
    });
    await healed();
    expect(await container()).toHaveProperty('readinessProbe');
    expect(await sweep()).toEqual(NOTHING);
  });

  test('looks after the files that a chart brings, by their names and their content', async () => {
    const written = serviceFile({ health: '/health', chart: { path: 'chart', values: [] } });
    const greeting = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'greeting' }, data: { MOTD: 'hello' } };
    const healedByChart = async (): Promise<void> => {
      delivered += 1;
      delivery = await deliverChart(world, String(delivered).padStart(40, '0'), written, [deployment(), greeting]);
      await deliver();
      world.settle(delivery);
    };
    await healedByChart();
    expect(await sweep()).toEqual(NOTHING);

    const file = { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'orders-blue.greeting' };
    await laptop.admin.remove(file);
    expect((await sweep()).items[0]?.because).toContain('ConfigMap orders-blue.greeting is gone');
    await healedByChart();
    expect(await sweep()).toEqual(NOTHING);

    const { namespace, name } = file;
    const edit = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data: { MOTD: 'goodbye' } };
    await laptop.admin.apply(edit, 'kubectl-edit', { force: true });
    expect((await sweep()).items[0]?.because).toContain('ConfigMap orders-blue.greeting was edited');
    await healed();
    expect(await sweep()).toEqual(NOTHING);
    expect(await laptop.admin.get(file)).toBeUndefined();
  });

  test('respects what others may decide: the number of pods, and annotations that restart them', async () => {
    const metadata = { name: 'orders-blue', namespace: NAMESPACE };
    const annotations = { 'kubectl.kubernetes.io/restartedAt': 'now' };
    const spec = { replicas: 3, template: { metadata: { annotations } } };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec };
    await laptop.admin.apply(deployment, FIELD_MANAGERS.traffic, { force: true });
    expect(await sweep()).toEqual(NOTHING);
  });

  test('leaves a service alone that somebody works on, and asks people when it is undone again and again', async () => {
    await laptop.admin.remove({ apiVersion: 'v1', kind: 'Service', namespace: NAMESPACE, name: 'orders' });
    const owner = {
      workflow: 'deliver-service',
      execution: 'x',
      input: '{}',
      generation: 9,
      claimedAt: 0,
      started: true,
    } as const;
    expect(await sweep({ owner })).toEqual(NOTHING);
    const { items, questions } = await sweep({ healed: { since: world.clock.now(), times: 3 } });
    expect(items).toEqual([]);
    expect(questions[0]).toContain(
      'was put right several times within an hour and differs again: Service orders is gone',
    );
    const again = await sweep({ healed: { since: world.clock.now() - 4_000_000, times: 3 } });
    expect(again.items).toHaveLength(1);
  });
});

describe('names at the router', () => {
  test('lie in a namespace of their own: they are seen there, and missed when they are gone', async () => {
    const namespace = routerNamespace('shop');
    const manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await laptop.admin.apply(manifest, FIELD_MANAGERS.environment);
    const where = { branch: 'integration', environment: 'integration', kind: 'integration' } as const;
    const lent = world.deliver(commit('a'), DEFINITION, where);
    await deliver(world, lent);
    world.settle(lent);
    const swept = () => sweep({}, world.builds, world.clock.now(), 'integration');
    expect(await swept()).toEqual(NOTHING);

    await laptop.admin.remove({ apiVersion: 'v1', kind: 'Service', namespace, name: 'inventory' });
    const because = 'The cluster differs from what was applied: Service inventory is gone.';
    expect((await swept()).items).toEqual([{ kind: 'resume', environment: 'integration', because }]);
  });
});
