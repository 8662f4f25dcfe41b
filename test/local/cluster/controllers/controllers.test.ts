/** The smaller controllers: Jobs, bounds, service accounts, endpoints, load balancers. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { container, deploy, readyPods, startTestCluster, statusOf, until } from '../start-cluster.ts';
import type { TestCluster } from '../start-cluster.ts';

let it: TestCluster;
beforeAll(async () => {
  it = await startTestCluster();
});
afterAll(async () => await it.stop());

const job = (name: string, command: string[], spec = {}): void => {
  const template = {
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: container().image, command }] },
  };
  it.cluster.create('Job', { metadata: { name, namespace: 'one' }, spec: { template, ...spec } });
};
const ended = async (name: string): Promise<Record<string, unknown>> =>
  await until(`${name} ended`, () => {
    const status = statusOf(it, 'Job', name);
    return (status.conditions as unknown[] | undefined)?.length ? status : undefined;
  });

test.concurrent('runs a Job to its completions and removes it after its time', async () => {
  job('twice', ['sh', '-c', 'exit 0'], { completions: 2, parallelism: 1, ttlSecondsAfterFinished: 1 });
  expect(await ended('twice')).toMatchObject({
    succeeded: 2,
    conditions: [{ type: 'Complete' }],
  });
  await until('removed', () => it.cluster.get('Job', 'one', 'twice') === undefined);
  await until(
    'its pods too',
    () => !it.cluster.list('Pod', 'one').some((pod) => pod.metadata.name.startsWith('twice-')),
  );
});

test.concurrent('gives a Job up after its failures or its time', async () => {
  job('failing', ['sh', '-c', 'exit 1'], { backoffLimit: 1 });
  job('endless', ['sleep', '60'], { activeDeadlineSeconds: 1 });
  expect(await ended('failing')).toMatchObject({
    failed: 2,
    conditions: [{ type: 'Failed', reason: 'BackoffLimitExceeded' }],
  });
  expect(await ended('endless')).toMatchObject({ conditions: [{ type: 'Failed', reason: 'DeadlineExceeded' }] });
});

test.concurrent('keeps replicas between an autoscaler’s bounds, and counts what a budget allows', async () => {
  const bounds = (minReplicas: number, maxReplicas: number) => ({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'scaled' },
    minReplicas,
    maxReplicas,
  });
  deploy(it, 'scaled', {}, { replicas: 1 });
  it.cluster.create('HorizontalPodAutoscaler', { metadata: { name: 'scaled', namespace: 'one' }, spec: bounds(2, 3) });
  const selector = { matchLabels: { app: 'scaled' } };
  it.cluster.create('PodDisruptionBudget', {
    metadata: { name: 'scaled', namespace: 'one' },
    spec: { minAvailable: 1, selector },
  });
  await readyPods(it, 'scaled', 2);
  await until('allowed', () => statusOf(it, 'PodDisruptionBudget', 'scaled').disruptionsAllowed === 1);
  const found = it.cluster.get('HorizontalPodAutoscaler', 'one', 'scaled');
  if (found) it.cluster.objects.update({ ...found, spec: bounds(1, 1) });
  await readyPods(it, 'scaled', 1);
  await until('none allowed', () => statusOf(it, 'PodDisruptionBudget', 'scaled').disruptionsAllowed === 0);
  expect(statusOf(it, 'HorizontalPodAutoscaler', 'scaled')).toMatchObject({ desiredReplicas: 1 });
});

test.concurrent('gives every namespace its default ServiceAccount, again when it was deleted', async () => {
  const first = await until('account', () => it.cluster.get('ServiceAccount', 'two', 'default'));
  it.cluster.remove('ServiceAccount', 'two', 'default');
  const again = await until('account again', () => it.cluster.get('ServiceAccount', 'two', 'default'));
  expect(again.metadata.uid).not.toBe(first.metadata.uid);
});

test.concurrent(
  'says of every pod of a Service whether it is ready, and leaves a Service alone that lost its selector',
  async () => {
    deploy(it, 'half', {}, { replicas: 1 });
    const [pod] = await readyPods(it, 'half', 1);
    const metadata = { name: 'half-unready', namespace: 'one', labels: { app: 'half' } };
    it.cluster.create('Pod', {
      metadata,
      spec: { containers: [container({ env: [{ name: 'READY', value: 'no' }] })] },
    });
    const slice = () =>
      it.cluster
        .list('EndpointSlice', 'one')
        .find((own) => own.metadata.labels?.['kubernetes.io/service-name'] === 'half');
    await until('two endpoints', () => slice()?.endpoints?.length === 2);
    const readiness = slice()?.endpoints?.map((own) => [own.targetRef?.name, own.conditions?.ready]);
    expect(new Map(readiness as [string, boolean][])).toEqual(
      new Map([
        [pod?.metadata.name, true],
        ['half-unready', false],
      ]),
    );
    const found = it.cluster.get('Service', 'one', 'half');
    const { selector: _, ...spec } = found?.spec ?? {};
    if (found) it.cluster.objects.update({ ...found, spec });
    it.cluster.remove('Pod', 'one', 'half-unready');
    await until('pod gone', () => !it.cluster.get('Pod', 'one', 'half-unready'));
    expect(slice()?.endpoints).toHaveLength(2);
  },
);

test.concurrent('gives Services of type LoadBalancer this machine’s address', async () => {
  const spec = { type: 'LoadBalancer', selector: { app: 'x' }, ports: [{ port: 80 }] };
  it.cluster.create('Service', { metadata: { name: 'balanced', namespace: 'one' }, spec });
  const status = { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } };
  await until('address', () => JSON.stringify(statusOf(it, 'Service', 'balanced')).includes('127.0.0.1'));
  expect(statusOf(it, 'Service', 'balanced')).toMatchObject(status);
});
