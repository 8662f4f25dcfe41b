/**
 * What is gone or edited in a real cluster is found by whoever sweeps, with its rights, and put right by a delivery with its own. No pod
 * of it ever has to run. Needs KUBECONFIG.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../lambdas/adapters/clock/system-clock.ts';
import { HttpProber } from '../../lambdas/adapters/http/http-prober.ts';
import { Connection } from '../../lambdas/adapters/kubernetes/connection.ts';
import { namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import type { EnvironmentRecord } from '../../lambdas/domain/environment/record.ts';
import { applyWorkload } from '../../lambdas/handlers/deploy/apply-workload.ts';
import { prepareEnvironment } from '../../lambdas/handlers/environment/prepare-environment.ts';
import { applyFoundation } from '../../lambdas/handlers/foundation/apply-foundation.ts';
import { removeFoundation } from '../../lambdas/handlers/foundation/remove-foundation.ts';
import { openRoute } from '../../lambdas/handlers/rollout/open-route.ts';
import { pointTraffic } from '../../lambdas/handlers/rollout/point-traffic.ts';
import { compareObjectsWithRecords, COMPARED_KINDS } from '../../lambdas/handlers/sweep-cluster/compare-objects.ts';
import { installationOf, uniqueInstallation } from '../fakes/installation.ts';
import { ClusterWorld, DIGEST, serviceFile } from '../handlers/cluster-world.ts';
import { aroundOf, inStage } from './in-stage.ts';
import { connectionOf, realCluster } from './kubeconfig.ts';

const name = uniqueInstallation('heal');
const inside = namespaceOf(name, 'feature-login');
const admin = realCluster();
const world = new ClusterWorld({
  cluster: admin,
  prober: new HttpProber(),
  clock: systemClock,
  installation: installationOf(name, { access: 'internal', gateway: { namespace: 'kube-system', name: 'public' } }),
});
const as = {
  environment: inStage(world, 'environment'),
  deploy: inStage(world, 'deploy'),
  rollout: inStage(world, 'rollout'),
};
const foundation = { ...aroundOf(world), cluster: admin, autoMode: false, targetGroups: {} };

const resources = { cpu: '5m', memory: '64Mi' };
const command = ['true'];
/** A service that has something of every kind. */
const orders = serviceFile({
  replicas: 2,
  autoscale: { minimum: 2, maximum: 4, cpu: 70 },
  processes: {
    worker: { command, replicas: 2, resources },
    indexer: { command, replicas: 1, resources },
    mailer: { command, replicas: 2, autoscale: { minimum: 2, maximum: 3, cpu: 70, requests: 50 }, resources },
  },
  schedules: { nightly: { schedule: '0 3 * * *', command, within: '5m', resources } },
  volumes: { data: { path: '/data', size: '1Gi', process: 'indexer' } },
});

let delivered = 0;

/** Delivers a newer commit, as the next owner would. */
async function deliver(): Promise<void> {
  delivered += 1;
  const delivery = world.deliver(String(delivered).padStart(40, '0'), orders);
  await prepareEnvironment(as.environment, delivery);
  // Rights in the namespace are known to the API server a moment after they were bound.
  await vi.waitFor(() => openRoute(as.rollout, delivery, 'blue'), { timeout: 20_000, interval: 300 });
  await vi.waitFor(() => applyWorkload(as.deploy, delivery, DIGEST, { side: 'blue', beside: false }), {
    timeout: 20_000,
    interval: 300,
  });
  await pointTraffic(as.rollout, delivery, 'blue');
  world.settle(delivery);
}

/** What a sweep finds, in words. */
async function found(): Promise<string> {
  const record = await world.records.load('feature-login');
  const { items, questions } = await compareObjectsWithRecords({
    ...inStage(world, 'sweep'),
    settings: world.installation,
    rollouts: { load: () => Promise.resolve(undefined) },
    records: {
      all: () => Promise.resolve(record === undefined ? [] : [record]),
      load: world.records.load,
      save: (next: EnvironmentRecord) => Promise.resolve({ kind: 'saved', record: next }),
    },
  });
  return [...items.map((item) => item.because), ...questions].join();
}

