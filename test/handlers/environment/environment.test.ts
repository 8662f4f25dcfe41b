/** What the stage `environment` must do, on the fake cluster. */
import { beforeEach, describe, expect, test } from 'vitest';
import { FIELD_MANAGERS, LABELS } from '../../../lambdas/contracts/kubernetes.ts';
import { prepareEnvironment } from '../../../lambdas/handlers/environment/prepare-environment.ts';
import { removeNamespace } from '../../../lambdas/handlers/environment/remove-namespace.ts';
import { removeObjects } from '../../../lambdas/handlers/environment/remove-objects.ts';
import { removeOrphan } from '../../../lambdas/handlers/environment/remove-orphan.ts';
import { openRoute } from '../../../lambdas/handlers/rollout/open-route.ts';
import { applyWorkload } from '../../../lambdas/handlers/deploy/apply-workload.ts';
import { commit, DIGEST, ERRORS } from '../cluster-world.ts';
import { FakeClusterWorld } from '../fake-cluster-world.ts';

const NAMESPACE = 'shop-feature-login';
let world: FakeClusterWorld;

beforeEach(() => {
  world = new FakeClusterWorld();
});

const writes = () => world.cluster.calls.filter((call) => /^(apply|remove)/.test(call));

describe('preparing an environment', () => {
  test('makes the namespace with Pod Security, quota, limits, closed network and the rights of its tier', async () => {
    await prepareEnvironment(world, world.deliver(commit('a')));
    const [namespace] = world.cluster.peek('Namespace');
    expect(namespace?.metadata).toMatchObject({
      name: NAMESPACE,
      labels: {
        [LABELS.installation]: 'shop',
        [LABELS.environment]: 'feature-login',
        [LABELS.kind]: 'feature',
        [LABELS.tier]: 'branch',
        'pod-security.kubernetes.io/enforce': 'restricted',
      },
      annotations: { 'espalier.dev/branch': 'feature/login' },
    });
    expect(world.cluster.peek('ResourceQuota')[0]?.['spec']).toEqual({
      hard: { 'requests.cpu': '4', 'requests.memory': '8Gi', 'limits.ephemeral-storage': '20Gi', pods: '40' },
    });
    expect(world.cluster.names('LimitRange')).toHaveLength(1);
    expect(world.cluster.names('NetworkPolicy')).toEqual([`${NAMESPACE}/default-deny`, `${NAMESPACE}/environment`]);
    const groups = world.cluster
      .peek('RoleBinding')
      .flatMap((binding) => (binding['subjects'] as { name: string }[]).map(({ name }) => name));
    expect(groups.toSorted()).toEqual(['shop:configuration-branch', 'shop:deploy-branch', 'shop:rollout-branch']);
  });

  test('a lasting environment is bound to the lasting functions', async () => {
    await prepareEnvironment(
      world,
      world.deliver(commit('a'), undefined, { branch: 'main', environment: 'pre-release', kind: 'pre-release' }),
    );
    const subjects = world.cluster.peek('RoleBinding').map((binding) => binding['subjects']);
    expect(JSON.stringify(subjects)).not.toContain('-branch');
  });

  test('brings back what was deleted or edited by hand', async () => {
    const delivery = world.deliver(commit('a'));
    await prepareEnvironment(world, delivery);
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', namespace: NAMESPACE, name: 'environment' };
    const edited = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'environment', namespace: NAMESPACE } };
    await world.cluster.apply({ ...edited, spec: { hard: { pods: '999' } } }, 'kubectl', { force: true });
    await world.cluster.remove({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      namespace: NAMESPACE,
      name: 'default-deny',
    });
    await prepareEnvironment(world, delivery);
    expect((await world.cluster.get(quota))?.['spec']).toMatchObject({ hard: { pods: '40' } });
    expect(world.cluster.names('NetworkPolicy')).toContain(`${NAMESPACE}/default-deny`);
  });

  test("touches nothing when the name is somebody else's namespace, and says so", async () => {
    await world.cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }, 'somebody');
    const before = writes().length;
    await expect(prepareEnvironment(world, world.deliver(commit('a')))).rejects.toMatchObject({
      name: ERRORS.rejected,
      reason: expect.stringContaining('does not belong to this installation') as string,
    });
    expect(writes()).toHaveLength(before);
  });

  test('waits while an earlier namespace of this name is being removed', async () => {
    const delivery = world.deliver(commit('a'));
    await prepareEnvironment(world, delivery);
    await world.cluster.remove({ apiVersion: 'v1', kind: 'Namespace', name: NAMESPACE });
    await expect(prepareEnvironment(world, delivery)).rejects.toMatchObject({ name: ERRORS.transient });
    await world.clock.sleep(10_000);
    await expect(prepareEnvironment(world, delivery)).resolves.toEqual({ kind: 'prepared' });
  });

  test('does nothing for a delivery that was superseded', async () => {
    const delivery = world.deliver(commit('a'));
    world.push('feature-login', 'orders', commit('b'));
    await expect(prepareEnvironment(world, delivery)).rejects.toMatchObject({ name: ERRORS.superseded });
    expect(writes()).toEqual([]);
  });

  test('writes one event with the time it took', async () => {
    await prepareEnvironment(world, world.deliver(commit('a')));
    expect(world.events).toEqual([
      expect.objectContaining({ stage: 'environment', environment: 'feature-login', service: 'orders', level: 'info' }),
    ]);
    expect(world.events[0]).toHaveProperty('took');
  });
});

