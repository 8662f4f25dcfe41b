/** What differs in the cluster from what was applied is found, told and put right: on a server with real field management. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { FIELD_MANAGERS } from '../../../lambdas/contracts/kubernetes.ts';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import type { EnvironmentRecord } from '../../../lambdas/domain/environment/record.ts';
import { baselineManifest, isBaselineOf } from '../../../lambdas/domain/manifests/baseline.ts';
import { servicePlaceOf } from '../../../lambdas/domain/manifests/installation.ts';
import { baselineServiceManifest } from '../../../lambdas/domain/manifests/traffic.ts';
import { applyWorkload } from '../../../lambdas/handlers/deploy/apply-workload.ts';
import { prepareEnvironment } from '../../../lambdas/handlers/environment/prepare-environment.ts';
import { openRoute } from '../../../lambdas/handlers/rollout/open-route.ts';
import { pointTraffic } from '../../../lambdas/handlers/rollout/point-traffic.ts';
import { compareObjectsWithRecords } from '../../../lambdas/handlers/sweep-cluster/compare-objects.ts';
import type { HistoryEvent } from '../../../lambdas/ports/history.ts';
import { startLaptop, type Laptop } from '../../adapters/kubernetes/laptop.ts';
import { VirtualClock } from '../../fakes/clock.ts';
import { installationOf } from '../../fakes/installation.ts';
import { ClusterWorld, commit, DIGEST, serviceFile } from '../cluster-world.ts';

const NAMESPACE = 'shop-feature-login';
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE, name: 'orders-blue' };

let laptop: Laptop;
let world: ClusterWorld;
let delivery: Delivery;
const told: HistoryEvent[] = [];
let saved: EnvironmentRecord | undefined;

beforeAll(async () => {
  laptop = await startLaptop();
  const prober = { ask: () => Promise.reject(new Error('Nothing is probed here.')) };
  world = new ClusterWorld({
    cluster: laptop.admin,
    prober,
    clock: new VirtualClock(),
    installation: installationOf('shop'),
  });
  delivery = world.deliver(commit('a'), serviceFile({ dependencies: ['inventory'], replicas: 2 }));
  await deliver();
  world.settle(delivery);
});

afterAll(async () => {
  await laptop.stop();
});

async function deliver(): Promise<void> {
  await prepareEnvironment(world, delivery);
  await openRoute(world, delivery, 'blue');
  await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
  await pointTraffic(world, delivery, 'blue');
}

/** One look of the sweep; what it saves is forgotten, so that each test begins alike. */
async function sweep(change: Partial<EnvironmentRecord['services'][string]> = {}) {
  const record = await world.records.load('feature-login');
  const orders = record?.services['orders'];
  if (record === undefined || orders === undefined) throw new Error('Nothing was delivered.');
  const now: EnvironmentRecord = { ...record, services: { orders: { ...orders, ...change } } };
  return compareObjectsWithRecords({
    installation: 'shop',
    cluster: laptop.admin,
    records: {
      all: () => Promise.resolve([now]),
      load: () => Promise.resolve(now),
      save: (next) => {
        saved = next;
        return Promise.resolve({ kind: 'saved', record: next });
      },
    },
    history: {
      append: (event) => {
        told.push(event);
        return Promise.resolve();
      },
    },
    clock: world.clock,
  });
}

let delivered = 0;

/** Delivers again, as the next owner would; the world claims new commits only. */
async function healed(): Promise<void> {
  delivered += 1;
  delivery = world.deliver(commit(String(delivered)), serviceFile({ dependencies: ['inventory'], replicas: 2 }));
  await deliver();
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
