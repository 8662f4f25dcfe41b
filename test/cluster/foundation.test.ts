/**
 * The foundation on a real API server: it is accepted as it is, and its rights and policies hold.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  clusterGroup,
  gatewayClassName,
  gatewayNamespace,
  routerNamespace,
  LABELS,
} from '../../lambdas/contracts/kubernetes.ts';
import { namespaceManifest, roleBindingManifests } from '../../lambdas/domain/manifests/environment.ts';
import { routeManifest } from '../../lambdas/domain/manifests/traffic.ts';
import type { Place, ServicePlace } from '../../lambdas/domain/manifests/manifest.ts';
import { parentOf } from '../../lambdas/domain/way-in/gateway.ts';
import { applyFoundation } from '../../lambdas/handlers/foundation/apply-foundation.ts';
import { removeFoundation } from '../../lambdas/handlers/foundation/remove-foundation.ts';
import { installationOf, uniqueInstallation } from '../fakes/installation.ts';
import { realCluster, realClusterAs } from './kubeconfig.ts';
import { systemClock } from '../../lambdas/adapters/clock/system-clock.ts';

const name = uniqueInstallation('mani');
const installation = installationOf(name);
const admin = realCluster();
const ports = { cluster: admin, clock: systemClock, installation, autoMode: false, targetGroups: {} };

const feature: Place = { installation: name, environment: 'feature-login', kind: 'feature', branch: 'feature/login' };
const lasting: Place = { installation: name, environment: 'integration', kind: 'integration', branch: 'integration' };
const orders: ServicePlace = { ...feature, key: 'orders', repository: 'orders', name: 'orders' };

const as = (stage: 'environment' | 'deploy' | 'rollout', tier: 'branch' | 'lasting') =>
  realClusterAs(`${stage}-${tier}`, [clusterGroup(name, stage, tier)]);
const environmentBranch = as('environment', 'branch');
const deployBranch = as('deploy', 'branch');
const rolloutBranch = as('rollout', 'branch');

const namespaces = [feature, lasting].map((place) => namespaceManifest(place));

beforeAll(async () => {
  await applyFoundation(ports);
  await settle();
});

afterAll(async () => {
  for (const { metadata } of namespaces) {
    await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: metadata.name });
  }
  for (const own of [gatewayNamespace(name), routerNamespace(name)]) {
    await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: own });
  }
  await vi.waitFor(
    async () => {
      const left = await admin.list({ apiVersion: 'v1', kind: 'Namespace' }, { [LABELS.installation]: name });
      if (left.length > 0) throw new Error(`Still there: ${left.map(({ metadata }) => metadata.name).join(', ')}`);
    },
    { timeout: 60_000, interval: 500 },
  );
  await removeFoundation(ports);
});

/** Policies reach the API server's own cache a moment after they were stored. */
async function settle(): Promise<void> {
  const foreign = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mani-not-ours' } };
  await vi.waitFor(
    async () => {
      const answer = await environmentBranch.apply(foreign, 'test').then(() => 'accepted', String);
      if (!answer.includes('works in namespaces')) throw new Error(answer);
    },
    { timeout: 30_000, interval: 300 },
  );
  await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: 'mani-not-ours' });
}

describe('foundation', () => {
  test('is applied again without any change', async () => {
    const reference = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      name: gatewayClassName(name),
    };
    const before = await admin.get(reference);
    const { questions } = await applyFoundation(ports);
    expect(await admin.get(reference)).toEqual(before);
    expect(questions.join()).toContain('TargetGroupBinding');
  });

  test('its gateway keeps the rules that everybody keeps: the pods are admitted', async () => {
    await vi.waitFor(
      async () => {
        const pods = await admin.list({ apiVersion: 'v1', kind: 'Pod', namespace: gatewayNamespace(name) });
        expect(pods).toHaveLength(2);
      },
      { timeout: 20_000, interval: 500 },
    );
  });
});

describe('who may do what', () => {
  test('environment makes a namespace of its own tier, and binds deploy and rollout in it', async () => {
    const [first] = namespaces;
    await expect(environmentBranch.apply(first!, 'espalier-environment')).resolves.toMatchObject({ kind: 'Namespace' });
    for (const binding of roleBindingManifests(feature)) {
      await expect(environmentBranch.apply(binding, 'espalier-environment')).resolves.toMatchObject({
        kind: 'RoleBinding',
      });
    }
  });

  test('environment of branches makes no lasting namespace, and lasting none of a branch', async () => {
    await expect(environmentBranch.apply(namespaces[1]!, 'test')).rejects.toThrow('label and tier');
    await expect(as('environment', 'lasting').apply(namespaces[0]!, 'test', { force: true })).rejects.toThrow(
      'label and tier',
    );
  });

  test('environment neither takes over nor removes a namespace without our label', async () => {
    const foreign = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${name}-foreign` } };
    await admin.apply(foreign, 'test');
    const mine = namespaceManifest({ ...feature, environment: 'foreign' });
    await expect(environmentBranch.apply(mine, 'test', { force: true })).rejects.toThrow('label and tier');
    await expect(
      environmentBranch.remove({ apiVersion: 'v1', kind: 'Namespace', name: foreign.metadata.name }),
    ).rejects.toThrow('label and tier');
    await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: foreign.metadata.name });
  });

  test('environment binds nothing but our own roles to our own groups of the same tier', async () => {
    const [binding] = roleBindingManifests(feature);
    const stranger = {
      ...binding!,
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'somebody' }],
    };
    await expect(environmentBranch.apply(stranger, 'test', { force: true })).rejects.toThrow('own groups');
    const other = {
      ...binding!,
      metadata: { ...binding!.metadata, name: 'other' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    };
    await expect(environmentBranch.apply(other, 'test')).rejects.toThrow('forbidden');
  });

  test('deploy has rights only where environment bound it, and none to routes', async () => {
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'orders', namespace: `${name}-feature-login` },
    };
    await deployBranch.apply(account, 'espalier-deploy');
    const elsewhere = { ...account, metadata: { name: 'orders', namespace: 'default' } };
    await expect(deployBranch.apply(elsewhere, 'test')).rejects.toThrow('cannot patch resource');
    await expect(as('deploy', 'lasting').apply(account, 'test', { force: true })).rejects.toThrow(
      'cannot patch resource',
    );
    const route = routeManifest(orders, {
      host: 'x',
      parent: parentOf(name, installation.environments.feature.wayIn),
      weights: { blue: 100 },
    });
    await expect(deployBranch.apply(route, 'test')).rejects.toThrow('cannot patch resource');
  });

  test('a route takes no host of another environment and no way in of another kind, whoever applies it', async () => {
    const parent = parentOf(name, installation.environments.feature.wayIn);
    const route = (host: string, sectionName: string) =>
      routeManifest(orders, { host, parent: { ...parent, sectionName }, weights: { blue: 100 } });
    const own = `orders-feature-login.${name}.localhost`;
    await rolloutBranch.apply(route(own, 'internal'), 'espalier-traffic');
    await expect(
      rolloutBranch.apply(route(`orders-integration.${name}.localhost`, 'internal'), 'test', { force: true }),
    ).rejects.toThrow('own environment');
    await expect(
      admin.apply(route(`x.orders-feature-login.${name}.localhost`, 'internal'), 'test', { force: true }),
    ).rejects.toThrow('own environment');
    await expect(
      admin.apply(route('orders-feature-login.example.com', 'internal'), 'test', { force: true }),
    ).rejects.toThrow('own environment');
    await expect(rolloutBranch.apply(route(own, 'public'), 'test', { force: true })).rejects.toThrow('way in');
  });
});