/** Somebody edits an object, as kubectl does it. */
async function edit(path: string, body: object): Promise<void> {
  const connection = new Connection(connectionOf());
  const answer = await connection.send({
    method: 'PATCH',
    path: `${path}?fieldManager=kubectl-edit`,
    body,
    contentType: 'application/merge-patch+json',
  });
  connection.close();
  expect(answer).toMatchObject({ status: 200 });
}

const applied = async () => {
  const lists = await Promise.all(COMPARED_KINDS.map((kind) => admin.list({ ...kind, namespace: inside })));
  return lists.flat().filter(({ metadata }) => metadata.labels?.['espalier.dev/installation'] === name);
};

beforeAll(async () => {
  await applyFoundation(foundation);
  await systemClock.sleep(2_000);
  await deliver();
});

afterAll(async () => {
  await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: inside });
  await removeFoundation(foundation);
});

describe('a sweep of a real cluster', () => {
  test('finds nothing in what was just delivered: what the cluster adds by itself is nobody’s edit', async () => {
    await systemClock.sleep(2_000);
    expect(await found()).toBe('');
  });

  test('misses every object that a delivery applied, and a delivery brings all of them back', async () => {
    const before = await applied();
    expect(new Set(before.map(({ kind }) => kind))).toEqual(new Set(COMPARED_KINDS.map(({ kind }) => kind)));
    for (const { apiVersion, kind, metadata } of before) {
      await admin.remove({ apiVersion, kind, namespace: inside, name: metadata.name });
    }
    // A claim stays until the pods that wait for it are gone.
    const missing = async () => {
      const said = await found();
      for (const { kind, metadata } of before) expect(said).toContain(`${kind} ${metadata.name} is gone`);
    };
    await vi.waitFor(missing, { timeout: 40_000, interval: 500 });
    await deliver();
    expect(await found()).toBe('');
  });

  const edits: readonly (readonly [what: string, path: string, body: object])[] = [
    ['Deployment orders-worker', 'apis/apps/v1/*/deployments/orders-worker', { spec: { replicas: 5 } }],
    [
      'HorizontalPodAutoscaler orders-blue',
      'apis/autoscaling/v2/*/horizontalpodautoscalers/orders-blue',
      { spec: { maxReplicas: 40 } },
    ],
    ['CronJob orders-nightly', 'apis/batch/v1/*/cronjobs/orders-nightly', { spec: { suspend: true } }],
    [
      'PodDisruptionBudget orders-worker',
      'apis/policy/v1/*/poddisruptionbudgets/orders-worker',
      { spec: { maxUnavailable: '100%' } },
    ],
    // A network policy that lets more through is refused by the cluster itself, whoever edits it.
    ['RoleBinding', `apis/rbac.authorization.k8s.io/v1/*/rolebindings/${name}-deploy`, { subjects: [] }],
    ['ServiceAccount orders', 'api/v1/*/serviceaccounts/orders', { automountServiceAccountToken: true }],
    ['ResourceQuota environment', 'api/v1/*/resourcequotas/environment', { spec: { hard: { pods: '4000' } } }],
    ['LimitRange environment', 'api/v1/*/limitranges/environment', { spec: { limits: [] } }],
    ['Service orders-blue', 'api/v1/*/services/orders-blue', { spec: { sessionAffinity: 'ClientIP' } }],
    [
      'HTTPRoute orders',
      'apis/gateway.networking.k8s.io/v1/*/httproutes/orders',
      { spec: { rules: [{ backendRefs: [{ name: 'orders-green', port: 80 }] }] } },
    ],
  ];
  test('finds what was edited, whatever its kind, and a delivery puts it right', async () => {
    for (const [, path, body] of edits) await edit(`/${path.replace('*', `namespaces/${inside}`)}`, body);
    const said = await found();
    for (const [what] of edits) expect(said).toContain(what);
    await deliver();
    expect(await found()).toBe('');
  });

  test('respects what autoscalers decide, and a restart', async () => {
    const annotations = { 'kubectl.kubernetes.io/restartedAt': 'now' };
    await edit(`/apis/apps/v1/namespaces/${inside}/deployments/orders-blue`, {
      spec: { replicas: 3, template: { metadata: { annotations } } },
    });
    expect(await found()).toBe('');
  });
});