describe('removing an environment', () => {
  async function delivered() {
    const delivery = world.deliver(commit('a'));
    await prepareEnvironment(world, delivery);
    await openRoute(world, delivery, 'blue');
    await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
    return world.remove('feature-login');
  }

  test('routes go first, then what served them, then the namespace until it is not found', async () => {
    const removal = await delivered();
    const before = world.cluster.calls.length;
    await removeObjects(world, removal);
    const removed = world.cluster.calls.slice(before).filter((call) => call.startsWith('remove'));
    expect(removed[0]).toBe('remove HTTPRoute orders');
    expect(removed.slice(1).toSorted()).toEqual(['remove Deployment orders-blue', 'remove Service orders-blue']);
    await expect(removeNamespace(world, removal)).resolves.toEqual({ kind: 'ready' });
    expect(world.cluster.names('Namespace')).toEqual([]);
  });

  test('says what blocks a namespace that does not go, and goes on waiting', async () => {
    const removal = await delivered();
    world.cluster.behaviour.holdNamespace = () => 'foo.example.com/finalizer in 1 resource instances';
    const begun = world.clock.now();
    const answer = await removeNamespace(world, removal);
    expect(answer).toEqual({ kind: 'waiting', on: expect.stringContaining('foo.example.com/finalizer') as string });
    expect(world.clock.now() - begun).toBeLessThanOrEqual(20_000);
    expect(world.events.at(-1)).toMatchObject({ level: 'warning' });
    world.cluster.behaviour.holdNamespace = () => undefined;
    await expect(removeNamespace(world, removal)).resolves.toEqual({ kind: 'ready' });
  });

  test('a namespace that is gone already is success', async () => {
    const removal = await delivered();
    await world.cluster.remove({ apiVersion: 'v1', kind: 'Namespace', name: NAMESPACE });
    await world.clock.sleep(10_000);
    await expect(removeObjects(world, removal)).resolves.toEqual({ kind: 'removed' });
    await expect(removeNamespace(world, removal)).resolves.toEqual({ kind: 'ready' });
  });

  test("somebody else's namespace of this name is left alone", async () => {
    const removal = await delivered();
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
    await world.cluster.apply(
      { ...namespace, metadata: { ...namespace.metadata, labels: { [LABELS.installation]: 'other' } } },
      'x',
      { force: true },
    );
    await expect(removeObjects(world, removal)).rejects.toMatchObject({ name: ERRORS.rejected });
    await expect(removeNamespace(world, removal)).rejects.toMatchObject({ name: ERRORS.rejected });
    expect(world.cluster.names('HTTPRoute')).toHaveLength(1);
  });
});

describe('removing an orphan', () => {
  test('a namespace of ours that no record knows goes', async () => {
    await prepareEnvironment(world, world.deliver(commit('a')));
    world.forget('feature-login');
    await expect(removeOrphan(world, NAMESPACE)).resolves.toEqual({ kind: 'ready' });
    expect(world.cluster.names('Namespace')).toEqual([]);
  });

  test('a namespace that a record knows is kept', async () => {
    await prepareEnvironment(world, world.deliver(commit('a')));
    await expect(removeOrphan(world, NAMESPACE)).resolves.toMatchObject({ kind: 'kept' });
    expect(world.cluster.names('Namespace')).toEqual([NAMESPACE]);
  });

  test('a lasting namespace is kept even without a record', async () => {
    const where = { branch: 'main', environment: 'pre-release', kind: 'pre-release' } as const;
    await prepareEnvironment(world, world.deliver(commit('a'), undefined, where));
    world.forget('pre-release');
    await expect(removeOrphan(world, 'shop-pre-release')).resolves.toMatchObject({ kind: 'kept' });
  });

  test('a namespace without our label is refused, whatever its name', async () => {
    await world.cluster.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      FIELD_MANAGERS.environment,
    );
    await expect(removeOrphan(world, NAMESPACE)).rejects.toMatchObject({ name: ERRORS.rejected });
  });
});
