/**
 * Attacks on other environments, on a real API server: with the identity of every function of branch environments, as an administrator
 * who applies something by mistake, and from a pod. What refuses each stands in docs/isolation.md. Needs KUBECONFIG and
 * CLUSTER_REGISTRY (with node:24).
 */
import type { Pod } from 'kubernetes-types/core/v1.js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../lambdas/adapters/clock/system-clock.ts';
import { Connection } from '../../lambdas/adapters/kubernetes/connection.ts';
import {
  clusterGroup,
  gatewayNamespace,
  namespaceOf,
  routerNamespace,
  WORKLOAD_STAGES,
  type WorkloadStage,
} from '../../lambdas/contracts/kubernetes.ts';
import { namespaceManifest } from '../../lambdas/domain/manifests/environment.ts';
import type { Manifest, Place, ServicePlace } from '../../lambdas/domain/manifests/manifest.ts';
import { networkPolicyManifests } from '../../lambdas/domain/manifests/network-policies.ts';
import { podSpec } from '../../lambdas/domain/manifests/pod.ts';
import { routeManifest } from '../../lambdas/domain/manifests/traffic.ts';
import { wroteTooMuch } from '../../lambdas/domain/readiness/judge-pod.ts';
import type { Resources } from '../../lambdas/domain/service/processes.ts';
import { parentOf } from '../../lambdas/domain/way-in/gateway.ts';
import { prepareEnvironment } from '../../lambdas/handlers/environment/prepare-environment.ts';
import { applyFoundation } from '../../lambdas/handlers/foundation/apply-foundation.ts';
import { removeFoundation } from '../../lambdas/handlers/foundation/remove-foundation.ts';
import type { KubernetesObject } from '../../lambdas/ports/cluster.ts';
import { installationOf, uniqueInstallation } from '../fakes/installation.ts';
import { ClusterWorld, commit, serviceFile } from '../handlers/cluster-world.ts';
import { connectionOf, realCluster, realClusterAs } from './kubeconfig.ts';

const name = uniqueInstallation('isol');
const installation = installationOf(name);
const admin = realCluster();
const world = new ClusterWorld({
  cluster: admin,
  prober: { ask: () => Promise.reject(new Error('Nobody is asked.')) },
  clock: systemClock,
  installation,
});
const foundation = { cluster: admin, clock: systemClock, installation, autoMode: false, targetGroups: {} };

const MINE: Place = { installation: name, environment: 'feature-mine', kind: 'feature', branch: 'feature/mine' };
const OTHER: Place = { installation: name, environment: 'feature-other', kind: 'feature', branch: 'feature/other' };
const LASTING: Place = { installation: name, environment: 'integration', kind: 'integration', branch: 'integration' };
const placeOf = (place: Place): ServicePlace => ({ ...place, key: 'orders', repository: 'orders', name: 'orders' });
const mine = namespaceOf(name, 'feature-mine');
const lasting = namespaceOf(name, 'integration');
const namespaces = [MINE, OTHER, LASTING].map((place) => namespaceOf(name, place.environment));

const STAGES = ['environment', ...WORKLOAD_STAGES] as const;
const as = (stage: (typeof STAGES)[number]) => realClusterAs(`${stage}-branch`, [clusterGroup(name, stage, 'branch')]);
const connectionAs = (stage: WorkloadStage) =>
  new Connection({
    ...connectionOf(),
    headers: {
      'impersonate-user': `${stage}-branch`,
      'impersonate-group': [clusterGroup(name, stage, 'branch'), 'system:authenticated'],
    },
  });
const GATEWAY_API = 'gateway.networking.k8s.io/v1';

/** Tries to apply, as somebody, and says how the API server answered. */
const tries = (who: { apply: (typeof admin)['apply'] }, object: object): Promise<string> =>
  who.apply(object as KubernetesObject, 'attack', { force: true }).then(() => 'accepted', String);

beforeAll(async () => {
  await applyFoundation(foundation);
  for (const place of [MINE, OTHER, LASTING]) {
    const { environment, kind, branch } = place;
    const delivery = world.deliver(commit('a'), serviceFile(), { branch: branch ?? '', environment, kind });
    await prepareEnvironment(world, delivery);
    await admin.apply(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'key', namespace: namespaceOf(name, environment) },
        stringData: { key: 'of somebody else' },
      },
      'test',
    );
  }
  // Policies reach the API server's own cache a moment after they were stored.
  await vi.waitFor(
    async () => {
      const answer = await tries(admin, service({ type: 'NodePort' }));
      if (!answer.includes('type ClusterIP')) throw new Error(answer);
    },
    { timeout: 30_000, interval: 300 },
  );
});

