/** What the stage `deploy` must do, on the fake cluster. */
import { beforeEach, describe, expect, test } from 'vitest';
import { FIELD_MANAGERS, LABELS } from '../../../lambdas/contracts/kubernetes.ts';
import { applyWorkload } from '../../../lambdas/handlers/deploy/apply-workload.ts';
import { awaitPods } from '../../../lambdas/handlers/deploy/await-pods.ts';
import { withdrawWorkload } from '../../../lambdas/handlers/deploy/withdraw-workload.ts';
import { prepareEnvironment } from '../../../lambdas/handlers/environment/prepare-environment.ts';
import { openRoute } from '../../../lambdas/handlers/rollout/open-route.ts';
import { pointTraffic } from '../../../lambdas/handlers/rollout/point-traffic.ts';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import type { ServiceDefinition } from '../../../lambdas/domain/service/definition.ts';
import type { KubernetesObject } from '../../../lambdas/ports/cluster.ts';
import type { PodFate } from '../../fakes/cluster.ts';
import { commit, DIGEST, ERRORS, serviceFile } from '../cluster-world.ts';
import { FakeClusterWorld } from '../fake-cluster-world.ts';

const NAMESPACE = 'shop-feature-login';
const BLUE = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE, name: 'orders-blue' };
let world: FakeClusterWorld;

beforeEach(() => {
  world = new FakeClusterWorld();
});

async function applied(pushed: string, definition?: ServiceDefinition): Promise<Delivery> {
  const delivery = world.deliver(pushed, definition);
  await prepareEnvironment(world, delivery);
  await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
  return delivery;
}

async function blue(): Promise<KubernetesObject> {
  const stored = await world.cluster.get(BLUE);
  if (stored === undefined) throw new Error('There is no Deployment orders-blue.');
  return stored;
}

async function replicas(): Promise<unknown> {
  return ((await blue())['spec'] as { replicas?: number }).replicas;
}

describe('applying a workload', () => {
  test('side blue runs the image by digest and carries the commit', async () => {
    await applied(commit('a'));
    const template = ((await blue())['spec'] as { template: Record<string, unknown> }).template;
    expect(template).toMatchObject({
      metadata: { labels: { [LABELS.commit]: commit('a'), [LABELS.side]: 'blue', [LABELS.service]: 'orders' } },
      spec: { containers: [{ image: `registry.example/espalier@${DIGEST}` }] },
    });
  });

  test('the number of pods belongs to the manager of traffic', async () => {
    await applied(commit('a'), serviceFile({ replicas: 3 }));
    expect(await replicas()).toBe(3);
    const delivery = await applied(commit('b'), serviceFile({ replicas: 3 }));
    expect(await replicas()).toBe(3);
    // What a rollout has set stays through another apply under deploy's name.
    const sized = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'orders-blue', namespace: NAMESPACE },
    };
    await world.cluster.apply({ ...sized, spec: { replicas: 5 } }, FIELD_MANAGERS.traffic);
    await expect(world.cluster.apply({ ...sized, spec: { replicas: 1 } }, FIELD_MANAGERS.deploy)).rejects.toThrow(
      'espalier-traffic',
    );
    await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
    expect(await replicas()).toBe(3);
  });

  test('the same again changes nothing', async () => {
    const delivery = await applied(commit('a'), serviceFile({ replicas: 2 }));
    const before = await world.cluster.get(BLUE);
    await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
    expect((await world.cluster.get(BLUE))?.metadata).toEqual(before?.metadata);
  });

  test('removes what the service no longer has, and nothing of other owners', async () => {
    const delivery = await applied(commit('a'), serviceFile({ replicas: 2 }));
    await openRoute(world, delivery, 'blue');
    await pointTraffic(world, delivery, 'blue');
    const green = {
      name: 'orders-green',
      namespace: NAMESPACE,
      labels: (await world.cluster.get(BLUE))!.metadata.labels!,
    };
    await world.cluster.apply(
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: green,
        spec: { template: { metadata: { labels: {} }, spec: { containers: [] } } },
      },
      'espalier-traffic',
    );
    const renamed = { ...green, name: 'earlier-name' };
    await world.cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: renamed }, 'espalier-deploy');
    expect(world.cluster.names('PodDisruptionBudget')).toHaveLength(1);

    await applied(commit('b'), serviceFile({ replicas: 1 }));
    expect(world.cluster.names('PodDisruptionBudget')).toEqual([]);
    expect(world.cluster.names('ServiceAccount')).toEqual([`${NAMESPACE}/orders`]);
    expect(world.cluster.names('Deployment')).toEqual([`${NAMESPACE}/orders-blue`, `${NAMESPACE}/orders-green`]);
    expect(world.cluster.names('Service')).toEqual([`${NAMESPACE}/orders`, `${NAMESPACE}/orders-blue`]);
    expect(world.events.at(-1)?.message).toContain('removed');
  });

  test('touches nothing of another service of the environment', async () => {
    await applied(commit('a'), serviceFile({ name: 'web' }));
    await applied(commit('b'));
    expect(world.cluster.names('Deployment')).toEqual([`${NAMESPACE}/orders-blue`, `${NAMESPACE}/web-blue`]);
  });

  test('does nothing for a delivery that was superseded', async () => {
    const delivery = world.deliver(commit('a'));
    await prepareEnvironment(world, delivery);
    world.push('feature-login', 'orders', commit('b'));
    await expect(applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false })).rejects.toMatchObject({
      name: ERRORS.superseded,
    });
    expect(world.cluster.names('Deployment')).toEqual([]);
  });
});

