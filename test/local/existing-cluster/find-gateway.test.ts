/** Which Gateway a cluster is entered by, asked of an API that has the Gateways of each test. */
import { once } from 'node:events';
import { createServer as createHttpsServer, type Server } from 'node:https';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificatesOf } from '../../../local/cluster/tls.ts';
import { findGateway } from '../../../local/existing-cluster/find-gateway.ts';
import type { Administrator } from '../../../local/existing-cluster/kubeconfig.ts';

const directory = mkdtempSync(join(tmpdir(), 'gateways-'));
const somebody = createServer().listen(0, '127.0.0.1');
await once(somebody, 'listening');
let api: Server;
let administrator: Administrator;
let gateways: object[] | undefined;

beforeAll(async () => {
  const { server, authority } = await certificatesOf(directory);
  api = createHttpsServer(server, (_request, response) => {
    response.writeHead(gateways ? 200 : 404).end(JSON.stringify({ items: gateways }));
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  administrator = { endpoint: `https://127.0.0.1:${(api.address() as AddressInfo).port}`, tls: { ca: authority } };
});

afterAll(() => {
  api.close();
  somebody.close();
  rmSync(directory, { recursive: true });
});

const { port: used } = somebody.address() as AddressInfo;
const unused = 1;

function gateway(name: string, { port = used, protocol = 'HTTP', addresses = [] as string[] } = {}): object {
  return {
    metadata: { namespace: 'edge', name, uid: 'x' },
    spec: {
      listeners: [
        { port: 443, protocol: 'HTTPS' },
        { port, protocol },
      ],
    },
    status: { addresses: addresses.map((value) => ({ value })) },
  };
}

describe('the Gateway of an existing cluster', () => {
  it('is the only one, where its status says', async () => {
    gateways = [gateway('public', { port: 80, addresses: ['172.18.0.5'] })];
    await expect(findGateway(administrator, undefined)).resolves.toEqual({
      namespace: 'edge',
      name: 'public',
      address: '172.18.0.5:80',
    });
  });

  it('is on this machine when the cluster is, and somebody listens there', async () => {
    gateways = [gateway('public')];
    await expect(findGateway(administrator, undefined)).resolves.toMatchObject({ address: `127.0.0.1:${used}` });
    gateways = [gateway('public', { port: unused })];
    await expect(findGateway(administrator, undefined)).rejects.toThrow('--gateway edge/public@HOST:PORT');
  });

  it('is the one that a person says, and where', async () => {
    gateways = [gateway('public'), gateway('other')];
    await expect(findGateway(administrator, 'edge/other@10.0.0.1:80')).resolves.toEqual({
      namespace: 'edge',
      name: 'other',
      address: '10.0.0.1:80',
    });
    await expect(findGateway(administrator, 'edge/public')).resolves.toMatchObject({ name: 'public' });
  });

  it('must be said when there are several, and must exist', async () => {
    gateways = [gateway('public'), gateway('other')];
    await expect(findGateway(administrator, undefined)).rejects.toThrow('several Gateways: edge/public, edge/other');
    await expect(findGateway(administrator, 'edge/missing')).rejects.toThrow('it has: edge/public, edge/other');
    await expect(findGateway(administrator, 'public')).rejects.toThrow('NAMESPACE/NAME@HOST:PORT');
    gateways = [gateway('public', { protocol: 'TLS' })];
    await expect(findGateway(administrator, undefined)).rejects.toThrow('no listener of protocol HTTP');
    gateways = undefined;
    await expect(findGateway(administrator, undefined)).rejects.toThrow('The cluster has no Gateway');
  });
});
