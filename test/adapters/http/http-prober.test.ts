/** The prober asks one thing at one place, and every end of a request is an answer. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HttpProber } from '../../../lambdas/adapters/http/http-prober.ts';

const prober = new HttpProber();
let server: Server;
let address = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/elsewhere') {
      response.writeHead(302, { location: '/' }).end();
      return;
    }
    response.writeHead(200, { 'espalier-commit': `${request.headers.host ?? ''}${request.url ?? ''}` }).end('body');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('the prober', () => {
  test('connects where the gateway is and asks for the name in the URL', async () => {
    const question = { url: 'http://orders-x.shop.localhost:8000/health?deep=1', connectTo: address, timeoutMs: 1_000 };
    await expect(prober.ask(question)).resolves.toEqual({
      kind: 'answered',
      status: 200,
      commit: 'orders-x.shop.localhost:8000/health?deep=1',
    });
  });

  test('follows no redirect', async () => {
    await expect(prober.ask({ url: `http://${address}/elsewhere`, timeoutMs: 1_000 })).resolves.toEqual({
      kind: 'answered',
      status: 302,
    });
  });

  test('gives up in time when no answer comes', async () => {
    const begun = Date.now();
    await expect(prober.ask({ url: `http://${address}/silent`, timeoutMs: 200 })).resolves.toMatchObject({
      kind: 'unreachable',
    });
    expect(Date.now() - begun).toBeLessThan(2_000);
  });

  test('an address where nobody listens is an answer too', async () => {
    await expect(prober.ask({ url: 'http://127.0.0.1:1/', timeoutMs: 1_000 })).resolves.toEqual({
      kind: 'unreachable',
      reason: expect.stringContaining('ECONNREFUSED') as string,
    });
  });
});
