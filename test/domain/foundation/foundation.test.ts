/** What the foundation must say, whatever the settings. The expressions themselves are held to a real API server in test/cluster. */
import { describe, expect, test } from 'vitest';
import { GATEWAY_PORTS } from '../../../lambdas/contracts/foundation.ts';
import { ENVIRONMENT_KINDS } from '../../../lambdas/contracts/kinds.ts';
import { foundationManifests } from '../../../lambdas/domain/foundation/foundation.ts';
import { GATEWAY_KINDS } from '../../../lambdas/domain/foundation/gateway-api/definitions.ts';
import { GATEWAY_IMAGE } from '../../../lambdas/domain/foundation/gateway-workload.ts';
import { managedAccesses } from '../../../lambdas/domain/foundation/gateway.ts';
import type { Installation } from '../../../lambdas/domain/manifests/installation.ts';
import type { Manifest } from '../../../lambdas/domain/manifests/manifest.ts';
import { installationOf } from '../../fakes/installation.ts';

const facts = { autoMode: true, targetGroups: { internal: 'arn:i', oidc: 'arn:o', public: 'arn:p' } };
const manifests = (settings: Installation) => foundationManifests(settings, facts).flat();
const ofKind = (all: readonly Manifest[], kind: string) => all.filter((manifest) => manifest.kind === kind);

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}
const rulesOf = (name: string) =>
  (ofKind(manifests(installationOf('shop')), 'ClusterRole').find(({ metadata }) => metadata.name === name)?.['rules'] ??
    []) as readonly Rule[];

describe('rights', () => {
  const functions = ['shop-environment', 'shop-deploy', 'shop-rollout', 'shop-sweep', 'shop-reader'];

  test.each(functions)('%s reads no Secret and uses no wildcard', (name) => {
    const rules = rulesOf(name);
    expect(rules.length).toBeGreaterThan(0);
    for (const { resources, verbs, apiGroups } of rules) {
      expect([...resources, ...verbs, ...apiGroups]).not.toContain('*');
      expect(resources).not.toContain('secrets');
      expect(verbs).not.toContain('escalate');
      expect(verbs).not.toContain('impersonate');
    }
  });

  test('only environment binds roles, and only our two', () => {
    const binding = functions.filter((name) => rulesOf(name).some(({ verbs }) => verbs.includes('bind')));
    expect(binding).toEqual(['shop-environment']);
    const [bind] = rulesOf('shop-environment').filter(({ verbs }) => verbs.includes('bind'));
    expect(bind?.resourceNames).toEqual(['shop-deploy', 'shop-rollout', 'shop-configuration']);
  });

  test('deploy and rollout are bound in no more than what they may read everywhere', () => {
    const bound = ofKind(manifests(installationOf('shop')), 'ClusterRoleBinding').map(
      (binding) => (binding['roleRef'] as { name: string }).name,
    );
    expect(bound.toSorted()).toEqual(['shop-environment', 'shop-gateway', 'shop-reader', 'shop-sweep']);
    for (const { verbs } of rulesOf('shop-reader')) expect(verbs).toEqual(['get']);
  });

  test('deploy owns no traffic, and rollout has no right beyond Deployments: it sizes sides, and makes and removes a baseline', () => {
    const resources = (name: string) => rulesOf(name).flatMap((rule) => rule.resources);
    expect(resources('shop-deploy')).not.toContain('httproutes');
    expect(resources('shop-deploy')).not.toContain('services');
    const sized = rulesOf('shop-rollout').filter((rule) => rule.resources?.includes('deployments') ?? false);
    expect(sized.flatMap(({ verbs }) => verbs)).toEqual(['get', 'create', 'patch', 'list', 'delete']);
    expect(resources('shop-rollout')).not.toContain('serviceaccounts');
    expect(resources('shop-rollout')).not.toContain('networkpolicies');
  });
});

describe('the gateway', () => {
  test('has a listener and a target group for every access that is used, and no other', () => {
    const settings = installationOf('shop', { access: 'internal' });
    const mixed: Installation = {
      ...settings,
      environments: {
        ...settings.environments,
        production: { ...settings.environments.production, wayIn: { access: 'public', domain: 'shop.example' } },
      },
    };
    expect(managedAccesses(mixed)).toEqual(['internal', 'public']);
    const [gateway] = ofKind(manifests(mixed), 'Gateway').filter(({ metadata }) => metadata.name === 'public');
    const spec = gateway?.['spec'] as { listeners: { name: string; port: number }[] } | undefined;
    expect(spec?.listeners).toMatchObject([
      { name: 'internal', port: GATEWAY_PORTS.internal },
      { name: 'public', port: GATEWAY_PORTS.public },
    ]);
    expect(ofKind(manifests(mixed), 'TargetGroupBinding').map(({ metadata }) => metadata.name)).toEqual([
      'internal',
      'public',
    ]);
  });

  test('takes routes of this installation’s environments only, and serves its own class only', () => {
    const all = manifests(installationOf('shop'));
    for (const gateway of ofKind(all, 'Gateway')) {
      const { listeners } = gateway['spec'] as { listeners: { allowedRoutes: object }[] };
      for (const { allowedRoutes } of listeners) {
        expect(JSON.stringify(allowedRoutes)).toContain('"espalier.dev/installation":"shop"');
      }
    }
    expect(JSON.stringify(ofKind(all, 'Deployment'))).toContain('labelselector=espalier.dev/installation=shop');
    expect(ofKind(all, 'GatewayClass')[0]?.metadata.labels).toMatchObject({ 'espalier.dev/installation': 'shop' });
  });

  test('runs an image that is named by digest', () => {
    expect(GATEWAY_IMAGE).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  test('is not made when every kind names an existing one', () => {
    const all = manifests(
      installationOf('shop', { access: 'internal', gateway: { namespace: 'edge', name: 'shared' } }),
    );
    for (const kind of ['Gateway', 'Deployment', 'Namespace', 'TargetGroupBinding'])
      expect(ofKind(all, kind)).toEqual([]);
  });

  test('the kinds it needs are there in the versions it watches', () => {
    for (const { apiVersion, kind, definition } of GATEWAY_KINDS) {
      const spec = definition['spec'] as {
        names: { kind: string };
        group: string;
        versions: { name: string; served: boolean }[];
      };
      expect(spec.names.kind).toBe(kind);
      const served = spec.versions.filter((version) => version.served).map(({ name }) => `${spec.group}/${name}`);
      expect(served).toContain(apiVersion);
    }
  });
});

describe('two installations', () => {
  test('share no object that either applies for itself', () => {
    const names = (name: string) =>
      manifests(installationOf(name)).map(
        ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
      );
    const shared = names('shop').filter((name) => names('shop-2').includes(name));
    expect(shared).toEqual(['ConfigMap kube-system/amazon-vpc-cni']);
  });

  test('every kind of environment has its place in the policy of routes', () => {
    const [policy] = ofKind(manifests(installationOf('shop')), 'ValidatingAdmissionPolicy').filter(
      ({ metadata }) => metadata.name === 'shop-routes',
    );
    for (const kind of ENVIRONMENT_KINDS)
      expect(JSON.stringify(policy)).toContain(`\\"${kind}\\": \\"shop.localhost\\"`);
  });
});
