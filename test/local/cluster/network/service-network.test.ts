/** Pods calling each other by name, as their own HTTP client does it: fetch with HTTP_PROXY. */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchedNames } from '../../../../local/cluster/network/service-names.ts';
import type { Pod } from '../../../../local/cluster/kinds.ts';
import {
  ask,
  container,
  createGateway,
  createRoute,
  deploy,
  readyPods,
  startTestCluster,
  until,
} from '../start-cluster.ts';
import type { Answer, TestCluster } from '../start-cluster.ts';

let it: TestCluster;
let caller: Pod;
beforeAll(async () => {
  it = await startTestCluster();
  const dnsConfig = { searches: ['two.svc.cluster.local'] };
  deploy(it, 'caller', { dnsConfig }, { replicas: 1 });
  deploy(it, 'orders', { containers: [container({ env: [{ name: 'VERSION', value: 'one' }] })] }, { replicas: 1 });
  for (const name of ['orders', 'stock'])
    deploy(
      it,
      name,
      { containers: [container({ env: [{ name: 'VERSION', value: `${name} of two` }] })] },
      { replicas: 1 },
      'two',
    );
  [caller] = (await readyPods(it, 'caller', 1)) as [Pod];
  await Promise.all([readyPods(it, 'orders', 1), readyPods(it, 'orders', 1, 'two'), readyPods(it, 'stock', 1, 'two')]);
});
afterAll(async () => await it.stop());

const call = async (url: string): Promise<Answer> => {
  const { host, port } = it.pods.address(caller.status?.podIP ?? '', 8080) ?? { host: '', port: 0 };
  return await ask(`${host}:${port}`, `/call?url=${encodeURIComponent(url)}`);
};

test('looks short names up in the caller’s namespace first, then in its search domains', () => {
  expect(searchedNames('orders', 'one', ['two.svc.cluster.local'])).toEqual([
    'orders.one.svc.cluster.local',
    'orders.svc.cluster.local',
    'orders.cluster.local',
    'orders.two.svc.cluster.local',
    'orders',
  ]);
  expect(searchedNames('orders.one.svc.cluster.local', 'two')).toContain('orders.one.svc.cluster.local');
  expect(searchedNames('orders.example.', 'two')).toEqual(['orders.example']);
});

test.each([
  ['http://orders/', 'version one'],
  ['http://orders:80/', 'version one'],
  ['http://orders.two/', 'version orders of two'],
  ['http://orders.two.svc/', 'version orders of two'],
  ['http://orders.two.svc.cluster.local/', 'version orders of two'],
  ['http://stock/', 'version stock of two'],
  ['http://localhost:8080/', 'version 1'],
])('a pod reaches %s', async (url, text) => {
  expect(await call(url)).toMatchObject({ status: 200, text });
});

test('reaches a Service by its cluster address and a pod by its own', async () => {
  const service = it.cluster.get('Service', 'two', 'stock');
  const [pod] = await readyPods(it, 'stock', 1, 'two');
  expect((await call(`http://${service?.spec.clusterIP}/`)).text).toBe('version stock of two');
  expect((await call(`http://${pod?.status?.podIP}:8080/`)).text).toBe('version stock of two');
});

test('says what is wrong: unknown name, wrong port, nobody ready', async () => {
  expect((await call('http://nobody/')).headers['called-status']).toBe('502');
  expect((await call('http://nobody/')).text).toContain('No Service is called nobody for pods in namespace one');
  expect((await call('http://orders:81/')).text).toContain('Service one/orders has no port 81; it has 80');
  deploy(it, 'asleep', {}, { replicas: 0 });
  expect(await call('http://asleep/')).toMatchObject({ headers: { 'called-status': '503' } });
  expect((await ask(it.network.proxyAddress, '/')).status).toBe(400);
});

test('follows ExternalName and hand-made endpoints of a Service without selector', async () => {
  it.cluster.create('Service', {
    metadata: { name: 'alias', namespace: 'one' },
    spec: { type: 'ExternalName', externalName: 'stock.two.svc.cluster.local' },
  });
  expect((await call('http://alias/')).text).toBe('version stock of two');
  const [pod] = await readyPods(it, 'stock', 1, 'two');
  it.cluster.create('Service', {
    metadata: { name: 'borrowed', namespace: 'one' },
    spec: { ports: [{ name: 'http', port: 80 }] },
  });
  it.cluster.create('EndpointSlice', {
    metadata: { name: 'borrowed-1', namespace: 'one', labels: { 'kubernetes.io/service-name': 'borrowed' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [{ addresses: [pod?.status?.podIP ?? ''], conditions: { ready: true } }],
  });
  expect((await call('http://borrowed/')).text).toBe('version stock of two');
});

test('tunnels for clients that ask with CONNECT', async () => {
  const [host = '', port] = it.network.proxyAddress.split(':');
  const authorization = `Basic ${Buffer.from(`${caller.metadata.uid}:`).toString('base64')}`;
  const text = await new Promise<string>((resolve, reject) => {
    const headers = { 'proxy-authorization': authorization };
    const tunnel = request({ host, port: Number(port), method: 'CONNECT', path: 'orders:80', headers });
    tunnel.on('error', reject).on('connect', (_: IncomingMessage, socket) => {
      const inner = request({ host: 'orders', createConnection: () => socket, path: '/' }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      inner.end();
    });
    tunnel.end();
  });
  expect(text).toBe('version one');
});

test('gives nothing new to a terminating pod while it finishes what it has', async () => {
  const preStop = { exec: { command: ['sleep', '1'] } };
  deploy(it, 'leaving', { containers: [container({ lifecycle: { preStop } })] }, { replicas: 1 });
  const [pod] = await readyPods(it, 'leaving', 1);
  const slow = call('http://leaving/slow');
  await new Promise((resolve) => setTimeout(resolve, 50));
  deploy(it, 'leaving', { containers: [container({ lifecycle: { preStop } })] }, { replicas: 0 });
  await until('marked', () => it.cluster.get('Pod', 'one', pod?.metadata.name ?? '')?.metadata.deletionTimestamp);
  await until('out', () =>
    it.cluster
      .list('EndpointSlice', 'one')
      .some((slice) =>
        slice.endpoints?.some(
          (own) =>
            own.conditions?.terminating === true && own.conditions.ready === false && own.conditions.serving === true,
        ),
      ),
  );
  expect(await call('http://leaving/')).toMatchObject({ headers: { 'called-status': '503' } });
  expect((await slow).text).toBe('slow');
});

test('leads pods to the gateway by the Service of its embodied pods', async () => {
  createGateway(it);
  const spec = {
    containers: [
      {
        name: 'gateway',
        image: 'docker.io/library/traefik:v3.6@sha256:2',
        ports: [{ containerPort: 8000, name: 'http' }],
      },
    ],
  };
  deploy(it, 'entry', spec, { replicas: 1 }, 'gateways');
  await readyPods(it, 'entry', 1, 'gateways');
  const hostnames = ['entry.gateways.svc.cluster.local'];
  createRoute(it, 'inner', { hostnames, rules: [{ backendRefs: [{ name: 'stock', port: 80 }] }] }, 'two');
  await until('attached', () => it.cluster.get('HTTPRoute', 'two', 'inner')?.status);
  expect((await call(`http://${hostnames[0]}/`)).text).toBe('version stock of two');
});
