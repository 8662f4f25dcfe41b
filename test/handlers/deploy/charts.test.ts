/** Charts in the function `deploy`: their pods on both sides of a service, by the build's digest and nothing else. */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import { applyProcesses, applyWorkload } from '../../../lambdas/handlers/deploy/apply-workload.ts';
import { awaitPods } from '../../../lambdas/handlers/deploy/await-pods.ts';
import { withdrawWorkload } from '../../../lambdas/handlers/deploy/withdraw-workload.ts';
import { prepareEnvironment } from '../../../lambdas/handlers/environment/prepare-environment.ts';
import { chart, deployment, IMAGE, type Loose } from '../../boundary/chart/sample-chart.ts';
import { commit, DIGEST, ERRORS, serviceFile } from '../cluster-world.ts';
import { deliverChart } from '../deliver-chart.ts';
import { FakeClusterWorld } from '../fake-cluster-world.ts';

const NAMESPACE = 'shop-feature-login';
let world: FakeClusterWorld;
beforeEach(() => {
  world = new FakeClusterWorld();
});

const WRITTEN = serviceFile({ health: '/health', chart: { path: 'chart', values: [] } });

const rendered = (greeting: string, ...more: readonly Loose[]): readonly Loose[] => [
  deployment({
    containers: [
      {
        name: 'app',
        image: IMAGE,
        args: ['serve'],
        ports: [{ name: 'web', containerPort: 8080 }],
        env: [{ name: 'MODE', value: greeting }],
        envFrom: [{ configMapRef: { name: 'greeting' } }],
        livenessProbe: { httpGet: { path: '/health', port: 'web' } },
        volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
      },
    ],
    pod: { volumes: [{ name: 'scratch', emptyDir: {} }] },
  }),
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'greeting' }, data: { MOTD: greeting } },
  ...more,
];

async function delivered(pushed: string, objects: readonly Loose[]): Promise<Delivery> {
  const delivery = await deliverChart(world, pushed, WRITTEN, objects);
  await prepareEnvironment(world, delivery);
  return delivery;
}

const applied = async (pushed: string, objects: readonly Loose[], beside = false): Promise<Delivery> => {
  const delivery = await delivered(pushed, objects);
  await applyWorkload(world, delivery, DIGEST, { side: beside ? 'green' : 'blue', beside });
  return delivery;
};

const names = (kind: string): readonly string[] => world.cluster.names(kind).map((name) => name.split('/')[1] ?? '');

async function pods(name: string) {
  const object = await world.cluster.get({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: NAMESPACE,
    name,
  });
  const { template } = (object as unknown as Deployment | undefined)?.spec ?? {};
  return { labels: template?.metadata?.labels ?? {}, ...template?.spec };
}

describe('the pods of a chart', () => {
  test('are those of a side, with everything that all pods have', async () => {
    const delivery = await applied(commit('a'), rendered('hello'));
    const {
      labels,
      containers = [],
      serviceAccountName,
      automountServiceAccountToken,
      volumes,
    } = await pods('orders-blue');
    expect(labels).toMatchObject({ app: 'orders', 'espalier.dev/side': 'blue', 'espalier.dev/commit': commit('a') });
    expect(containers).toMatchObject([
      {
        name: 'service',
        image: `${world.imageRepository}@${DIGEST}`,
        args: ['serve'],
        securityContext: { readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
        livenessProbe: { httpGet: { path: '/health', port: 8080 } },
        readinessProbe: { httpGet: { path: '/health', port: 'http' } },
        envFrom: [{ configMapRef: { name: 'orders-blue.greeting' } }],
      },
    ]);
    expect(containers[0]?.command).toBeUndefined();
    expect(containers[0]?.env?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['PORT', 'ESPALIER_COMMIT', 'MODE']),
    );
    expect([serviceAccountName, automountServiceAccountToken]).toEqual(['orders', false]);
    // What a chart does not say of the disk is what a service file would get.
    expect(containers[0]?.resources?.limits).toEqual({ memory: '64Mi', 'ephemeral-storage': '256Mi' });
    expect(volumes).toEqual([
      { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
      { name: 'scratch', emptyDir: { sizeLimit: '256Mi' } },
    ]);
    expect(names('ConfigMap')).toEqual(['orders-blue.greeting']);
    await expect(awaitPods(world, delivery, 'blue')).resolves.toEqual({ kind: 'ready' });
  });

  test('of a candidate read files of their own, and the older ones stay for the side that serves', async () => {
    await applied(commit('a'), rendered('hello'));
    await applied(commit('b'), rendered('good day'), true);
    expect(names('ConfigMap')).toEqual(['orders-blue.greeting', 'orders-green.greeting']);
    const read = async (name: string) =>
      (await world.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name }))?.['data'];
    expect([await read('orders-blue.greeting'), await read('orders-green.greeting')]).toEqual([
      { MOTD: 'hello' },
      { MOTD: 'good day' },
    ]);
  });

  test('and files that a version has no more disappear, with a withdrawal all of them', async () => {
    const other = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' }, data: {} };
    await applied(commit('a'), rendered('hello', other));
    await applied(commit('b'), rendered('hello'));
    expect(names('ConfigMap')).toEqual(['orders-blue.greeting']);
    world.deliver(commit('c'), serviceFile({ name: 'web' }));
    await withdrawWorkload(world, world.withdraw('feature-login', 'orders'));
    expect([names('ConfigMap'), names('Deployment')]).toEqual([[], []]);
  });

  test('of its processes follow the side that serves', async () => {
    const worker = deployment({ name: 'orders-worker', containers: [{ name: 'w', image: IMAGE, command: ['work'] }] });
    await applied(commit('a'), rendered('hello'));
    const candidate = await applied(commit('b'), rendered('hello', worker), true);
    expect(names('Deployment')).toEqual(['orders-blue', 'orders-green']);
    await applyProcesses(world, candidate, DIGEST, 'green');
    expect((await pods('orders-worker')).containers).toMatchObject([{ name: 'service', command: ['work'] }]);
  });

  test('are not applied when the archive holds something else than was kept', async () => {
    const delivery = await delivered(commit('a'), rendered('hello'));
    const { digest } = (await world.builds.load('orders', commit('a')))?.chart ?? { digest: '' };
    world.charts.forge(digest, chart(...rendered('evil')));
    await expect(applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false })).rejects.toMatchObject({
      name: ERRORS.rejected,
      message: expect.stringContaining('is not in the archive, or is not what was kept there') as unknown,
    });
    expect(names('Deployment')).toEqual([]);
  });
});
