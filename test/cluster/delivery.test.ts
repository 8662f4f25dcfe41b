/**
 * The cluster's half of deliveries on a real cluster: every stage with the rights of its own group, pods from a real image, the answer
 * read through a real gateway. Needs KUBECONFIG, CLUSTER_REGISTRY (with node:24) and CLUSTER_GATEWAY.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HttpProber } from '../../lambdas/adapters/http/http-prober.ts';
import { Connection } from '../../lambdas/adapters/kubernetes/connection.ts';
import { systemClock } from '../../lambdas/adapters/clock/system-clock.ts';
import { namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import type { Delivery } from '../../lambdas/contracts/payloads.ts';
import { clusterDomain } from '../../lambdas/domain/borrowing/lender.ts';
import type { ServiceDefinition } from '../../lambdas/domain/service/definition.ts';
import { applyWorkload } from '../../lambdas/handlers/deploy/apply-workload.ts';
import { awaitPods } from '../../lambdas/handlers/deploy/await-pods.ts';
import { withdrawWorkload } from '../../lambdas/handlers/deploy/withdraw-workload.ts';
import { prepareEnvironment } from '../../lambdas/handlers/environment/prepare-environment.ts';
import { removeNamespace } from '../../lambdas/handlers/environment/remove-namespace.ts';
import { removeObjects } from '../../lambdas/handlers/environment/remove-objects.ts';
import { applyFoundation } from '../../lambdas/handlers/foundation/apply-foundation.ts';
import { removeFoundation } from '../../lambdas/handlers/foundation/remove-foundation.ts';
import { checkContract } from '../../lambdas/handlers/deploy/check-contract.ts';
import { closeRoute } from '../../lambdas/handlers/rollout/close-route.ts';
import { openRoute } from '../../lambdas/handlers/rollout/open-route.ts';
import { pointTraffic } from '../../lambdas/handlers/rollout/point-traffic.ts';
import { readBack } from '../../lambdas/handlers/rollout/read-back.ts';
import { installationOf, uniqueInstallation } from '../fakes/installation.ts';
import { ClusterWorld, commit, ERRORS, serviceFile } from '../handlers/cluster-world.ts';
import { aroundOf, inStage } from './in-stage.ts';
import { connectionOf, realCluster } from './kubeconfig.ts';

const registry = process.env['CLUSTER_REGISTRY'] ?? '127.0.0.1:5000';
const gateway = new URL(process.env['CLUSTER_GATEWAY'] ?? 'http://127.0.0.1:8000').host;
const name = uniqueInstallation('mani');
const admin = realCluster();
const world = new ClusterWorld({
  cluster: admin,
  prober: new HttpProber(),
  clock: systemClock,
  installation: installationOf(
    name,
    { access: 'internal', gateway: { namespace: 'kube-system', name: 'public' }, address: gateway },
    { cpu: '1', memory: '1Gi', disk: '4Gi', pods: 10 },
  ),
});
world.imageRepository = `${registry}/node`;

const as = {
  environment: inStage(world, 'environment'),
  deploy: inStage(world, 'deploy'),
  rollout: inStage(world, 'rollout'),
};
const foundation = { ...aroundOf(world), cluster: admin, autoMode: false, targetGroups: {} };
let digest = '';

/** A service that answers its commit, and ends orderly. */
const SERVER = `
let closing = false;
const server = require('node:http').createServer((_, response) => {
  if (closing) response.setHeader('connection', 'close');
  response.writeHead(200, { 'espalier-commit': process.env.ESPALIER_COMMIT }).end(process.env.ESPALIER_COMMIT);
});
server.listen(Number(process.env.PORT));
process.on('SIGTERM', () => { closing = true; server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

const service = (change: Partial<ServiceDefinition> = {}) =>
  serviceFile({ command: ['node', '-e', SERVER], resources: { cpu: '5m', memory: '64Mi' }, ...change });

async function running(pushed: string, definition: ServiceDefinition): Promise<Delivery> {
  const delivery = world.deliver(pushed, definition);
  await prepareEnvironment(as.environment, delivery);
  await openRoute(as.rollout, delivery, 'blue');
  await applyWorkload(as.deploy, delivery, digest, { side: 'blue', beside: false });
  await eventually(() => awaitPods(as.deploy, delivery, 'blue'));
  await expect(checkContract(as.deploy, delivery, 'blue')).resolves.toEqual({ kind: 'kept' });
  await pointTraffic(as.rollout, delivery, 'blue');
  return delivery;
}

/** Asks again while it is told to wait or that the trouble is passing, as a state machine does. */
async function eventually<Answer extends { readonly kind: string }>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask().catch((error: Error) => {
      if (error.name !== ERRORS.transient || attempt >= 6) throw error;
      return { kind: 'waiting' } as const;
    });
    if (answer.kind !== 'waiting') return answer as Answer;
    if (attempt >= 6) throw new Error(JSON.stringify(answer));
    await systemClock.sleep(200);
  }
}

beforeAll(async () => {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const answer = await fetch(`http://${registry}/v2/node/manifests/24`, { method: 'HEAD', headers: { accept } });
  digest = answer.headers.get('docker-content-digest') ?? '';
  await applyFoundation(foundation);
  // Policies and rights reach the API server's own cache a moment after they were stored.
  await systemClock.sleep(2_000);
});