afterAll(async () => {
  for (const each of [...namespaces, gatewayNamespace(name), routerNamespace(name)]) {
    await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: each });
  }
  await vi.waitFor(
    async () => {
      const left = await Promise.all(
        namespaces.map((each) => admin.get({ apiVersion: 'v1', kind: 'Namespace', name: each })),
      );
      if (left.some((each) => each !== undefined)) throw new Error('Namespaces are still going.');
    },
    { timeout: 90_000, interval: 500 },
  );
  await removeFoundation(foundation);
}, 120_000);

const metadata = (namespace = mine) => ({ name: 'attack', namespace });
const service = (spec: object): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata(),
  spec: { ports: [{ port: 80 }], selector: { app: 'any' }, ...spec },
});
const pod = (spec: object, container: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata(),
  spec: {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'attack',
        image: 'attack:1',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        ...container,
      },
    ],
    ...spec,
  },
});

describe('secrets', () => {
  test.each(['environment', 'deploy', 'rollout'] as const)('%s reads no secret of any environment', async (stage) => {
    for (const namespace of namespaces) {
      await expect(as(stage).get({ apiVersion: 'v1', kind: 'Secret', namespace, name: 'key' })).rejects.toThrow(
        'cannot get resource "secrets"',
      );
      await expect(as(stage).list({ apiVersion: 'v1', kind: 'Secret', namespace })).rejects.toThrow('secrets');
    }
  });

  test('configuration of branches reads and writes no secret of a lasting environment', async () => {
    const configuration = as('configuration');
    const reference = { apiVersion: 'v1', kind: 'Secret', namespace: lasting, name: 'key' };
    await expect(configuration.get(reference)).rejects.toThrow('cannot get resource "secrets"');
    expect(
      await tries(configuration, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace: lasting } }),
    ).toContain('cannot patch resource');
    // And it does reach those of branches: the refusal is about the tier.
    await expect(configuration.get({ ...reference, namespace: mine })).resolves.toMatchObject({ kind: 'Secret' });
  });

  test.each(WORKLOAD_STAGES)('%s opens no shell, no tunnel and no container in a pod', async (stage) => {
    for (const way of ['exec?command=sh', 'attach', 'portforward', 'ephemeralcontainers', 'log']) {
      const { status } = await connectionAs(stage).send({
        method: 'GET',
        path: `/api/v1/namespaces/${mine}/pods/any/${way}`,
      });
      expect([way, status]).toEqual([way, 403]);
    }
  });
});

describe('ways in and out past the gateway', () => {
  test.each<[string, object, string]>([
    ['a node port', { type: 'NodePort' }, 'type ClusterIP'],
    ['a load balancer', { type: 'LoadBalancer' }, 'type ClusterIP'],
    ['an address of somebody else', { externalIPs: ['10.0.0.1'] }, 'type ClusterIP'],
    ['a name of another environment', external(`orders-blue.${lasting}.svc.cluster.local`), 'its own namespace'],
    ['a name outside', external('evil.example.com'), 'its own namespace'],
    ['a name that looks like its own', external(`x${mine}.svc.cluster.local`), 'its own namespace'],
    ['the metadata address', external('169.254.169.254'), 'its own namespace'],
  ])('a Service is not %s, whoever applies it', async (_what, spec, why) => {
    expect(await tries(as('rollout'), service(spec))).toContain(why);
    expect(await tries(admin, service(spec))).toContain(why);
  });

  test('a Service is another name of one of its own namespace', async () => {
    const spec = external(`orders-blue.${mine}.svc.cluster.local`);
    expect(await tries(as('rollout'), service(spec))).toBe('accepted');
  });

  test.each(STAGES)('%s points no Service to addresses of its choice', async (stage) => {
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata(), labels: { 'kubernetes.io/service-name': 'orders' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['169.254.169.254'] }],
      ports: [{ port: 80 }],
    };
    expect(await tries(as(stage), slice)).toContain('cannot patch resource "endpointslices"');
  });

  test.each<[string, object, string]>([
    ['everything', {}, 'where to'],
    ['every port of every address', { ports: [{ port: 80 }] }, 'where to'],
    ['DNS and more', { ports: [{ port: 53 }, { port: 80 }] }, 'where to'],
    ['the metadata address', { to: [{ ipBlock: { cidr: '169.254.169.254/32' } }] }, 'metadata address'],
    ['networks with the metadata address', { to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }, 'metadata address'],
    ['the metadata address by IPv6', { to: [{ ipBlock: { cidr: '::/0' } }] }, 'metadata address'],
    ['the credentials of pods', { to: [{ ipBlock: { cidr: '169.254.170.0/24' } }] }, 'metadata address'],
  ])('a network policy does not open %s', async (_what, egress, why) => {
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: metadata(),
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [egress] },
    };
    expect(await tries(as('deploy'), policy)).toContain(why);
    expect(await tries(admin, policy)).toContain(why);
  });

  test('a namespace is closed in both directions, and what opens it names no address', async () => {
    const [closed, open] = networkPolicyManifests(MINE, installation);
    const stored = await admin.list({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace: mine });
    expect(stored.map(({ metadata: { name: policy } }) => policy).toSorted()).toEqual(['default-deny', 'environment']);
    expect(stored.find(({ metadata: { name: policy } }) => policy === 'default-deny')?.['spec']).toEqual(
      closed?.['spec'],
    );
    expect(JSON.stringify(open?.['spec'])).not.toContain('ipBlock');
  });
});

