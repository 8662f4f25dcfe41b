/**
 * The example services keep the contract that they are examples of.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, createServer, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { exampleDirectory, startExample, type RunningService } from './running-service.ts';

const EXAMPLES = ['web', 'orders', 'inventory'];
const running: RunningService[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
});

async function start(name: string, variables?: Record<string, string>): Promise<RunningService> {
  const service = await startExample(name, variables);
  running.push(service);
  return service;
}

describe.each(EXAMPLES)('example %s', (name) => {
  it('passes its own tests', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap'], {
      cwd: exampleDirectory(name),
      env: { PATH: process.env['PATH'] },
    });
    expect(stdout).toMatch(/^# pass [1-9]/m);
  });

  it('answers the commit on the health path, whatever it calls is away', async () => {
    const service = await start(name);
    const response = await fetch(`${service.url}/health`);
    expect([response.status, response.headers.get('espalier-commit')]).toEqual([200, 'c0ffee']);
  });

  it('takes its base image as an argument and runs as an ordinary user', async () => {
    const dockerfile = await readFile(`${exampleDirectory(name)}/Dockerfile`, 'utf8');
    expect(dockerfile).toMatch(/^ARG BASE_IMAGE=node:24\nFROM \$\{BASE_IMAGE\}$/m);
    expect(dockerfile).toMatch(/^USER 1000$/m);
  });

  it('finishes a request in flight on SIGTERM, closes its connection and ends', async () => {
    const service = await start(name);
    const agent = new Agent({ keepAlive: true });
    const slow = request(`${service.url}/`, { agent, method: 'POST', headers: { 'content-length': '4' } });
    slow.write('ab');
    await once(slow, 'socket');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ended = once(service.process, 'exit');
    service.process.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    slow.end('cd');
    const [response] = (await once(slow, 'response')) as [IncomingMessage];
    expect([response.statusCode, response.headers.connection]).toEqual([404, 'close']);
    response.resume();
    expect(await ended).toEqual([0, null]);
    agent.destroy();
  });
});

it('shows the chain of services: web calls orders, which calls inventory', async () => {
  const inventory = await start('inventory');
  const orders = await start('orders', { INVENTORY_URL: inventory.url });
  const web = await start('web', { ORDERS_URL: orders.url });
  expect(await (await fetch(web.url)).json()).toMatchObject({
    service: 'web',
    environment: 'feature-login',
    commit: 'c0ffee',
    calls: { orders: { service: 'orders', calls: { inventory: { service: 'inventory', stock: expect.any(Array) } } } },
  });
});

it('finds the services it calls through a proxy when the environment names one', async () => {
  const inventory = await start('inventory');
  const asked: string[] = [];
  // Knows the one name `inventory`, for tunnels and for plain proxy requests, as the laptop's service network does.
  const proxy = createServer((incoming, outgoing) => {
    asked.push(new URL(incoming.url ?? '').host);
    request(`${inventory.url}${new URL(incoming.url ?? '').pathname}`, (answer) => answer.pipe(outgoing)).end();
  });
  proxy.on('connect', (incoming, socket) => {
    asked.push(incoming.url ?? '');
    const upstream = connect(Number(new URL(inventory.url).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  const proxyUrl = `http://pod@127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}`;
  try {
    const orders = await start('orders', {
      INVENTORY_URL: 'http://inventory',
      HTTP_PROXY: proxyUrl,
      http_proxy: proxyUrl,
      NO_PROXY: '',
      NODE_USE_ENV_PROXY: '1',
    });
    expect(await (await fetch(orders.url)).json()).toMatchObject({ calls: { inventory: { service: 'inventory' } } });
    expect(asked[0]).toMatch(/^inventory(:80)?$/);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});
