/** Charts in the function `deploy`: their pods on both sides of a service, by the build's digest and nothing else. */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { beforeEach, describe, expect, test } from 'vitest';
import type { EnvVar } from 'kubernetes-types/core/v1.js';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import type { ServiceDefinition } from '../../../lambdas/domain/service/definition.ts';
import { USUAL_RESOURCES } from '../../../lambdas/domain/service/processes.ts';
import { applyProcesses, applyWorkload } from '../../../lambdas/handlers/deploy/apply-workload.ts';
import { awaitPods } from '../../../lambdas/handlers/deploy/await-pods.ts';
import { runJobs, runWithdrawalJobs } from '../../../lambdas/handlers/deploy/run-jobs.ts';
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

describe('what runs to completion beside a chart', () => {
  const ENDS = { command: ['node', 'migrate.js'], within: '5m', resources: USUAL_RESOURCES } as const;
  const WITH_JOBS: ServiceDefinition = {
    ...WRITTEN,
    jobs: { before: [{ name: 'migrate', ...ENDS }], withdraw: [{ name: 'deregister', ...ENDS }] },
    schedules: { nightly: { ...ENDS, schedule: '0 3 * * *' } },
  };
  const BEFORE = { side: 'blue', phase: 'before' } as const;

  /** A chart whose variables come from everywhere, with a pod that reads them. */
  const saying = (mode: string): readonly Loose[] => [
    deployment({
      containers: [
        {
          name: 'app',
          image: IMAGE,
          ports: [{ name: 'web', containerPort: 8080 }],
          env: [
            { name: 'MODE', value: mode },
            { name: 'LISTENS', value: 'on $(PORT)' },
            { name: 'PRICE', valueFrom: { configMapKeyRef: { name: 'words', key: 'price' } } },
            { name: 'NODE_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
            { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'words', key: 'none', optional: true } } },
          ],
          envFrom: [{ prefix: 'W_', configMapRef: { name: 'words' } }, { configMapRef: { name: 'more' } }],
        },
      ],
    }),
    map('words', { price: '5$ and $(MODE)', '1st': 'no variable may begin so without its prefix' }),
    map('more', { MODE: 'what a container says itself wins', PORT: '1', 'app.yaml': 'a: b', '2nd': 'left out' }),
  ];
  const map = (name: string, data: Readonly<Record<string, string>>): Loose => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data,
  });

  interface Run {
    readonly spec: {
      readonly template: { readonly spec: { readonly containers: readonly { readonly env: readonly EnvVar[] }[] } };
    };
  }
  const variablesOf = ({ spec }: Run): Readonly<Record<string, EnvVar>> =>
    Object.fromEntries((spec.template.spec.containers[0]?.env ?? []).map((one) => [one.name, one]));
  const jobs = (): readonly Run[] => world.cluster.peek('Job') as unknown as readonly Run[];

  async function prepared(mode: string): Promise<Delivery> {
    const delivery = await deliverChart(world, commit('a'), WITH_JOBS, saying(mode));
    await prepareEnvironment(world, delivery);
    return delivery;
  }

  const EXPECTED = {
    MODE: { name: 'MODE', value: 'test' },
    LISTENS: { name: 'LISTENS', value: 'on $(PORT)' },
    // A dollar of a file is a dollar: only values that a container says itself refer to others.
    PRICE: { name: 'PRICE', value: '5$$ and $$(MODE)' },
    W_price: { name: 'W_price', value: '5$$ and $$(MODE)' },
    W_1st: { name: 'W_1st', value: 'no variable may begin so without its prefix' },
    'app.yaml': { name: 'app.yaml', value: 'a: b' },
    NODE_IP: { name: 'NODE_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
    PORT: { name: 'PORT', value: '8080' },
  };

  test('a job before the delivery has the variables of the chart, although none of its files is there yet', async () => {
    const delivery = await prepared('test');
    await expect(runJobs(world, delivery, DIGEST, BEFORE)).resolves.toEqual({ kind: 'ready' });
    expect(names('ConfigMap')).toEqual([]);
    const variables = variablesOf(jobs()[0]!);
    expect(variables).toMatchObject(EXPECTED);
    expect(variables['ESPALIER_COMMIT']).toEqual({ name: 'ESPALIER_COMMIT', value: commit('a') });
    expect([variables['NONE'], variables['2nd']]).toEqual([undefined, undefined]);
  });

  test('a schedule too', async () => {
    const delivery = await prepared('test');
    await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
    await applyProcesses(world, delivery, DIGEST, 'blue');
    const schedules = world.cluster.peek('CronJob') as unknown as readonly {
      readonly spec: { readonly jobTemplate: Run };
    }[];
    expect(schedules.map(({ spec }) => variablesOf(spec.jobTemplate))).toMatchObject([EXPECTED]);
  });

  test('a job before a withdrawal has those of the version that serves', async () => {
    const delivery = await prepared('test');
    await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
    world.settle(delivery);
    world.deliver(commit('c'), serviceFile({ name: 'web' }));
    await expect(runWithdrawalJobs(world, world.withdraw('feature-login', 'orders'))).resolves.toEqual({
      kind: 'ready',
    });
    expect(variablesOf(jobs()[0]!)).toMatchObject(EXPECTED);
  });

  test('and a withdrawal goes on without its job when the chart is not in the archive any more', async () => {
    const delivery = await prepared('test');
    await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
    world.settle(delivery);
    const { digest } = (await world.builds.load('orders', commit('a')))?.chart ?? { digest: '' };
    world.charts.forge(digest, 'something else');
    world.deliver(commit('c'), serviceFile({ name: 'web' }));
    await expect(runWithdrawalJobs(world, world.withdraw('feature-login', 'orders'))).resolves.toEqual({
      kind: 'ready',
    });
    expect(jobs()).toEqual([]);
    expect(world.events.at(-1)).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('is not in the archive, or is not what was kept there') as unknown,
    });
  });
});
