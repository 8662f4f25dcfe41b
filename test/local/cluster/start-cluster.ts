/**
 * A cluster without its HTTP API for tests of what reacts: stored objects, controllers, pods as processes, gateway and service
 * network, with an image to run. Separate because three folders of tests start the same.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeploymentSpec } from 'kubernetes-types/apps/v1.js';
import type { Container, PodSpec } from 'kubernetes-types/core/v1.js';
import { createObjects } from '../../../local/cluster/api/objects.ts';
import { startControllers } from '../../../local/cluster/controllers/start-controllers.ts';
import { typedCluster } from '../../../local/cluster/kinds.ts';
import type { Cluster, HttpRoute, Kind, Pod } from '../../../local/cluster/kinds.ts';
import { startNetwork } from '../../../local/cluster/network/start-network.ts';
import type { Network } from '../../../local/cluster/network/start-network.ts';
import type { Objects } from '../../../local/cluster/objects.ts';
import { startPods } from '../../../local/cluster/pods/start-pods.ts';
import type { Pods } from '../../../local/cluster/pods/start-pods.ts';
import type { ImageConfig } from '../../../local/image.ts';

/** A small service: health, its variables, calls to others, a slow answer, a crash, and an orderly end. */
const server = `
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
let ready = process.env.READY !== 'no';
const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://x');
  if (closing) response.setHeader('connection', 'close');
  if (url.pathname === '/health') return response.writeHead(ready ? 200 : 503).end();
  if (url.pathname === '/ready') { ready = url.searchParams.get('is') === 'yes'; return response.end('ok'); }
  if (url.pathname === '/crash') { response.end('bye'); return setTimeout(() => process.exit(3), 5); }
  if (url.pathname === '/env') return response.end(process.env[url.searchParams.get('name')] ?? '');
  if (url.pathname === '/file') return response.end(readFileSync(url.searchParams.get('path')));
  if (url.pathname === '/headers') return response.end(JSON.stringify({ url: request.url, ...request.headers }));
  if (url.pathname === '/slow') return setTimeout(() => response.end('slow'), 300);
  if (url.pathname === '/echo') return request.pipe(response);
  if (url.pathname === '/call') {
    const answer = await fetch(url.searchParams.get('url')).catch((error) => ({ status: 0, text: () => String(error.cause ?? error) }));
    return response.writeHead(200, { 'called-status': answer.status }).end(await answer.text());
  }
  response.end('version ' + (process.env.VERSION ?? '1'));
});
let closing = false;
console.log('started version ' + (process.env.VERSION ?? '1'));
server.listen(Number(process.env.PORT));
process.on('SIGTERM', () => {
  closing = true;
  console.log('ending');
  if (process.env.STUBBORN) return;
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
`;

/** The image's name. */
export const image = 'registry.example/server@sha256:1';

const config: ImageConfig = {
  entrypoint: ['node'],
  cmd: ['server.mjs'],
  env: {
    PATH: '/usr/local/bin:/usr/bin',
    PORT: '8080',
    FROM_IMAGE: 'yes',
  },
  workingDir: '/app',
  user: '1000',
  labels: {},
  exposedPorts: [8080],
};

/** A running cluster of a test. */
export interface TestCluster {
  readonly objects: Objects;
  readonly cluster: Cluster;
  readonly pods: Pods;
  readonly network: Network;
  readonly directory: string;
  readonly logged: string[];
  stop(keepFiles?: boolean): Promise<void>;
}

/** Starts one; `directory` continues an earlier one's. */
export async function startTestCluster(
  options: { directory?: string; routeDelayMs?: number } = {},
): Promise<TestCluster> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'cluster-')));
  const imageDirectory = join(directory, 'image');
  await mkdir(join(imageDirectory, 'rootfs/app'), { recursive: true });
  await writeFile(join(imageDirectory, 'rootfs/app/server.mjs'), server);
  const objects = createObjects({ stateDirectory: directory });
  const logged: string[] = [];
  const log = (line: string): void => void logged.push(line);
  let pods: Pods | undefined;
  const network = await startNetwork(objects, {
    gatewayPort: 0,
    podAddress: (ip, port) => pods?.address(ip, port),
    ...(options.routeDelayMs === undefined ? {} : { routeDelayMs: options.routeDelayMs }),
  });
  const images = {
    find: async (name: string) =>
      await Promise.resolve(name === image ? { directory: imageDirectory, config } : undefined),
  };
  const { proxyAddress, gatewayAddress } = network;
  const backOff = { first: 200, longest: 1_000 };
  pods = startPods(objects, { images, stateDirectory: directory, proxyAddress, gatewayAddress, log, backOff });
  const controllers = startControllers(objects, { log });
  const cluster = typedCluster(objects);
  for (const name of ['one', 'two', 'gateways'])
    if (!cluster.get('Namespace', undefined, name)) cluster.create('Namespace', { metadata: { name } });
  const running = pods;
  return {
    objects,
    cluster,
    pods,
    network,
    directory,
    logged,
    async stop(keepFiles = false) {
      controllers.stop();
      await running.stop();
      await network.stop();
      if (!keepFiles)
        await rm(directory, {
          recursive: true,
          force: true,
        });
    },
  };
}