/** A Service that is another name. */
function external(externalName: string): object {
  return { type: 'ExternalName', externalName, selector: undefined };
}

describe('pods', () => {
  test.each<[string, object]>([
    ['a path of the node', pod({ volumes: [{ name: 'root', hostPath: { path: '/' } }] })],
    ['privileges', pod({}, { securityContext: { privileged: true } })],
    ['the network of the node', pod({ hostNetwork: true })],
    ['a port of the node', pod({}, { ports: [{ containerPort: 80, hostPort: 80 }] })],
    ['the processes of the node', pod({ hostPID: true, hostIPC: true })],
    ['the user root', pod({}, { securityContext: { runAsUser: 0, runAsNonRoot: false } })],
    ['capabilities', pod({}, { securityContext: { capabilities: { add: ['NET_ADMIN'] } } })],
  ])('a pod has not %s, whoever applies it', async (_what, object) => {
    expect(await tries(admin, object)).toContain('violates PodSecurity "restricted');
  });

  test.each<[string, object, string]>([
    ['pushes others off their node', { priorityClassName: 'system-node-critical' }, 'no priority'],
    ['chooses its node', { nodeName: 'any' }, 'where the scheduler puts them'],
    ['goes to nodes kept for something else', { tolerations: [{ operator: 'Exists' }] }, 'where the scheduler puts'],
    ['holds a token of the API server', { automountServiceAccountToken: true }, 'hold no token'],
    [
      'holds a token for AWS',
      {
        volumes: [
          {
            name: 'aws',
            projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'sts.amazonaws.com' } }] },
          },
        ],
      },
      'hold no token',
    ],
  ])('no pod %s', async (_what, spec, why) => {
    expect(await tries(admin, pod(spec))).toContain(why);
  });

  test('what a branch may create instead of pods is held to the same: its pods never come', async () => {
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: metadata(),
      spec: { template: { spec: { ...(pod({ hostNetwork: true }) as Manifest)['spec']!, restartPolicy: 'Never' } } },
    };
    expect(await tries(as('deploy'), job)).toBe('accepted');
    await vi.waitFor(
      async () => {
        const events = await admin.list({ apiVersion: 'v1', kind: 'Event', namespace: mine });
        expect(events.map(({ message }) => message).join()).toContain('violates PodSecurity');
      },
      { timeout: 20_000, interval: 300 },
    );
    await admin.remove({ apiVersion: 'batch/v1', kind: 'Job', namespace: mine, name: 'attack' });
  });

  const writes = (resources: object): object => pod({}, { resources });
  const amount = (disk: string) => ({
    limits: { 'ephemeral-storage': disk },
    requests: { 'ephemeral-storage': disk },
  });

  test.each<[string, object, string]>([
    [
      'more than one container may have',
      writes(amount('5Gi')),
      'maximum ephemeral-storage usage per Container is 4Gi, but limit is 5Gi',
    ],
    [
      'more than the environment has',
      pod({
        containers: Array.from({ length: 6 }, (_, index) => ({
          ...(pod({}) as { spec: { containers: [object] } }).spec.containers[0],
          name: `attack-${String(index)}`,
          resources: amount('4Gi'),
        })),
      }),
      'exceeded quota: environment, requested: limits.ephemeral-storage=24Gi',
    ],
  ])('a pod does not ask for the disk of its node: %s', async (_what, object, why) => {
    expect(await tries(admin, object)).toContain(why);
  });

  test('a pod that says nothing of the disk has a limit', async () => {
    const unsaid = pod({}) as KubernetesObject;
    expect(await tries(admin, unsaid)).toBe('accepted');
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: mine, name: 'attack' };
    const { spec } = (await admin.get(reference)) as unknown as Pod;
    await admin.remove(reference);
    expect(spec?.containers[0]?.resources?.limits?.['ephemeral-storage']).toBe('256Mi');
  });

  test('a pod that writes more than it may is ended, and its author is told why', async () => {
    const { spec } = await programIn('writer', WRITER, { disk: '16Mi' });
    expect(spec.volumes).toContainEqual({ name: 'tmp', emptyDir: { sizeLimit: '16Mi' } });
    // The kubelet looks every ten seconds.
    const because = await vi.waitFor(
      async () => {
        const writer = await admin.get({ apiVersion: 'v1', kind: 'Pod', namespace: mine, name: 'writer' });
        const said = wroteTooMuch(writer as unknown as Pod);
        if (said === undefined) throw new Error(JSON.stringify(writer?.['status']));
        return said;
      },
      { timeout: 150_000, interval: 1_000 },
    );
    expect(because).toMatch(/exceeds the (total )?limit.*16Mi.*Raise `resources.disk`/);
  }, 180_000);

  test('from a pod there is no token, no answer of the API server and no metadata', async () => {
    const seen = await fromPod();
    expect(seen).toEqual({ token: 'ENOENT', secrets: 'nothing', metadata: 'nothing', root: 'EROFS', user: '1000' });
  }, 90_000);
});

