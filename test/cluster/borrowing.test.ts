/**
 * Borrowed names and callbacks on a real cluster: names as pods find them (CoreDNS, the kubelet's search list), requests as a real
 * gateway marks and routes them, and an API server that refuses whoever claims another environment. Needs KUBECONFIG,
 * CLUSTER_REGISTRY (with node:24) and CLUSTER_GATEWAY.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { HttpProber } from '../../lambdas/adapters/http/http-prober.ts';
import { systemClock } from '../../lambdas/adapters/clock/system-clock.ts';
import type { EnvironmentKind } from '../../lambdas/contracts/kinds.ts';
import { clusterGroup, namespaceOf, routerNamespace } from '../../lambdas/contracts/kubernetes.ts';
import type { Delivery } from '../../lambdas/contracts/payloads.ts';
import { carries } from '../../lambdas/domain/borrowing/baggage.ts';
import { routerHost, routerNameManifest, routerOf, type Router } from '../../lambdas/domain/borrowing/router.ts';
import { namespaceManifest } from '../../lambdas/domain/manifests/environment.ts';
import type { Installation } from '../../lambdas/domain/manifests/installation.ts';
import type { Manifest } from '../../lambdas/domain/manifests/manifest.ts';
import { servicePlaceOf } from '../../lambdas/domain/manifests/installation.ts';
import { routerRouteManifest } from '../../lambdas/domain/manifests/traffic.ts';
import { applyWorkload } from '../../lambdas/handlers/deploy/apply-workload.ts';
import { awaitPods } from '../../lambdas/handlers/deploy/await-pods.ts';
import { prepareEnvironment } from '../../lambdas/handlers/environment/prepare-environment.ts';
import { applyFoundation } from '../../lambdas/handlers/foundation/apply-foundation.ts';
import { removeFoundation } from '../../lambdas/handlers/foundation/remove-foundation.ts';
import { closeRoute, closeServices } from '../../lambdas/handlers/rollout/close-route.ts';
import { openRoute } from '../../lambdas/handlers/rollout/open-route.ts';
import { pointTraffic } from '../../lambdas/handlers/rollout/point-traffic.ts';
import { ask } from '../../tour/ask.ts';
import { openPodNetwork } from '../../tour/pod-network.ts';
import { installationOf, uniqueInstallation } from '../fakes/installation.ts';
import { ClusterWorld, commit, serviceFile } from '../handlers/cluster-world.ts';
import { realCluster, realClusterAs } from './kubeconfig.ts';

const registry = process.env['CLUSTER_REGISTRY'] ?? '127.0.0.1:5000';
const gateway = new URL(process.env['CLUSTER_GATEWAY'] ?? 'http://127.0.0.1:8000').host;
const port = Number(gateway.split(':')[1]);
const name = uniqueInstallation('borr');
const admin = realCluster();
const namespaces = ['feature-login', 'integration', 'pre-release'].map((id) => namespaceOf(name, id));
const gateways = `${name}-gateways`;

const installation: Installation = {
  ...installationOf(
    name,
    { access: 'internal', gateway: { namespace: 'kube-system', name: 'public' }, address: gateway },
    { cpu: '1', memory: '1Gi', disk: '4Gi', pods: 10 },
  ),
  // A second Gateway of the cluster's own controller stands for the internal one; hosts keep the two apart.
  router: {
    namespace: gateways,
    name: 'internal',
    sectionName: 'services',
    address: `internal.${gateways}.svc.cluster.local`,
  },
};
const router = routerOf(installation) as Router;
const world = new ClusterWorld({ cluster: admin, prober: new HttpProber(), clock: systemClock, installation });
world.imageRepository = `${registry}/node`;
world.pods = admin.pods;
const foundation = { cluster: admin, clock: systemClock, installation, autoMode: false, targetGroups: {} };
let digest = '';

/** Answers who it is and which baggage came; on /names/NAME what its resolver says, on /calls/NAME who answered its own call. */
const SERVER = `
const { lookup } = require('node:dns');
const { createServer, get } = require('node:http');
createServer((request, response) => {
  const answer = (more) => response.end(JSON.stringify({ environment: process.env.ESPALIER_ENVIRONMENT, ...more }));
  const tell = (header, value) => { response.setHeader('espalier-commit', process.env.ESPALIER_COMMIT); response.setHeader(header, value); answer({}); };
  const [, what, name] = /^\\/(names|calls)\\/(.+)$/.exec(request.url) ?? [];
  if (name === undefined) return answer({ baggage: request.headers.baggage });
  if (what === 'names') return lookup(name, (error, address) => tell('x-address', error ? error.code : address));
  get('http://' + name + '/', { agent: false, timeout: 1000 }, async (called) => tell('x-called', JSON.parse((await called.toArray()).join('')).environment))
    .on('timeout', function () { this.destroy(new Error('no answer')); })
    .on('error', (error) => tell('x-called', error.message));
}).listen(Number(process.env.PORT));
process.on('SIGTERM', () => process.exit(0));
`;