/** A container of the test image with a readiness probe. */
export function container(change: Partial<Container> = {}): Container {
  return {
    name: 'main',
    image,
    ports: [
      {
        containerPort: 8080,
        name: 'http',
      },
    ],
    readinessProbe: {
      httpGet: {
        path: '/health',
        port: 'http',
      },
      periodSeconds: 1,
    },
    ...change,
  };
}

/** Creates or changes a Deployment of two pods with a Service of the same name. */
export function deploy(
  { cluster }: TestCluster,
  name: string,
  pod: Partial<PodSpec> = {},
  change: Partial<DeploymentSpec> = {},
  namespace = 'one',
): void {
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { containers: [container()], terminationGracePeriodSeconds: 3, ...pod },
  };
  const strategy = { type: 'RollingUpdate' as const, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  const spec = { replicas: 2, selector: { matchLabels: labels }, strategy, template, ...change };
  const found = cluster.get('Deployment', namespace, name);
  if (found) cluster.objects.update({ ...found, spec });
  else cluster.create('Deployment', { metadata: { name, namespace }, spec });
  if (cluster.get('Service', namespace, name)) return;
  cluster.create('Service', {
    metadata: { name, namespace },
    spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  });
}

/** Creates a GatewayClass, a Gateway open to all namespaces, and answers the reference that routes need. */
export function createGateway({ cluster }: TestCluster): { name: string; namespace: string } {
  cluster.create('GatewayClass', {
    metadata: { name: 'inner' },
    spec: { controllerName: 'traefik.io/gateway-controller' },
  });
  const allowedRoutes = { namespaces: { from: 'All' } };
  cluster.create('Gateway', {
    metadata: { name: 'public', namespace: 'gateways' },
    spec: { gatewayClassName: 'inner', listeners: [{ name: 'web', port: 80, protocol: 'HTTP', allowedRoutes }] },
  });
  return { name: 'public', namespace: 'gateways' };
}

/** Creates a route in namespace `one` (or another) to the public Gateway. */
export function createRoute({ cluster }: TestCluster, name: string, spec: HttpRoute['spec'], namespace = 'one'): void {
  const parentRefs = [{ name: 'public', namespace: 'gateways' }];
  cluster.create('HTTPRoute', { metadata: { name, namespace }, spec: { parentRefs, ...spec } });
}

/** Waits until a question has an answer; says which question when it has none in time. */
export async function until<T>(what: string, ask: () => T | undefined | false, timeoutMs = 6_000): Promise<T> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(10)) {
    const found = ask();
    if (found !== undefined && found !== false) return found;
  }
  throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
}

/** The pods of a name's Deployment that are Ready, once there are so many. */
export async function readyPods(
  { cluster }: TestCluster,
  name: string,
  count: number,
  namespace = 'one',
): Promise<Pod[]> {
  return await until(`${count} ready pods of ${name}`, () => {
    const own = cluster.list('Pod', namespace).filter((pod) => pod.metadata.labels?.app === name);
    const ready = own.filter((pod) =>
      pod.status?.conditions?.some((is) => is.type === 'Ready' && is.status === 'True'),
    );
    return ready.length === count && ready;
  });
}

/** The status of one object. */
export function statusOf(
  { cluster }: TestCluster,
  kind: Kind,
  name: string,
  namespace = 'one',
): Record<string, unknown> {
  return (cluster.get(kind, namespace, name)?.status ?? {}) as Record<string, unknown>;
}

/** Waits until a Deployment's last change has arrived at all its pods and no others are left. */
export async function rolledOut(it: TestCluster, name: string, namespace = 'one'): Promise<void> {
  await until(`${name} is rolled out`, () => {
    const { spec, status, metadata } = it.cluster.get('Deployment', namespace, name) ?? {};
    const pods = it.cluster.list('Pod', namespace).filter((pod) => pod.metadata.labels?.app === name);
    const counts = [status?.updatedReplicas, status?.replicas, status?.availableReplicas, pods.length];
    const progress = status?.conditions?.find((own) => own.type === 'Progressing');
    const seen = status?.observedGeneration === metadata?.generation && progress?.reason === 'NewReplicaSetAvailable';
    return seen && counts.every((count) => (count ?? 0) === spec?.replicas);
  });
}

/** One HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Record<string, string | string[] | undefined>;
}

/** Asks an address with a Host header; 0 stands for no answer at all. */
export async function ask(
  address: string,
  path = '/',
  options: { host?: string; method?: string; headers?: Record<string, string>; body?: string; agent?: Agent } = {},
): Promise<Answer> {
  const [hostname = '', port] = address.split(':');
  const { method = 'GET', body, agent = new Agent() } = options;
  const headers = { ...(options.host ? { host: options.host } : {}), ...options.headers };
  return await new Promise((resolve) => {
    const asked = request({ hostname, port: Number(port), path, method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => resolve({ status: 0, text: error.message, headers: {} }));
      response.on('end', () => {
        const { statusCode = 0 } = response;
        resolve({ status: statusCode, text: Buffer.concat(chunks).toString(), headers: response.headers });
      });
    });
    asked.on('error', (error) => resolve({ status: 0, text: error.message, headers: {} }));
    asked.end(body);
  });
}
