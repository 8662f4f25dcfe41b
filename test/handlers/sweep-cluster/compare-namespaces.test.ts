/** The cluster's half of a sweep, on the fake cluster. */
import { describe, expect, it } from 'vitest';
import { LABELS } from '../../../lambdas/contracts/kubernetes.ts';
import { TransientError } from '../../../lambdas/domain/errors.ts';
import { compareNamespacesWithRecords } from '../../../lambdas/handlers/sweep-cluster/compare-namespaces.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { IntakeWorld } from '../intake-world.ts';

async function swept(world: IntakeWorld, namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const cluster = new FakeCluster(world.clock);
  for (const [name, labels] of Object.entries(namespaces)) {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }, 'somebody');
  }
  const ports = { installation: 'shop', removalsPerRun: 2, cluster, records: world.ports.records, clock: world.clock };
  return compareNamespacesWithRecords(ports);
}

const ours = (environment: string, tier = 'branch') => ({
  [LABELS.installation]: 'shop',
  [LABELS.environment]: environment,
  [LABELS.tier]: tier,
});

async function running(): Promise<IntakeWorld> {
  const world = new IntakeWorld();
  await world.push('orders', 'feature/login');
  await world.deliver();
  return world;
}

describe('comparing namespaces', () => {
  it('finds nothing when every environment has its namespace', async () => {
    expect(await swept(await running(), { 'shop-feature-login': ours('feature-login') })).toEqual({
      items: [],
      questions: [],
    });
  });

  it('finds an orphan, and touches nothing without our label, whatever its name', async () => {
    const found = await swept(await running(), {
      'shop-feature-login': ours('feature-login'),
      'shop-feature-old': ours('feature-old'),
      'shop-feature-other': {},
      'shop-feature-theirs': { ...ours('feature-theirs'), [LABELS.installation]: 'market' },
      'shop-gateway-system': { [LABELS.installation]: 'shop' },
    });
    expect(found).toEqual({
      items: [{ kind: 'remove-orphan', namespace: 'shop-feature-old', because: 'no record knows it' }],
      questions: [],
    });
  });

  it('believes no listing of records that lags behind', async () => {
    const world = await running();
    const all = world.records.all.bind(world.records);
    await world.push('orders', 'feature/new');
    world.records.all = async () => (await all()).filter(({ id }) => id !== 'feature-new');
    const found = await swept(world, {
      'shop-feature-login': ours('feature-login'),
      'shop-feature-new': ours('feature-new'),
    });
    expect(found.items).toEqual([]);
  });

  it('asks instead of removing when there is no record at all', async () => {
    const found = await swept(new IntakeWorld(), { 'shop-a': ours('a') });
    expect(found.items).toEqual([]);
    expect(found.questions[0]).toContain('is this the right table?');
  });

  it('delivers again what lost its namespace', async () => {
    const world = await running();
    const found = await swept(world, {});
    expect(found.items).toMatchObject([{ kind: 'resume', environment: 'feature-login' }]);
    await world.ask({ action: 'resume', environment: 'feature-login' });
    expect(world.latest().execution).toBe('feature-login-orders-2');
  });

  it('finds nothing when the cluster cannot be listed', async () => {
    const world = await running();
    const cluster = new FakeCluster(world.clock);
    cluster.behaviour.beforeCall = () => {
      throw new TransientError('away');
    };
    const ports = {
      installation: 'shop',
      removalsPerRun: 2,
      cluster,
      records: world.ports.records,
      clock: world.clock,
    };
    await expect(compareNamespacesWithRecords(ports)).rejects.toThrow('away');
  });
});