const resources = { cpu: '5m', memory: '64Mi' };

async function running(service: string, environment: string, kind: EnvironmentKind): Promise<Delivery> {
  const dependencies = service === 'web' ? ['orders'] : [];
  const file = serviceFile({ name: service, command: ['node', '-e', SERVER], dependencies, resources, health: '/' });
  const delivery = world.deliver(commit('a'), file, { branch: environment, environment, kind });
  await prepareEnvironment(world, delivery);
  await openRoute(world, delivery, 'blue');
  await applyWorkload(world, delivery, digest, { side: 'blue', beside: false });
  await vi.waitFor(async () => expect(await awaitPods(world, delivery, 'blue')).toEqual({ kind: 'ready' }), 60_000);
  await pointTraffic(world, delivery, 'blue');
  world.settle(delivery);
  return delivery;
}

/** Asks a host at the gateway; what the service behind it says. */
async function asked(host: string, baggage?: string): Promise<{ environment?: string; baggage?: string }> {
  const answered = await ask(gateway, `http://${host}/`, '/', baggage === undefined ? {} : { baggage });
  return answered.status === 200 ? (JSON.parse(answered.text) as object) : { environment: String(answered.status) };
}

const wayIn = (environment: string) => `orders-${environment}.${name}.localhost`;
const viaRouter = (baggage?: string) => asked(routerHost(name, 'orders'), baggage);
const soon = { timeout: 15_000, interval: 200 };

beforeAll(async () => {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const answer = await fetch(`http://${registry}/v2/node/manifests/24`, { method: 'HEAD', headers: { accept } });
  digest = answer.headers.get('docker-content-digest') ?? '';
  await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: gateways } }, 'test');
  await admin.apply(
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'internal', namespace: gateways },
      spec: {
        gatewayClassName: 'traefik',
        listeners: [{ name: 'services', port, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }],
      },
    },
    'test',
  );
  await applyFoundation(foundation);
  await systemClock.sleep(2_000);
  await running('web', 'feature-login', 'feature');
  await running('orders', 'integration', 'integration');
}, 180_000);