describe('waiting for the pods', () => {
  async function fated(fate: PodFate): Promise<Delivery> {
    world.cluster.behaviour.podFate = () => fate;
    return applied(commit('a'));
  }

  test('is over soon after they are ready', async () => {
    const delivery = await fated({ kind: 'ready', after: 1_500 });
    const begun = world.clock.now();
    await expect(awaitPods(world, delivery, 'blue')).resolves.toEqual({ kind: 'ready' });
    expect(world.clock.now() - begun).toBeLessThan(2_500);
  });

  test('takes at most twenty seconds a call and says what it waits for', async () => {
    const delivery = await fated({ kind: 'ready', after: 30_000 });
    const begun = world.clock.now();
    await expect(awaitPods(world, delivery, 'blue')).resolves.toEqual({
      kind: 'waiting',
      on: expect.stringMatching(/pod orders-blue-\S+ to answer on its health path/) as string,
    });
    expect(world.clock.now() - begun).toBeLessThanOrEqual(20_000);
    await expect(awaitPods(world, delivery, 'blue')).resolves.toEqual({ kind: 'ready' });
  });

  test.each([
    ['crash-loop', /Pod orders-blue-\S+: it crashes: exit code 1/],
    ['image-pull', /Pod orders-blue-\S+: its image .* cannot be pulled/],
    ['quota', /exceeded quota.*raise the quota/],
  ] as const)('%s is told to the author with the reason', async (kind, reason) => {
    const delivery = await fated({ kind });
    await expect(awaitPods(world, delivery, 'blue')).rejects.toMatchObject({
      name: ERRORS.rejected,
      reason: expect.stringMatching(reason) as string,
    });
  });

  test('configuration that is gone is no fault of the author: another delivery brings it', async () => {
    const delivery = await fated({ kind: 'config-error' });
    await expect(awaitPods(world, delivery, 'blue')).rejects.toMatchObject({
      name: ERRORS.transient,
      reason: expect.stringContaining('its configuration is gone (secret "missing" not found)') as string,
    });
  });

  test('a pod without a place may still get one', async () => {
    const delivery = await fated({ kind: 'unschedulable' });
    await expect(awaitPods(world, delivery, 'blue')).resolves.toEqual({
      kind: 'waiting',
      on: expect.stringContaining('Insufficient cpu') as string,
    });
  });

  test('ends within seconds when a newer commit arrives', async () => {
    const delivery = await fated({ kind: 'not-ready' });
    const begun = world.clock.now();
    const clock = {
      now: () => world.clock.now(),
      sleep: async (milliseconds: number) => {
        await world.clock.sleep(milliseconds);
        if (world.clock.now() - begun > 5_000) world.push('feature-login', 'orders', commit('b'));
      },
    };
    const { cluster, pods, records, builds, history, installation, imageRepository, charts } = world;
    const ports = {
      cluster,
      pods,
      records,
      builds,
      history,
      installation,
      imageRepository,
      charts,
      parseChart: world.parseChart,
      clock,
    };
    await expect(awaitPods(ports, delivery, 'blue')).rejects.toMatchObject({ name: ERRORS.superseded });
    expect(world.clock.now() - begun).toBeLessThan(10_000);
  });

  test('a Deployment that was deleted meanwhile is told', async () => {
    const delivery = await fated({ kind: 'not-ready' });
    await world.cluster.remove(BLUE);
    await expect(awaitPods(world, delivery, 'blue')).rejects.toMatchObject({ name: ERRORS.rejected });
  });
});

describe('withdrawing a workload', () => {
  test('removes all of this service and nothing else', async () => {
    await applied(commit('a'), serviceFile({ name: 'web', replicas: 2 }));
    await applied(commit('b'), serviceFile({ replicas: 2 }));
    await withdrawWorkload(world, world.withdraw('feature-login', 'orders'));
    for (const kind of ['Deployment', 'PodDisruptionBudget']) {
      expect(world.cluster.names(kind)).toEqual([`${NAMESPACE}/web-blue`]);
    }
    expect(world.cluster.names('ServiceAccount')).toEqual([`${NAMESPACE}/web`]);
  });

  test('what is gone already is success, also with its whole namespace', async () => {
    await applied(commit('a'), serviceFile({ name: 'web' }));
    await applied(commit('b'));
    const claim = world.withdraw('feature-login', 'orders');
    await withdrawWorkload(world, claim);
    await expect(withdrawWorkload(world, claim)).resolves.toEqual({ kind: 'withdrawn' });
    await world.cluster.remove({ apiVersion: 'v1', kind: 'Namespace', name: NAMESPACE });
    await world.clock.sleep(10_000);
    await expect(withdrawWorkload(world, claim)).resolves.toEqual({ kind: 'withdrawn' });
  });
});