/** Runs a program of a branch in a pod of its own. */
async function programIn(pod: string, program: string, resources: Partial<Resources> = {}) {
  const registry = process.env['CLUSTER_REGISTRY'] ?? '127.0.0.1:5000';
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const answer = await fetch(`http://${registry}/v2/node/manifests/24`, { method: 'HEAD', headers: { accept } });
  const image = `${registry}/node@${answer.headers.get('docker-content-digest') ?? ''}`;
  const place = placeOf(MINE);
  const spec = podSpec(place, serviceFile(), { side: 'blue', commit: commit('a'), image }, installation, {
    command: ['node', '-e', program],
    resources: { cpu: '5m', memory: '64Mi', ...resources },
    until: 'signals',
  });
  await admin.apply(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'orders', namespace: mine } },
    'test',
  );
  await admin.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, namespace: mine }, spec }, 'test');
  return { spec };
}

/** What a program in a pod of a branch finds. */
async function fromPod(): Promise<Record<string, string>> {
  await programIn('attacker', ATTACKER);
  return vi.waitFor(
    async () => {
      const said = await admin.pods.ask({
        namespace: mine,
        pod: 'attacker',
        port: 8080,
        path: '/',
        timeoutMs: 5_000,
      });
      if (said.kind !== 'answered' || said.headers['x-seen'] === undefined) throw new Error(JSON.stringify(said));
      return JSON.parse(said.headers['x-seen']) as Record<string, string>;
    },
    { timeout: 60_000, interval: 500 },
  );
}

/** Stays until it is killed: the first process of a container does not end by a signal that it does not handle. */
const WRITER = `
const { appendFileSync } = require('node:fs');
for (let written = 0; written < 64; written += 1) appendFileSync('/tmp/full', Buffer.alloc(1_048_576));
setInterval(() => undefined, 60_000);
`;

const ATTACKER = `
const { readFileSync, writeFileSync } = require('node:fs');
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
const attempt = (act) => { try { act(); return 'done'; } catch (error) { return error.code; } };
const asked = (url) => fetch(url, { signal: AbortSignal.timeout(3000) }).then((answer) => answer.ok ? 'answered' : 'nothing', () => 'nothing');
(async () => {
  const seen = {
    token: attempt(() => readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token')),
    secrets: await asked('https://kubernetes.default.svc/api/v1/namespaces/${lasting}/secrets'),
    metadata: await asked('http://169.254.169.254/latest/meta-data/'),
    root: attempt(() => writeFileSync('/attack', '')),
    user: String(process.getuid()),
  };
  require('node:http').createServer((request, response) => response.setHeader('x-seen', JSON.stringify(seen)).end()).listen(8080);
})();
process.on('SIGTERM', () => process.exit(0));
`;