afterAll(async () => {
  for (const each of [...namespaces, gateways]) {
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

/** What web's resolver says about the name, asked in its pod. */
const resolved = () => askWeb('/names/orders', 'x-address');
/** Who answers when web calls the name: the environment, or what went wrong. */
const called = () => askWeb('/calls/orders', 'x-called');

async function askWeb(path: string, header: string): Promise<string> {
  const labels = { 'espalier.dev/service': 'web' };
  const namespace = namespaceOf(name, 'feature-login');
  const [pod] = await admin.list({ apiVersion: 'v1', kind: 'Pod', namespace }, labels);
  const answer = await admin.pods.ask({
    namespace,
    pod: pod?.metadata.name ?? '',
    port: 8080,
    path,
    timeoutMs: 5_000,
  });
  return answer.kind === 'answered' ? (answer.headers[header] ?? 'no header') : answer.reason;
}

/** Without it nothing here could tell a name that leads nowhere from a network that does. */
async function podsReach(): Promise<void> {
  const remedy = await openPodNetwork(process.env['KUBECONFIG'] ?? '');
  await vi.waitFor(
    async () => expect(await called(), `Pods do not reach each other: ${remedy}`).toBe('integration'),
    soon,
  );
}

async function addressOf(environment: string, service: string): Promise<string> {
  const namespace = namespaceOf(name, environment);
  const found = await admin.get({ apiVersion: 'v1', kind: 'Service', namespace, name: service });
  return (found?.['spec'] as { clusterIP?: string } | undefined)?.clusterIP ?? 'none';
}

describe('a branch without orders, then with it, then without', () => {
  test('its name always leads somewhere: to integration, to the own one, and back', async () => {
    const lent = await addressOf('integration', 'orders');
    expect(await resolved()).toBe(lent);
    await podsReach();
    const look = { on: true };
    const watch = async (ask: () => Promise<string>): Promise<readonly string[]> => {
      const seen = new Set<string>();
      for (; look.on; await systemClock.sleep(20)) seen.add(await ask());
      return [...seen].toSorted();
    };
    const watched = Promise.all([watch(resolved), watch(called)]);

    const delivery = await running('orders', 'feature-login', 'feature');
    const own = await addressOf('feature-login', 'orders-blue');
    await vi.waitFor(async () => expect(await resolved()).toBe(own), soon);
    await vi.waitFor(
      async () => expect((await viaRouter('a=1,environment=feature-login')).environment).toBe('feature-login'),
      soon,
    );

    const marked = await asked(wayIn('feature-login'), 'a=1');
    expect(marked.baggage?.split(/, */).toSorted()).toEqual(['a=1', 'environment=feature-login']);
    const forged = await asked(wayIn('feature-login'), 'a=1,environment=integration');
    expect(forged.baggage).toBe('environment=feature-login');

    for (const other of [undefined, 'environment=nobody', 'environment=feature-login2', 'xenvironment=feature-login']) {
      expect((await viaRouter(other)).environment).toBe('integration');
    }

    const claim = world.withdraw('feature-login', 'orders');
    await closeRoute(world, claim);
    await vi.waitFor(async () => expect(await resolved()).toBe(lent), soon);
    await vi.waitFor(
      async () => expect((await viaRouter('environment=feature-login')).environment).toBe('integration'),
      soon,
    );
    // Until the Services behind the name go, whoever remembers the address finds the pods there.
    expect(await addressOf('feature-login', 'orders-blue')).toBe(own);
    await closeServices(world, claim);
    look.on = false;
    expect(await watched).toEqual([[lent, own].toSorted(), ['feature-login', 'integration']]);
    expect(delivery.environment).toBe('feature-login');
  }, 180_000);
});

describe('who may claim requests at the router', () => {
  const rollout = realClusterAs('rollout-branch', [clusterGroup(name, 'rollout', 'branch')]);
  const place = (environment: string, kind: EnvironmentKind) =>
    servicePlaceOf(
      installation,
      {
        environment,
        kind,
        service: 'attack',
        repository: 'attack',
        branch: environment,
        generation: 1,
        tier: kind === 'feature' ? 'branch' : 'lasting',
        commit: commit('a'),
      },
      'attack',
    );
  const attack = (change: (spec: Spec) => Spec, where = place('feature-login', 'feature')): Manifest => {
    const manifest = routerRouteManifest(where, 'blue', router);
    if (manifest === undefined) throw new Error('No route for this kind.');
    return { ...manifest, spec: change(manifest['spec'] as Spec) };
  };
  interface Match {
    readonly headers?: readonly { readonly type: string; readonly name: string; readonly value: string }[];
  }
  interface Spec {
    readonly parentRefs: readonly object[];
    readonly hostnames: readonly string[];
    readonly rules: readonly { readonly matches?: readonly Match[]; readonly backendRefs: readonly object[] }[];
  }
  const matching =
    (...matches: Match[]) =>
    (spec: Spec): Spec => ({ ...spec, rules: spec.rules.map((rule) => ({ ...rule, matches })) });
  const header = (value: string, type = 'RegularExpression') => ({ headers: [{ type, name: 'baggage', value }] });
  const own = header(carries('feature-login'));

  test('a branch claims its own requests', async () => {
    await expect(rollout.apply(attack(matching(own)), 'test', { force: true })).resolves.toBeDefined();
  });

  test.each<[string, (spec: Spec) => Spec, string]>([
    ['another environment', matching(header(carries('feature-other'))), 'and no others'],
    ['integration', matching(header(carries('integration'))), 'and no others'],
    ['everything, by an expression', matching(header('.*')), 'and no others'],
    ['everything, without a header', matching({}), 'and no others'],
    [
      'everything, without a match',
      ({ rules, ...spec }) => ({ ...spec, rules: rules.map(({ backendRefs }) => ({ backendRefs })) }),
      'and no others',
    ],
    ['more with a second match', matching(own, {}), 'and no others'],
    ['its own by another header', matching({ headers: [{ ...own.headers[0]!, name: 'x-baggage' }] }), 'and no others'],
    [
      'a host that is not the router’s',
      (spec) => ({ ...spec, hostnames: [`attack-integration.${name}.localhost`] }),
      'host names',
    ],
    [
      'a host of the router at the way in',
      (spec) => ({ ...spec, parentRefs: [{ namespace: 'kube-system', name: 'public' }] }),
      'host names',
    ],
    [
      'both Gateways at once',
      (spec) => ({ ...spec, parentRefs: [...spec.parentRefs, { namespace: 'kube-system', name: 'public' }] }),
      'or to the router alone',
    ],
  ])('a branch does not claim %s', async (_what, change, why) => {
    await expect(rollout.apply(attack(change), 'test', { force: true })).rejects.toThrow(why);
    await expect(admin.apply(attack(change), 'test', { force: true })).rejects.toThrow(why);
  });

  test('a lasting environment other than integration claims nothing, not even its own', async () => {
    const where = place('pre-release', 'pre-release');
    await admin.apply(namespaceManifest(where), 'test');
    const route = attack(matching(header(carries('pre-release'))));
    const there = { ...route, metadata: { ...route.metadata, namespace: namespaceOf(name, 'pre-release') } };
    await expect(admin.apply(there, 'test', { force: true })).rejects.toThrow('lasting environments claim none');
  });

  test('no branch decides where integration’s services look for each other', async () => {
    const deploy = (tier: 'branch' | 'lasting') =>
      realClusterAs(`deploy-${tier}`, [clusterGroup(name, 'deploy', tier)]);
    const evil = routerNameManifest(name, { ...router, address: 'evil.example.com' }, 'orders');
    expect(evil.metadata.namespace).toBe(routerNamespace(name));
    await expect(deploy('branch').apply(evil, 'test', { force: true })).rejects.toThrow('cannot patch resource');
    await expect(
      deploy('lasting').apply(routerNameManifest(name, router, 'orders'), 'test', { force: true }),
    ).resolves.toBeDefined();
  });
});
