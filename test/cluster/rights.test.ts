/**
 * Rights in the cluster are the same on the laptop's API and on a real one: for each group that an access entry names, in each kind of
 * namespace, all that it may do and what it is told when a rule is missing. Needs KUBECONFIG.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../lambdas/adapters/clock/system-clock.ts';
import { clusterGroup, gatewayNamespace, routerNamespace } from '../../lambdas/contracts/kubernetes.ts';
import { namespaceManifest, roleBindingManifests } from '../../lambdas/domain/manifests/environment.ts';
import type { Place } from '../../lambdas/domain/manifests/manifest.ts';
import { applyFoundation } from '../../lambdas/handlers/foundation/apply-foundation.ts';
import { removeFoundation } from '../../lambdas/handlers/foundation/remove-foundation.ts';
import type { Cluster } from '../../lambdas/ports/cluster.ts';
import { startLaptop, type Laptop } from '../adapters/kubernetes/laptop.ts';
import { installationOf, uniqueInstallation } from '../fakes/installation.ts';
import { clientOf, type Answer, type Client } from '../local/cluster/api/client.ts';
import { realCluster } from './kubeconfig.ts';

const name = uniqueInstallation('right');
const installation = installationOf(name);
const feature: Place = { installation: name, environment: 'feature-login', kind: 'feature', branch: 'feature/login' };
const lasting: Place = { installation: name, environment: 'integration', kind: 'integration', branch: 'integration' };
const inside = namespaceManifest(feature).metadata.name;
const integration = namespaceManifest(lasting).metadata.name;
const stages = ['environment', 'deploy', 'rollout', 'configuration', 'sweep'] as const;
const groups = stages.flatMap((stage) =>
  (['branch', 'lasting'] as const).map((tier) => ({ group: clusterGroup(name, stage, tier) })),
);

let laptop: Laptop;
let clusters: readonly { readonly admin: Cluster; readonly client: Client }[];
const foundation = (cluster: Cluster) => ({
  cluster,
  clock: systemClock,
  installation,
  autoMode: false,
  targetGroups: {},
});

beforeAll(async () => {
  laptop = await startLaptop();
  clusters = [
    { admin: realCluster(), client: clientOf(process.env['KUBECONFIG'] ?? '') },
    { admin: laptop.admin, client: clientOf(laptop.laptop.kubeconfigPath) },
  ];
  for (const { admin } of clusters) {
    await applyFoundation(foundation(admin));
    for (const place of [feature, lasting]) {
      await admin.apply(namespaceManifest(place), 'test');
      for (const manifest of roleBindingManifests(place)) await admin.apply(manifest, 'test');
    }
  }
  // A real server learns of roles a moment later.
  await vi.waitFor(
    async () => {
      for (const { client } of clusters) {
        const rules = await rulesOf(client, clusterGroup(name, 'deploy', 'branch'), inside);
        if (!rules.some((line) => line.startsWith('patch apps/deployments'))) throw new Error(rules.join('\n'));
      }
    },
    { timeout: 20_000, interval: 300 },
  );
});

afterAll(async () => {
  const [real] = clusters;
  for (const namespace of [inside, integration, gatewayNamespace(name), routerNamespace(name)])
    await real?.admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  if (real) await removeFoundation(foundation(real.admin));
  for (const { client } of clusters) client.close();
  await laptop.stop();
});

const as = (group: string) => ({
  'impersonate-user': 'somebody',
  'impersonate-group': [group, 'system:authenticated'],
});

interface Rules {
  readonly status: {
    readonly resourceRules: readonly {
      readonly verbs: readonly string[];
      readonly apiGroups: readonly string[];
      readonly resources: readonly string[];
      readonly resourceNames?: readonly string[];
    }[];
  };
}

/** Everything that a group may do in a namespace, a line per verb and resource. */
async function rulesOf(client: Client, group: string, namespace: string): Promise<string[]> {
  const { text } = await client.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
    headers: as(group),
  });
  const { resourceRules } = (JSON.parse(text) as Rules).status;
  const lines = resourceRules.flatMap(({ verbs, apiGroups, resources, resourceNames = ['*'] }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((api) =>
        resources.flatMap((resource) => resourceNames.map((object) => `${verb} ${api}/${resource} ${object}`)),
      ),
    ),
  );
  return [...new Set(lines)].sort();
}

const both = async <Result>(ask: (client: Client) => Promise<Result>): Promise<Result[]> =>
  Promise.all(clusters.map(({ client }) => ask(client)));

describe.each(groups)('$group', ({ group }) => {
  test.each([
    ['an environment of a branch', inside],
    ['integration', integration],
    ['a namespace of somebody else', 'default'],
    ['the system', 'kube-system'],
  ])('has the same rights in %s on both', async (_what, namespace) => {
    const [real, here] = await both((client) => rulesOf(client, group, namespace));
    expect(here).toEqual(real);
  });
});

describe('a rule that is missing', () => {
  const rollout = clusterGroup(name, 'rollout', 'branch');
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${inside}/httproutes/orders`;
  const change = (client: Client): Promise<Answer> =>
    client.send('PATCH', path, {
      body: { metadata: { labels: { a: 'b' } } },
      type: 'application/merge-patch+json',
      headers: as(rollout),
    });
  const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';

  test('is a 403 in the same words on both, and none once the foundation is applied again', async () => {
    // Allowed, the route is only not there.
    expect((await both(change)).map(({ status }) => status)).toEqual([404, 404]);
    await both(async (client) => {
      const role = `${roles}/${name}-rollout`;
      const { rules } = JSON.parse((await client.send('GET', role)).text) as { rules: { apiGroups: string[] }[] };
      const kept = rules.filter(({ apiGroups }) => !apiGroups.includes('gateway.networking.k8s.io'));
      expect(kept.length).toBeLessThan(rules.length);
      const body = { rules: kept };
      expect((await client.send('PATCH', role, { body, type: 'application/merge-patch+json' })).status).toBe(200);
    });
    await vi.waitFor(async () => expect((await both(change)).map(({ status }) => status)).toEqual([403, 403]), {
      timeout: 20_000,
      interval: 200,
    });
    const [real, here] = (await both(change)).map(({ text }) => JSON.parse(text) as unknown);
    expect(here).toEqual(real);
    for (const { admin } of clusters) await applyFoundation(foundation(admin));
    await vi.waitFor(async () => expect((await both(change)).map(({ status }) => status)).toEqual([404, 404]), {
      timeout: 20_000,
      interval: 200,
    });
  });
});