describe('routes', () => {
  interface Rule {
    readonly backendRefs: readonly object[];
  }
  interface Spec {
    readonly rules: readonly Rule[];
  }
  const route = (change: (rule: Rule) => object, host = `orders-feature-mine.${name}.localhost`): object => {
    const made = routeManifest(placeOf(MINE), {
      host,
      parent: parentOf(name, installation.environments.feature.wayIn),
      weights: { blue: 100 },
    });
    const spec = made['spec'] as Spec;
    return { ...made, metadata: metadata(), spec: { ...spec, rules: spec.rules.map(change) } };
  };
  const same = (rule: Rule): object => rule;
  const backend = (change: object) => (rule: Rule) => ({
    ...rule,
    backendRefs: rule.backendRefs.map((each) => ({ ...each, ...change })),
  });
  const filter = (one: object) => (rule: Rule) => ({ ...rule, filters: [one] });

  test.each<[string, string]>([
    ['another branch', `orders-feature-other.${name}.localhost`],
    ['a lasting environment', `orders-integration.${name}.localhost`],
    ['everybody, by a wildcard', `*.${name}.localhost`],
    ['everybody of its own ending, by a wildcard', `*.feature-mine.${name}.localhost`],
    ['somebody below its own name', `a.orders-feature-mine.${name}.localhost`],
    ['somebody outside', 'www.example.com'],
  ])('a route does not claim the host of %s', async (_what, host) => {
    expect(await tries(as('rollout'), route(same, host))).toContain('own environment');
    expect(await tries(admin, route(same, host))).toContain('own environment');
  });

  test.each<[string, (rule: Rule) => object, string]>([
    ['to a Service of another namespace', backend({ namespace: lasting }), 'of its own namespace only'],
    [
      'to the gateway’s own interface',
      backend({ group: 'traefik.io', kind: 'TraefikService', name: 'api@internal' }),
      'of its own namespace only',
    ],
    [
      'a copy of its requests elsewhere',
      filter({
        type: 'RequestMirror',
        requestMirror: { backendRef: { name: 'orders', namespace: lasting, port: 80 } },
      }),
      'neither mirrors',
    ],
    [
      'people elsewhere',
      (rule: Rule) => ({
        ...filter({ type: 'RequestRedirect', requestRedirect: { hostname: 'evil.example.com' } })(rule),
        backendRefs: undefined,
      }),
      'neither mirrors',
    ],
    [
      'requests through an extension',
      filter({ type: 'ExtensionRef', extensionRef: { group: 'traefik.io', kind: 'Middleware', name: 'any' } }),
      'neither mirrors',
    ],
    [
      'through a filter of a backend',
      backend({ filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'evil.example.com' } }] }),
      'neither mirrors',
    ],
  ])('a route does not lead %s', async (_what, change, why) => {
    expect(await tries(as('rollout'), route(change))).toContain(why);
    expect(await tries(admin, route(change))).toContain(why);
  });

  test('a route of its own environment is taken, and none of a lasting one is touched', async () => {
    expect(await tries(as('rollout'), route(same))).toBe('accepted');
    const there = { ...(route(same) as Manifest), metadata: metadata(lasting) };
    expect(await tries(as('rollout'), there)).toContain('cannot patch resource "httproutes"');
  });
});

