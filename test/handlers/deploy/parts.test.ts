/** What of a service gets no requests, its volumes, and its jobs: how they come, change and go, on the fake cluster. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import type { ServiceDefinition } from '../../../lambdas/domain/service/definition.ts';
import { applyProcesses, applyWorkload } from '../../../lambdas/handlers/deploy/apply-workload.ts';
import { awaitPods } from '../../../lambdas/handlers/deploy/await-pods.ts';
import { runJobs, runWithdrawalJobs } from '../../../lambdas/handlers/deploy/run-jobs.ts';
import { withdrawWorkload } from '../../../lambdas/handlers/deploy/withdraw-workload.ts';
import { prepareEnvironment } from '../../../lambdas/handlers/environment/prepare-environment.ts';
import { removeObjects } from '../../../lambdas/handlers/environment/remove-objects.ts';
import { commit, DIGEST, ERRORS, serviceFile } from '../cluster-world.ts';
import { FakeClusterWorld } from '../fake-cluster-world.ts';

const RESOURCES = { cpu: '5m', memory: '32Mi' };
const WORKER = { command: ['worker'], replicas: 2, resources: RESOURCES };
const NIGHTLY = { schedule: '0 3 * * *', command: ['tidy'], within: '10m', resources: RESOURCES };
const job = (name: string) => ({ name, command: [name], within: '5m', resources: RESOURCES });
const PARTS = serviceFile({
  processes: { worker: WORKER },
  schedules: { nightly: NIGHTLY },
  volumes: { data: { path: '/data', size: '1Gi' } },
});

let world: FakeClusterWorld;
beforeEach(() => {
  world = new FakeClusterWorld();
});

async function prepared(pushed: string, definition: ServiceDefinition): Promise<Delivery> {
  const delivery = world.deliver(pushed, definition);
  await prepareEnvironment(world, delivery);
  return delivery;
}

async function applied(pushed: string, definition: ServiceDefinition, beside = false): Promise<Delivery> {
  const delivery = await prepared(pushed, definition);
  await applyWorkload(world, delivery, DIGEST, { side: beside ? 'green' : 'blue', beside });
  return delivery;
}

const names = (...kinds: string[]): readonly string[] =>
  kinds.flatMap((kind) => world.cluster.names(kind)).map((name) => name.split('/')[1] ?? '');

describe('processes, schedules and volumes', () => {
  test('come with the service, and their pods are waited for', async () => {
    const delivery = await applied(commit('a'), PARTS);
    expect(names('Deployment')).toEqual(['orders-blue', 'orders-worker']);
    expect(names('CronJob', 'PersistentVolumeClaim', 'PodDisruptionBudget')).toEqual([
      'orders-nightly',
      'orders-data',
      'orders-worker',
    ]);
    await expect(awaitPods(world, delivery, 'blue')).resolves.toEqual({ kind: 'ready' });
  });

  test('between how many pods a process has is left to the cluster where the service file says bounds', async () => {
    const bounded = { ...WORKER, autoscale: { minimum: 2, maximum: 5, cpu: 70 } };
    const delivery = await applied(commit('a'), serviceFile({ processes: { worker: bounded } }));
    expect(names('HorizontalPodAutoscaler', 'PodDisruptionBudget')).toEqual(['orders-worker', 'orders-worker']);
    await expect(awaitPods(world, delivery, 'blue')).resolves.toEqual({ kind: 'ready' });
    const size = () => {
      const found = world.cluster.peek('Deployment').find(({ metadata }) => metadata.name === 'orders-worker');
      return (found?.['spec'] as { replicas?: number } | undefined)?.replicas;
    };
    await world.clock.sleep(30_000);
    expect(size()).toBe(2);

    const raised = { ...bounded, replicas: 3, autoscale: { ...bounded.autoscale, minimum: 3 } };
    await applied(commit('b'), serviceFile({ processes: { worker: raised } }));
    await world.clock.sleep(30_000);
    expect(size()).toBe(3);

    await applied(commit('c'), serviceFile({ processes: { worker: { ...WORKER, replicas: 1 } } }));
    expect([names('HorizontalPodAutoscaler'), size()]).toEqual([[], 1]);
  });

  test('a process that crashes stops the delivery, with the pod and its reason', async () => {
    world.cluster.behaviour.podFate = ({ labels }) =>
      labels['espalier.dev/process'] === 'worker' ? { kind: 'crash-loop' } : { kind: 'ready', after: 500 };
    const delivery = await applied(commit('a'), PARTS);
    await expect(awaitPods(world, delivery, 'blue')).rejects.toMatchObject({
      name: ERRORS.rejected,
      message: expect.stringContaining('Pod orders-worker') as unknown,
    });
  });

  test('disappear with the next delivery when the service file has them no more', async () => {
    await applied(commit('a'), PARTS);
    await applied(commit('b'), serviceFile());
    expect(names('Deployment', 'CronJob', 'PersistentVolumeClaim', 'PodDisruptionBudget')).toEqual(['orders-blue']);
  });

  test('stay as they are while a candidate is tried, and change when it serves', async () => {
    await applied(commit('a'), serviceFile({ processes: { worker: WORKER, old: WORKER } }));
    const candidate = await applied(commit('b'), serviceFile({ processes: { worker: WORKER, fresh: WORKER } }), true);
    expect(names('Deployment')).toEqual(['orders-blue', 'orders-green', 'orders-old', 'orders-worker']);
    await applyProcesses(world, candidate, DIGEST, 'green');
    expect(names('Deployment')).toEqual(['orders-blue', 'orders-fresh', 'orders-green', 'orders-worker']);
  });

  test('go with a withdrawal, and with their environment', async () => {
    await applied(commit('a'), PARTS);
    // The last service would take its environment along.
    world.deliver(commit('c'), serviceFile({ name: 'web' }));
    await withdrawWorkload(world, world.withdraw('feature-login', 'orders'));
    expect(names('Deployment', 'CronJob', 'PersistentVolumeClaim', 'Job')).toEqual([]);
    await applied(commit('b'), PARTS);
    await removeObjects(world, world.remove('feature-login'));
    expect(names('Deployment', 'CronJob', 'PersistentVolumeClaim', 'Job')).toEqual([]);
  });

  test('never take a name that a part of another service has', async () => {
    await applied(commit('a'), serviceFile({ name: 'orders', processes: { 'worker-a': WORKER } }));
    const other = await prepared(commit('b'), serviceFile({ name: 'orders-worker', processes: { a: WORKER } }));
    await expect(applyWorkload(world, other, DIGEST, { side: 'blue', beside: false })).rejects.toMatchObject({
      name: ERRORS.rejected,
      message: expect.stringContaining(
        'Deployment orders-worker-a of orders-worker has the name of one of orders',
      ) as unknown,
    });
  });
});

describe('jobs of a delivery', () => {
  const MIGRATED = serviceFile({ jobs: { before: [job('migrate'), job('seed')] } });
  const before = { side: 'blue', phase: 'before' } as const;

  test('run one after the other, once, however often they are asked for', async () => {
    const delivery = await prepared(commit('a'), MIGRATED);
    await expect(runJobs(world, delivery, DIGEST, before)).resolves.toEqual({ kind: 'ready' });
    await expect(runJobs(world, delivery, DIGEST, before)).resolves.toEqual({ kind: 'ready' });
    expect(world.cluster.calls.filter((call) => call.startsWith('apply Job'))).toEqual([
      `apply Job orders-before-migrate-${String(delivery.generation)}`,
      `apply Job orders-before-seed-${String(delivery.generation)}`,
    ]);
  });

  test('of the first one of all have the account of the service, without which a cluster makes no pod, and its policy', async () => {
    const delivery = await prepared(commit('a'), MIGRATED);
    expect(names('ServiceAccount')).toEqual([]);
    await expect(runJobs(world, delivery, DIGEST, before)).resolves.toEqual({ kind: 'ready' });
    expect(names('ServiceAccount')).toEqual(['orders']);
    expect(names('NetworkPolicy')).toContain('orders');
  });

  test('of a later one leave the policy of what serves alone', async () => {
    await applied(commit('a'), serviceFile({ dependencies: ['inventory'] }));
    const policy = () =>
      world.cluster.peek('NetworkPolicy').find(({ metadata }) => metadata.name === 'orders')?.['spec'];
    const serving = policy();
    const delivery = await prepared(commit('b'), MIGRATED);
    await expect(runJobs(world, delivery, DIGEST, before)).resolves.toEqual({ kind: 'ready' });
    expect(policy()).toEqual(serving);
    expect(JSON.stringify(serving)).toContain('inventory');
  });

  test('a long one is waited for, call by call', async () => {
    world.cluster.behaviour.jobFate = () => ({ kind: 'succeeds', after: 30_000 });
    const delivery = await prepared(commit('a'), serviceFile({ jobs: { before: [job('migrate')] } }));
    await expect(runJobs(world, delivery, DIGEST, before)).resolves.toMatchObject({ kind: 'waiting' });
    await expect(runJobs(world, delivery, DIGEST, before)).resolves.toEqual({ kind: 'ready' });
  });

  test('one that fails stops the delivery with the end of its log, and the next is not started', async () => {
    const log = `${'…\n'.repeat(40)}error: relation "orders" already exists`;
    world.cluster.behaviour.jobFate = () => ({ kind: 'fails', after: 100, exitCode: 3, log });
    const delivery = await prepared(commit('a'), MIGRATED);
    await expect(runJobs(world, delivery, DIGEST, before)).rejects.toMatchObject({
      name: ERRORS.rejected,
      message: expect.stringMatching(
        /The job "migrate" before the delivery failed: exit code 3\. The end of its log:\n(…\n){14}error: relation "orders" already exists\nWhat was there before keeps serving/,
      ) as unknown,
    });
    expect(names('Job')).toEqual([`orders-before-migrate-${String(delivery.generation)}`]);
  });

  test('one that takes too long says how long it had', async () => {
    world.cluster.behaviour.jobFate = () => ({ kind: 'takes-too-long', after: 100 });
    const delivery = await prepared(commit('a'), MIGRATED);
    await expect(runJobs(world, delivery, DIGEST, before)).rejects.toThrow('it took longer than 5m and was ended');
  });

  test('a newer commit waits for the end of a job that runs, and then no further one is started', async () => {
    world.cluster.behaviour.jobFate = () => ({ kind: 'succeeds', after: 25_000 });
    const delivery = await prepared(commit('a'), MIGRATED);
    await expect(runJobs(world, delivery, DIGEST, before)).resolves.toMatchObject({ kind: 'waiting' });
    world.push('feature-login', 'orders', commit('b'));
    await expect(runJobs(world, delivery, DIGEST, before)).rejects.toMatchObject({ name: ERRORS.superseded });
    expect(names('Job')).toEqual([`orders-before-migrate-${String(delivery.generation)}`]);
  });
});

describe('jobs before a withdrawal', () => {
  const LEAVING = serviceFile({ jobs: { withdraw: [job('deregister')] } });

  async function leaving(): Promise<ReturnType<FakeClusterWorld['withdraw']>> {
    world.settle(await applied(commit('a'), LEAVING));
    world.deliver(commit('c'), serviceFile({ name: 'web' }));
    return world.withdraw('feature-login', 'orders');
  }

  test('run with the version that serves', async () => {
    const claim = await leaving();
    await expect(runWithdrawalJobs(world, claim)).resolves.toEqual({ kind: 'ready' });
    expect(names('Job')).toEqual([`orders-withdraw-deregister-${String(claim.generation)}`]);
    await withdrawWorkload(world, claim);
    expect(names('Job')).toEqual([]);
  });

  test('one that fails is told and holds nothing up: its branch is gone', async () => {
    world.cluster.behaviour.jobFate = () => ({ kind: 'fails', after: 100, exitCode: 1, log: 'no such partner' });
    const claim = await leaving();
    await expect(runWithdrawalJobs(world, claim)).resolves.toEqual({ kind: 'ready' });
    expect(world.events.at(-1)).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('no such partner') as unknown,
    });
  });

  test('run for every service when the whole environment goes', async () => {
    world.settle(await applied(commit('a'), LEAVING));
    await expect(runWithdrawalJobs(world, world.remove('feature-login'))).resolves.toEqual({ kind: 'ready' });
    expect(names('Job')).toHaveLength(1);
  });
});

describe('a volume is written by one side', () => {
  const KEEPS = serviceFile({ volumes: { data: { path: '/data', size: '1Gi' } } });
  const replicasOf = (name: string) =>
    world.cluster
      .peek('Deployment')
      .filter(({ metadata }) => metadata.name === name)
      .map(({ spec }) => (spec as { replicas?: number }).replicas);

  test('the other side, which is kept for a way back, ends before this one starts', async () => {
    const candidate = await applied(commit('a'), serviceFile(), true);
    await awaitPods(world, candidate, 'green');
    expect(replicasOf('orders-green')).not.toEqual([0]);
    await applied(commit('b'), KEEPS);
    expect(replicasOf('orders-green')).toEqual([0]);
    const sides = world.cluster.peek('Pod').map(({ metadata }) => metadata.labels?.['espalier.dev/side']);
    expect(new Set(sides)).toEqual(new Set(['blue']));
  });

  test('sides of a service without one are left alone', async () => {
    await applied(commit('a'), serviceFile(), true);
    await applied(commit('b'), serviceFile());
    expect(replicasOf('orders-green')).not.toEqual([0]);
  });
});