afterAll(async () => {
  await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespaceOf(name, 'feature-login') });
  await removeFoundation(foundation);
});

describe('a delivery', () => {
  test('a push into a new environment is reachable, and read back as such', async () => {
    const begun = Date.now();
    const delivery = await running(commit('a'), service());
    const answer = await eventually(() => readBack(as.rollout, delivery, 'blue'));
    expect(answer).toMatchObject({ kind: 'verified', url: expect.stringContaining('orders-feature-login') as string });
    console.log(`reachable after ${String(Date.now() - begun)} ms`);
    world.settle(delivery);
  });

  test('a second push updates in place and loses no request', async () => {
    const host = `orders-feature-login.${name}.localhost`;
    const seen = new Map<string, number>();
    const load = { asking: true };
    const requests = (async () => {
      while (load.asking) {
        const answer = await world.prober.ask({ url: `http://${host}/`, connectTo: gateway, timeoutMs: 2_000 });
        const said =
          answer.kind === 'answered' ? `${String(answer.status)} ${answer.commit?.[0] ?? ''}` : answer.reason;
        seen.set(said, (seen.get(said) ?? 0) + 1);
        await systemClock.sleep(10);
      }
    })();
    const delivery = await running(commit('b'), service());
    await expect(eventually(() => readBack(as.rollout, delivery, 'blue'))).resolves.toMatchObject({ kind: 'verified' });
    await systemClock.sleep(5_000);
    load.asking = false;
    await requests;
    expect([...seen.keys()].toSorted()).toEqual(['200 a', '200 b']);
    world.settle(delivery);
  });

  test('an image that crashes is told with its pod and exit code, and the earlier version keeps serving', async () => {
    const crashing = service({ command: ['node', '-e', 'process.exit(7)'] });
    await expect(running(commit('c'), crashing)).rejects.toMatchObject({
      name: ERRORS.rejected,
      reason: expect.stringMatching(/Pod orders-blue-\S+: it crashes: exit code 7/) as string,
    });
    const host = `orders-feature-login.${name}.localhost`;
    await expect(world.prober.ask({ url: `http://${host}/`, connectTo: gateway, timeoutMs: 2_000 })).resolves.toEqual({
      kind: 'answered',
      status: 200,
      commit: commit('b'),
    });
  });

  test('more than the quota allows is told with the quota', async () => {
    const greedy = service({ resources: { cpu: '5m', memory: '900Mi' }, replicas: 3 });
    await expect(running(commit('d'), greedy)).rejects.toMatchObject({
      name: ERRORS.rejected,
      reason: expect.stringContaining('exceeded quota') as string,
    });
  });

  test('an image that is not there is told', async () => {
    const delivery = world.deliver(commit('e'), service());
    await applyWorkload(as.deploy, delivery, `sha256:${'0'.repeat(64)}`, { side: 'blue', beside: false });
    await expect(eventually(() => awaitPods(as.deploy, delivery, 'blue'))).rejects.toMatchObject({
      name: ERRORS.rejected,
      reason: expect.stringMatching(/Pod orders-blue-\S+: its image .* cannot be pulled/) as string,
    });
  });

  test('the plain Service leads to the ready side, and a second service stands beside the first', async () => {
    await running(commit('f'), service());
    const web = await running(commit('9'), service({ name: 'web', dependencies: ['orders'] }));
    await expect(eventually(() => readBack(as.rollout, web, 'blue'))).resolves.toMatchObject({ kind: 'verified' });
    const connection = new Connection(connectionOf());
    const services = `/api/v1/namespaces/${namespaceOf(name, 'feature-login')}/services`;
    // In a branch it is another name of the side's Service.
    await expect(connection.send({ method: 'GET', path: `${services}/orders` })).resolves.toMatchObject({
      body: { spec: { externalName: `orders-blue.${clusterDomain(namespaceOf(name, 'feature-login'))}` } },
    });
    const path = `${services}/orders-blue:http/proxy/`;
    await expect(connection.send({ method: 'GET', path })).resolves.toEqual({ status: 200, body: commit('f') });
    connection.close();
  });

  test('a service that is withdrawn leaves the others alone, and a removed environment is gone', async () => {
    const withdrawal = world.withdraw('feature-login', 'orders');
    await closeRoute(as.rollout, withdrawal);
    await withdrawWorkload(as.deploy, withdrawal);
    const deployments = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: namespaceOf(name, 'feature-login') };
    expect((await admin.list(deployments)).map(({ metadata }) => metadata.name)).toEqual(['web-blue']);

    const removal = world.remove('feature-login');
    await removeObjects(as.environment, removal);
    await expect(eventually(() => removeNamespace(as.environment, removal))).resolves.toEqual({ kind: 'ready' });
  });
});