describe('the whole cluster', () => {
  const clusterWide = (apiVersion: string, kind: string, more: object = {}): object => ({
    apiVersion,
    kind,
    metadata: { name: `${name}-attack` },
    ...more,
  });
  const RBAC = 'rbac.authorization.k8s.io';
  const everything = { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] };
  const clusterAdmin = { roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'cluster-admin' } };
  const group = (stage: (typeof STAGES)[number]) => ({
    subjects: [{ apiGroup: RBAC, kind: 'Group', name: clusterGroup(name, stage, 'branch') }],
  });

  test.each(STAGES)('%s smuggles in nothing that holds for the whole cluster', async (stage) => {
    const objects = [
      clusterWide(`${RBAC}/v1`, 'ClusterRole', everything),
      clusterWide(`${RBAC}/v1`, 'ClusterRoleBinding', { ...clusterAdmin, ...group(stage) }),
      clusterWide('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', {
        spec: { policyName: `${name}-routes`, validationActions: ['Audit'] },
      }),
      clusterWide('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
      clusterWide(GATEWAY_API, 'GatewayClass', { spec: { controllerName: 'traefik.io/gateway-controller' } }),
      {
        apiVersion: GATEWAY_API,
        kind: 'Gateway',
        metadata: metadata(),
        spec: { gatewayClassName: 'traefik', listeners: [] },
      },
      { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: metadata(), ...everything },
      {
        apiVersion: `${RBAC}/v1`,
        kind: 'RoleBinding',
        metadata: metadata('kube-system'),
        ...clusterAdmin,
        ...group(stage),
      },
    ];
    for (const object of objects) {
      expect([(object as Manifest).kind, await tries(as(stage), object)]).toEqual([
        (object as Manifest).kind,
        expect.stringMatching(/cannot patch resource|own roles only|own groups|forbidden/),
      ]);
    }
  });

  test.each(STAGES)('%s lets no other namespace refer to its own (ReferenceGrant)', async (stage) => {
    const { status } = await (stage === 'environment' ? connectionOfEnvironment() : connectionAs(stage)).send({
      method: 'PATCH',
      path: `/apis/gateway.networking.k8s.io/v1beta1/namespaces/${lasting}/referencegrants/attack?fieldManager=attack`,
      body: {
        apiVersion: 'gateway.networking.k8s.io/v1beta1',
        kind: 'ReferenceGrant',
        metadata: metadata(lasting),
        spec: {
          from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: mine }],
          to: [{ group: '', kind: 'Service' }],
        },
      },
      contentType: 'application/apply-patch+yaml',
    });
    expect(status).toBe(403);
  });

  const connectionOfEnvironment = () =>
    new Connection({
      ...connectionOf(),
      headers: {
        'impersonate-user': 'environment-branch',
        'impersonate-group': [clusterGroup(name, 'environment', 'branch'), 'system:authenticated'],
      },
    });
});

describe('the environment itself', () => {
  const changed = (labels: Record<string, string>, more: object = {}): object => {
    const made = namespaceManifest(MINE);
    return {
      ...made,
      metadata: { ...made.metadata, ...more, labels: { ...made.metadata.labels, ...labels } },
    };
  };

  test.each<[string, object, string]>([
    ['becomes another', changed({ 'espalier.dev/environment': 'feature-other' }), 'its own environment'],
    ['becomes another kind', changed({ 'espalier.dev/kind': 'performance' }), 'its own environment'],
    ['becomes a lasting one', changed({ 'espalier.dev/kind': 'integration', 'espalier.dev/tier': 'lasting' }), ''],
    ['admits privileged pods', changed({ 'pod-security.kubernetes.io/enforce': 'privileged' }), 'strictest profile'],
    ['is held to old rules', changed({ 'pod-security.kubernetes.io/enforce-version': 'v1.0' }), 'strictest profile'],
    ['never ends', changed({}, { finalizers: ['attack.example.com/never'] }), 'holds up the end'],
  ])('a namespace does not change so that it %s', async (_what, object, why) => {
    const answer = await tries(as('environment'), object);
    expect(answer).toContain('denied');
    expect(answer).toContain(why);
  });

  test('the namespace of another environment is not made over, nor one of the cluster', async () => {
    for (const other of [lasting, 'kube-system', 'default']) {
      const made = namespaceManifest(MINE);
      const answer = await tries(as('environment'), { ...made, metadata: { ...made.metadata, name: other } });
      expect(answer).toMatch(/denied|works in namespaces/);
    }
  });

  test.each<[string, object, string]>([
    ['that never goes away', { finalizers: ['attack.example.com/never'] }, 'holds up the end'],
    [
      'that goes with another one',
      { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'any', uid: '0' }] },
      'goes with another object',
    ],
  ])('deploy applies nothing %s', async (_what, more, why) => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata(), ...more } };
    expect(await tries(as('deploy'), account)).toContain(why);
  });

  test.each(WORKLOAD_STAGES)('%s changes neither quota nor limits, of no environment', async (stage) => {
    for (const kind of ['ResourceQuota', 'LimitRange']) {
      for (const namespace of namespaces) {
        const object = { apiVersion: 'v1', kind, metadata: { name: 'environment', namespace }, spec: {} };
        expect(await tries(as(stage), object)).toContain('cannot patch resource');
      }
    }
  });

  test('configuration gives a Deployment no other labels, which network policies go by', async () => {
    const deployment = (labels: Record<string, string>): object => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata(),
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'attack' } },
        template: {
          ...(pod({}) as Manifest),
          metadata: { labels: { app: 'attack', ...labels } },
          apiVersion: undefined,
          kind: undefined,
        },
      },
    });
    expect(await tries(as('deploy'), deployment({}))).toBe('accepted');
    expect(await tries(as('configuration'), deployment({ 'calls.espalier.dev/payment': 'true' }))).toContain(
      'changes nothing else',
    );
  });
});
