/** A load on a real server of this machine: every request is counted, as what it was. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startLoad, type Load, type LoadOptions } from '../../../bench/traffic/load.ts';
import { reportOf } from '../../../bench/traffic/report.ts';

const SECONDS = 20;
const servers: Server[] = [];
const loads: Load[] = [];

afterEach(async () => {
  await Promise.all(loads.splice(0).map((load) => load.stop()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: RequestListener): Promise<{ address: string; connections: Set<Socket> }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  const connections = new Set<Socket>();
  server.on('connection', (socket) => connections.add(socket));
  await once(server, 'listening');
  return { address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`, connections };
}

function load(address: string, more: Partial<LoadOptions> = {}): Load {
  const options = { address, name: 'orders.localhost', perSecond: 500, requests: 60, seconds: SECONDS, ...more };
  const started = startLoad(options);
  loads.push(started);
  return started;
}

describe('a load', () => {
  it('sends what it was asked to, to the route it was given, half of it over kept connections', async () => {
    const seen: string[] = [];
    const { address, connections } = await serve((request, response) => {
      seen.push(`${request.headers.host ?? ''} ${request.url ?? ''} ${request.headers.connection ?? ''}`);
      response.writeHead(200, { 'espalier-commit': 'c0ffee' }).end();
    });
    const report = reportOf(await load(address).ended());
    expect(report).toMatchObject({ requests: 60, lost: 0, statuses: { 200: 60 } });
    expect(report.connections).toEqual({ kept: { requests: 30, lost: 0 }, new: { requests: 30, lost: 0 } });
    expect(report.commits).toMatchObject([{ commit: 'c0ffee', count: 60 }]);
    expect(seen.filter((line) => line === 'orders.localhost /health keep-alive')).toHaveLength(30);
    expect(seen.filter((line) => line === 'orders.localhost /health close')).toHaveLength(30);
    expect(connections.size).toBeLessThanOrEqual(30 + 16);
  });

  it('keeps its rate, whatever the answers do', async () => {
    const { address } = await serve(() => undefined);
    const outcomes = await load(address, { perSecond: 200, requests: 40, patienceMs: 300 }).ended();
    expect(reportOf(outcomes)).toMatchObject({ requests: 40, lost: 40, lostBecause: { 'time-out': 40 } });
    const times = outcomes.map(({ sentAt }) => sentAt);
    // One every 5 ms: 195 ms in theory. A server that never answers would stretch a load that waits to seconds.
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1_000);
  });

  it('knows a reset, a refusal, an answer that breaks off, and an error that is not of the service', async () => {
    let number = 0;
    const { address } = await serve((request, response) => {
      number += 1;
      if (number % 3 === 0) request.socket.resetAndDestroy();
      else if (number % 3 === 1) response.writeHead(503).end('no available server');
      else {
        response.writeHead(200, { 'content-length': '100' }).write('half');
        setImmediate(() => request.socket.destroy());
      }
    });
    const { lostBecause } = reportOf(await load(address).ended());
    expect(lostBecause).toEqual({ reset: 40, '503, not of the service': 20 });

    const [gone] = servers.splice(0);
    gone?.closeAllConnections();
    gone?.close();
    expect(reportOf(await load(address).ended()).lostBecause).toEqual({ refused: 60 });
  });

  it('stops when it is told to, and has said everything then', async () => {
    const { address } = await serve((_, response) => response.end());
    const started = load(address, { requests: 10_000 });
    const early = await started.since(0);
    const all = await started.stop();
    expect(all.length).toBeGreaterThanOrEqual(early.length);
    expect(all.length).toBeLessThan(10_000);
    expect(await started.stop()).toBe(all);
    expect(await started.since(0)).toEqual(all);
    expect(await started.since(Date.now() + 1_000)).toEqual([]);
  });

  it.each(['10.0.0.1:80', 'example.com:80', '0.0.0.0:80', '128.0.0.1:80', '127.0.0.1.example.com:80', '127.0.0.1'])(
    'never leaves this machine: %s is refused',
    (address) => {
      expect(() => startLoad({ address, name: 'orders', perSecond: 1, seconds: 1 })).toThrow(
        `${address} is not one of its loopback addresses; allowed: 127.0.0.1:PORT`,
      );
    },
  );

  it.each([
    [{ perSecond: 5_000 }, '5000 requests per second is out of bounds; allowed: more than 0, at most 1000'],
    [{ seconds: 0 }, '0 seconds is out of bounds'],
    [{ seconds: Number.NaN }, 'NaN seconds is out of bounds'],
    [{ requests: 5_000_000 }, '5000000 requests is out of bounds'],
  ])('is bounded: %o', (more, message) => {
    const options = { address: '127.0.0.1:1', name: 'orders', perSecond: 1, seconds: 1, ...more };
    expect(() => startLoad(options)).toThrow(message);
  });
});
