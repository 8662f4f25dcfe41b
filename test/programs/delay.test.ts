/** The program that delays, as a process of its own: everything arrives, nothing earlier than it should, whatever the protocol is. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect as connectH2, createServer as createH2Server, type Http2Server } from 'node:http2';
import { connect, createServer as createNetServer, type AddressInfo, type Server as NetServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

const PROGRAM = join(import.meta.dirname, '../../lambdas/programs/delay/delay.mjs');
const DELAY = 120;
/** Far below the delay, far above what a call takes without it. */
const AT_ONCE = DELAY / 2;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function listening(server: Server | Http2Server | NetServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createNetServer();
  const port = await listening(server);
  server.close();
  return port;
}

interface Running {
  readonly port: number;
  readonly control: number;
  readonly process: ChildProcess;
}

async function delaying(to: number, more: Readonly<Record<string, string>> = {}): Promise<Running> {
  const [port, control] = [await freePort(), await freePort()];
  const program = spawn(process.execPath, [PROGRAM], {
    stdio: 'inherit',
    env: {
      DELAY_MS: String(DELAY),
      ENDS_AT: String(Date.now() + 60_000),
      CONTROL_PORT: String(control),
      WAY_0_PORT: String(port),
      WAY_0_TO: `127.0.0.1:${String(to)}`,
      ...more,
    },
  });
  ends.push(() => program.kill('SIGKILL'));
  await expect
    .poll(
      () =>
        ask(control, '/ready').then(
          ({ status }) => status,
          () => 0,
        ),
      { interval: 10 },
    )
    .toBe(200);
  return { port, control, process: program };
}

interface Answered {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly milliseconds: number;
}

async function ask(port: number, path = '/', options: { agent?: Agent; body?: string } = {}): Promise<Answered> {
  const begun = performance.now();
  const { agent = false, body } = options;
  const asked = request({ host: '127.0.0.1', port, path, agent, method: body === undefined ? 'GET' : 'POST' });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const read = await text(answer);
  return { status: answer.statusCode, headers: answer.headers, body: read, milliseconds: performance.now() - begun };
}

/** Answers what it was sent, and how it was asked for. */
const echo = (): Server =>
  createServer((asked, answer) => {
    void text(asked).then((body) => answer.end(`${asked.headers.host ?? ''} ${body}`));
  });

describe('the program that delays', () => {
  test('hands every answer of a kept connection on, each as late as the first, and nothing of it changed', async () => {
    const { port, control } = await delaying(await listening(echo()));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    ends.push(() => agent.destroy());
    for (const body of ['one', 'two', 'x'.repeat(300_000)]) {
      const answered = await ask(port, '/', { agent, body });
      expect(answered.body).toBe(`127.0.0.1:${String(port)} ${body}`);
      expect(answered.milliseconds).toBeGreaterThanOrEqual(DELAY);
      expect(answered.milliseconds).toBeLessThan(DELAY + 1_000);
    }
    expect((await ask(control, '/over')).headers['espalier-answers']).toBe('3');
  });

  test('delays each piece of a long answer alike, and not one after the other', async () => {
    const pieces = createServer((_asked, answer) => {
      let left = 5;
      const next = (): void => {
        answer.write('piece ');
        left -= 1;
        if (left === 0) answer.end();
        else setTimeout(next, 10);
      };
      next();
    });
    const { port } = await delaying(await listening(pieces));
    const { body, milliseconds } = await ask(port);
    expect(body).toBe('piece '.repeat(5));
    expect(milliseconds).toBeGreaterThanOrEqual(DELAY + 40);
    expect(milliseconds).toBeLessThan(3 * DELAY);
  });

  test('delays calls that share a connection of HTTP/2, as gRPC has it, each by itself', async () => {
    const h2 = createH2Server((asked, answer) => answer.end(asked.url));
    const { port } = await delaying(await listening(h2));
    const session = connectH2(`http://127.0.0.1:${String(port)}`);
    ends.push(() => session.close());
    const call = async (path: string): Promise<readonly [string, boolean, boolean]> => {
      const begun = performance.now();
      const body = await text(session.request({ ':path': path }));
      const milliseconds = performance.now() - begun;
      return [body, milliseconds >= DELAY, milliseconds < 3 * DELAY];
    };
    await call('/first');
    const paths = ['/one', '/two', '/three'];
    expect(await Promise.all(paths.map(call))).toEqual(paths.map((path) => [path, true, true]));
  });

  test('asks nothing of the protocol: who is spoken to first, half-open ends, many at once', async () => {
    const shouting = createNetServer({ allowHalfOpen: true }, (socket) => {
      socket.write('hello ');
      void text(socket).then((heard) => socket.end(heard.toUpperCase()));
    });
    const { port } = await delaying(await listening(shouting));
    const heard = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const begun = performance.now();
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        socket.end(`word ${String(index)}`);
        return [await text(socket), performance.now() - begun >= DELAY];
      }),
    );
    expect(heard).toEqual(Array.from({ length: 50 }, (_, index) => [`hello WORD ${String(index)}`, true]));
  });

  test('is over at once when it is told so, for what waits and for connections that are kept', async () => {
    const { port, control } = await delaying(await listening(echo()), { DELAY_MS: '20000' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    ends.push(() => agent.destroy());
    const waiting = ask(port, '/', { agent, body: 'waits' });
    await expect
      .poll(async () => (await ask(control, '/ready')).headers['espalier-answers'], { interval: 10 })
      .toBe('1');
    await ask(control, '/over');
    expect((await waiting).milliseconds).toBeLessThan(5_000);
    expect((await ask(port, '/', { agent, body: 'again' })).milliseconds).toBeLessThan(AT_ONCE);
  });

  test('is over by itself when its time has come, whoever else is away', async () => {
    const { port } = await delaying(await listening(echo()), { ENDS_AT: String(Date.now() - 1) });
    expect((await ask(port)).milliseconds).toBeLessThan(AT_ONCE);
  });

  test('is refused by a dependency that is away as late as it is answered', async () => {
    const { port } = await delaying(await freePort());
    const begun = performance.now();
    await expect(ask(port)).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(DELAY);
  });

  test('ends when it is told to, after what is under way', async () => {
    const slow = createServer((_asked, answer) => void setTimeout(() => answer.end('done'), 150));
    const running = await delaying(await listening(slow));
    const under = ask(running.port);
    await new Promise((go) => setTimeout(go, 30));
    running.process.kill('SIGTERM');
    expect((await under).body).toBe('done');
    const [code] = running.process.exitCode === null ? ((await once(running.process, 'exit')) as [number]) : [0];
    expect(code).toBe(0);
  });

  test('asks a proxy for the way where names are known to no one else, and says who asks', async () => {
    const target = await listening(echo());
    const asked: (string | undefined)[] = [];
    const proxy = createServer().on('connect', (wish: IncomingMessage, client: NodeJS.ReadWriteStream) => {
      asked.push(wish.url, wish.headers['proxy-authorization']);
      const onward = connect(target, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(onward).pipe(client);
      });
    });
    const { port } = await delaying(target, {
      WAY_0_TO: 'inventory.shop.svc.cluster.local.:80',
      HTTP_PROXY: `http://pod-1:@127.0.0.1:${String(await listening(proxy))}`,
    });
    const { body, milliseconds } = await ask(port, '/', { body: 'by proxy' });
    expect(body).toContain('by proxy');
    expect(milliseconds).toBeGreaterThanOrEqual(DELAY);
    expect(asked).toEqual([
      'inventory.shop.svc.cluster.local.:80',
      `Basic ${Buffer.from('pod-1:').toString('base64')}`,
    ]);
  });
});
