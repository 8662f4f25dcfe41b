/**
 * Stands in the way to a dependency while an experiment lasts: hands on what callers send at once, and what comes back a while later,
 * byte for byte and in its order, whatever the protocol is. It runs in a pod of its own, on Node.js and nothing else.
 *
 * WAY_<n>_PORT, WAY_<n>_TO  where it listens, and where that leads (host:port)
 * DELAY_MS                  how much later everything comes back
 * ENDS_AT                   from then on nothing is late (milliseconds since 1970), whoever else is away
 * CONTROL_PORT              GET /ready · GET /over: nothing is late from now on; answers how many answers were
 * HTTP_PROXY                where names are only known to a proxy: ways begin with a CONNECT to it
 */
import { createServer as createHttpServer, request } from 'node:http';
import { connect, createServer } from 'node:net';

const { env } = process;
/** Bytes that wait at most, of all connections together, before their senders have to wait. */
const MOST_HELD = 32 * 1024 * 1024;
/** Milliseconds of silence after which nobody waits for anything on a connection. */
const QUIET = 100;

let delay = Number(env.DELAY_MS);
let held = 0;
let answers = 0;
const links = new Set();

const isDue = ({ due }) => delay === 0 || due <= performance.now();

/** Does things later, in the order in which they came. */
function createLine() {
  const waiting = [];
  let timer;
  const go = () => {
    clearTimeout(timer);
    timer = undefined;
    while (waiting.length > 0 && isDue(waiting[0])) waiting.shift().act();
    if (waiting.length > 0) timer = setTimeout(go, waiting[0].due - performance.now());
  };
  const later = (act) => {
    waiting.push({ due: performance.now() + delay, act });
    if (timer === undefined) go();
  };
  return { later, go, isEmpty: () => waiting.length === 0 };
}

function over() {
  delay = 0;
  for (const link of links) link.line.go();
}

/** Opens the way to `host:port`; answers the socket, or an error, once. */
function open(to, done) {
  const [, host, port] = /^(.+):(\d+)$/.exec(to);
  if (env.HTTP_PROXY === undefined) {
    const socket = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    socket.once('error', done).once('connect', () => done(undefined, socket.off('error', done)));
    return;
  }
  const proxy = new URL(env.HTTP_PROXY);
  const credentials = Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`);
  const headers = { 'proxy-authorization': `Basic ${credentials.toString('base64')}` };
  request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: to, headers, agent: false })
    .once('connect', (_answer, socket) => done(undefined, socket))
    .once('error', done)
    .end();
}

/** One connection of a caller, handed on. */
function handOn(caller, to) {
  const line = createLine();
  const link = { line, caller, awaited: false, heard: performance.now() };
  links.add(link);
  let gone = false;
  caller.on('error', () => caller.destroy());
  caller.once('close', () => {
    gone = true;
    links.delete(link);
  });
  open(to, (error, target) => {
    if (error !== undefined) return line.later(() => caller.resetAndDestroy());
    if (gone) return target.destroy();
    const send = (chunk) => {
      held -= chunk.length;
      if (!caller.write(chunk)) target.pause();
      else if (line.isEmpty()) target.resume();
    };
    target.on('data', (chunk) => {
      if (link.awaited && delay > 0) answers += 1;
      link.awaited = false;
      link.heard = performance.now();
      held += chunk.length;
      if (held > MOST_HELD) target.pause();
      line.later(() => send(chunk));
    });
    target.once('end', () => line.later(() => caller.end()));
    target.once('error', () => line.later(() => caller.resetAndDestroy()));
    target.on('drain', () => caller.resume());
    caller.on('drain', () => line.isEmpty() && target.resume());
    caller.on('data', (chunk) => {
      link.awaited = true;
      link.heard = performance.now();
      if (!target.write(chunk)) caller.pause();
    });
    caller.once('end', () => target.end());
    caller.once('close', () => target.destroy());
    return caller.resume();
  });
}

const ways = Object.entries(env).flatMap(([name, to]) => {
  const [, number] = /^WAY_(\d+)_TO$/.exec(name) ?? [];
  if (number === undefined) return [];
  const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
  return createServer(options, (caller) => handOn(caller, to)).listen(Number(env[`WAY_${number}_PORT`]));
});
createHttpServer(({ url }, response) => {
  if (url === '/over') over();
  const known = url === '/over' || url === '/ready';
  response.writeHead(known ? 200 : 404, { 'espalier-answers': String(answers) }).end();
}).listen(Number(env.CONTROL_PORT));

setTimeout(over, Math.max(0, Number(env.ENDS_AT) - Date.now())).unref();
process.on('SIGTERM', () => {
  over();
  for (const way of ways) way.close();
  setInterval(() => {
    const now = performance.now();
    for (const { caller, awaited, heard } of links) if (!awaited && now - heard > QUIET) caller.end();
    if (links.size === 0) process.exit(0);
  }, QUIET / 2);
});
