/**
 * Requests that the real gateway counted, as the real Prometheus tells them: exactly those of one side, since one moment.
 * CLUSTER_GATEWAY and CLUSTER_PROMETHEUS say where they are.
 */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Prometheus } from '../../lambdas/adapters/prometheus/prometheus.ts';
import { errorCount, latency, requestCount, successRate } from '../../lambdas/domain/analysis/queries.ts';
import { namespace, sideName, type ServicePlace } from '../../lambdas/domain/manifests/manifest.ts';
import { uniqueInstallation } from '../fakes/installation.ts';
import { realCluster } from './kubeconfig.ts';

const gateway = new URL(process.env['CLUSTER_GATEWAY'] ?? 'http://127.0.0.1:8000');
const prometheus = new Prometheus(process.env['CLUSTER_PROMETHEUS'] ?? 'http://127.0.0.1:9090');
const image = `${process.env['CLUSTER_REGISTRY'] ?? '127.0.0.1:5000'}/node:24`;
const admin = realCluster();
const place: ServicePlace = {
  installation: uniqueInstallation('meas'),
  environment: 'main',
  kind: 'pre-release',
  branch: 'main',
  key: 'orders',
  repository: 'orders',
  name: 'orders',
};
const host = `orders.${place.installation}.localhost`;
const labels = { app: 'measured' };
/** Answers with the status that the path names. */
const SERVER = `require('http').createServer((q, a) => { a.writeHead(Number(q.url.slice(1)) || 200); a.end(); }).listen(8080)`;

function objects() {
  const metadata = { name: sideName(place.name, 'blue'), namespace: namespace(place) };
  const container = { name: 'main', image, command: ['node', '-e', SERVER], ports: [{ containerPort: 8080 }] };
  const readinessProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace(place) } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ ...container, readinessProbe }] } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata,
      spec: {
        parentRefs: [{ namespace: 'kube-system', name: 'public' }],
        hostnames: [host],
        rules: [{ backendRefs: [{ name: metadata.name, port: 80 }] }],
      },
    },
  ];
}

function ask(status: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: gateway.hostname, port: gateway.port, path: `/${String(status)}`, headers: { host }, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}
const askOften = async (times: number, status: number) => {
  for (let time = 0; time < times; time += 1) expect(await ask(status)).toBe(status);
};
const read = async (query: string) => prometheus.query(query, Date.now());

beforeAll(async () => {
  for (const object of objects()) await admin.apply(object, 'test');
  await vi.waitFor(
    async () => {
      const status = await ask(204);
      if (status !== 204) throw new Error(`The route answers ${String(status)}.`);
    },
    { timeout: 60_000, interval: 200 },
  );
});

afterAll(async () => {
  await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace(place) });
});

describe('requests at the real gateway', () => {
  test('are counted exactly, for one side and since one moment', async () => {
    await askOften(7, 500);
    // What was before the moment must not count: wait until it is scraped.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const blue = { place, side: 'blue', from: Date.now() } as const;
    expect(await read(requestCount(blue))).toEqual({ kind: 'value', value: 0 });
    expect(await read(successRate(blue))).toMatchObject({ kind: 'no-data' });

    await askOften(30, 200);
    await askOften(10, 503);
    await vi.waitFor(async () => expect(await read(requestCount(blue))).toEqual({ kind: 'value', value: 40 }), {
      timeout: 10_000,
      interval: 200,
    });
    expect(await read(errorCount(blue))).toEqual({ kind: 'value', value: 10 });
    expect(await read(successRate(blue))).toEqual({ kind: 'value', value: 75 });
    const slowest = await read(latency(blue, 95));
    expect(slowest.kind === 'value' && slowest.value > 0 && slowest.value < 1_000).toBe(true);
    expect(await read(requestCount({ ...blue, side: 'green' }))).toEqual({ kind: 'value', value: 0 });
  });

  test('that were not measured at the beginning are no data, not zero', async () => {
    const before = { place, side: 'blue', from: Date.UTC(2020, 0) } as const;
    expect(await read(errorCount(before))).toMatchObject({ kind: 'no-data' });
  });
});
