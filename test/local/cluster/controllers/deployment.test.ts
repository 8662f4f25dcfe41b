/** A Deployment's life with real processes: fast to ready, updates without loss, deadlines, history. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Condition } from '../../../../local/cluster/kinds.ts';
import {
  ask,
  container,
  createGateway,
  createRoute,
  deploy,
  readyPods,
  rolledOut,
  startTestCluster,
  statusOf,
  until,
} from '../start-cluster.ts';
import type { TestCluster } from '../start-cluster.ts';
import { underLoad } from '../under-load.ts';

let it: TestCluster;
beforeAll(async () => {
  it = await startTestCluster();
  createGateway(it);
});
afterAll(async () => {
  if (it.logged.length > 0) throw new Error(it.logged.join('\n'));
  await it.stop();
});

const condition = (name: string, type: string): Condition | undefined =>
  (statusOf(it, 'Deployment', name).conditions as Condition[] | undefined)?.find((own) => own.type === type);
const version = (value: string, change = {}) => ({
  containers: [container({ env: [{ name: 'VERSION', value }], ...change })],
});

test('makes an applied Deployment ready in about the time its processes need to start', async () => {
  const began = performance.now();
  deploy(it, 'quick');
  await readyPods(it, 'quick', 2);
  // Measured 250 ms on two idle cores; the bound leaves room for a busy machine and none for a probe's period of a second or more.
  expect(performance.now() - began).toBeLessThan(2_000);
  await rolledOut(it, 'quick');
  expect(condition('quick', 'Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
  expect(statusOf(it, 'Deployment', 'quick')).toMatchObject({
    observedGeneration: it.cluster.get('Deployment', 'one', 'quick')?.metadata.generation,
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
  });
});

test.concurrent(
  'updates under load without losing a request, and goes back by the old ReplicaSet with the next revision',
  async () => {
    const preStop = { exec: { command: ['sleep', '0.3'] } };
    deploy(it, 'steady', version('1', { lifecycle: { preStop } }));
    createRoute(it, 'steady', {
      hostnames: ['steady.example'],
      rules: [{ backendRefs: [{ name: 'steady', port: 80 }] }],
    });
    await readyPods(it, 'steady', 2);
    const answers = await underLoad(it.network.gatewayAddress, 'steady.example', async () => {
      deploy(it, 'steady', version('2', { lifecycle: { preStop } }));
      await rolledOut(it, 'steady');
    });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['version 1', 'version 2']));
    expect(answers.length).toBeGreaterThan(40);
    expect((await ask(it.network.gatewayAddress, '/', { host: 'steady.example' })).text).toBe('version 2');

    const revision = () =>
      it.cluster.get('Deployment', 'one', 'steady')?.metadata.annotations?.['deployment.kubernetes.io/revision'];
    expect(revision()).toBe('2');
    deploy(it, 'steady', version('1', { lifecycle: { preStop: { exec: { command: ['sleep', '0.3'] } } } }));
    await until('revision 3', () => revision() === '3');
    const sets = it.cluster.list('ReplicaSet', 'one').filter((set) => set.metadata.name.startsWith('steady-'));
    expect(sets).toHaveLength(2);
  },
);

test.concurrent(
  'keeps the old pods serving when the new ones never become ready, and says so after the deadline',
  async () => {
    deploy(it, 'careful', version('1'), { progressDeadlineSeconds: 1 });
    await readyPods(it, 'careful', 2);
    await rolledOut(it, 'careful');
    deploy(it, 'careful', version('2', { env: [{ name: 'READY', value: 'no' }] }), { progressDeadlineSeconds: 1 });
    await until('deadline', () => condition('careful', 'Progressing')?.reason === 'ProgressDeadlineExceeded');
    expect(statusOf(it, 'Deployment', 'careful')).toMatchObject({
      availableReplicas: 2,
      updatedReplicas: 1,
      replicas: 3,
    });
  },
);

test.concurrent('replaces all pods at once with strategy Recreate', async () => {
  deploy(it, 'hard', version('1'), { replicas: 1, strategy: { type: 'Recreate' } });
  const [before] = await readyPods(it, 'hard', 1);
  deploy(it, 'hard', version('2'), { replicas: 1, strategy: { type: 'Recreate' } });
  await until('new pod', () => {
    const pods = it.cluster.list('Pod', 'one').filter((pod) => pod.metadata.labels?.app === 'hard');
    expect(pods.length).toBeLessThanOrEqual(1);
    return pods[0]?.metadata.uid !== before?.metadata.uid && pods[0]?.status?.phase === 'Running';
  });
});

test.concurrent('scales to 0 and back, and forgets ReplicaSets beyond the history limit', async () => {
  const change = { replicas: 1, revisionHistoryLimit: 1 };
  for (const value of ['1', '2', '3', '4']) {
    deploy(it, 'forgetful', version(value), change);
    await rolledOut(it, 'forgetful');
  }
  await until(
    'history',
    () => it.cluster.list('ReplicaSet', 'one').filter((set) => set.metadata.name.startsWith('forgetful-')).length === 2,
  );
  deploy(it, 'forgetful', version('4'), { ...change, replicas: 0 });
  await until('no pod', () => (statusOf(it, 'Deployment', 'forgetful').replicas ?? 0) === 0);
  expect(condition('forgetful', 'Available')?.status).toBe('True');
});

test('says which pod could not be created and why, and tries again', async () => {
  const create = it.objects.create.bind(it.objects);
  let refused = true;
  it.objects.create = (object) => {
    if (object.kind === 'Pod' && refused)
      throw Object.assign(new Error('pods "x" is forbidden: exceeded quota: small'), { reason: 'Forbidden' });
    return create(object);
  };
  deploy(it, 'refused', {}, { replicas: 1 });
  const failure = await until('failure', () => condition('refused', 'ReplicaFailure'));
  expect(failure).toMatchObject({ status: 'True', reason: 'FailedCreate' });
  expect(failure.message).toContain('exceeded quota: small');
  refused = false;
  await readyPods(it, 'refused', 1);
  it.objects.create = create;
  await until('no failure', () => !condition('refused', 'ReplicaFailure'));
});

test.concurrent('does nothing to a paused Deployment’s pods', async () => {
  deploy(it, 'paused', version('1'), { replicas: 1 });
  const [pod] = await readyPods(it, 'paused', 1);
  deploy(it, 'paused', version('2'), { replicas: 1, paused: true });
  await until('seen', () => condition('paused', 'Progressing')?.reason === 'DeploymentPaused');
  expect((await readyPods(it, 'paused', 1))[0]?.metadata.uid).toBe(pod?.metadata.uid);
});
