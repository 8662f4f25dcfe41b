/**
 * Versions of the service that the scenarios deliver: a small server whose behaviour is a file, so that an image is one layer on its
 * base and built within a second. Separate from the scenarios, which only name what a version does.
 */
import { stringify } from 'yaml';
import type { WrittenPlan } from '../../lambdas/domain/rollout/written-plan.ts';

/** What a version does; nothing said: it answers every request well, at once. */
export interface Behaviour {
  /** Percent of all requests that it answers with 500, evenly spread. */
  readonly fails?: number;
  /** Its health path never answers 200. */
  readonly neverReady?: boolean;
  /** Milliseconds until it answers. */
  readonly slow?: number;
}

/** A version: what it does, and what its service file asks for. */
export interface Version {
  readonly behaviour?: Behaviour;
  readonly rollout?: WrittenPlan;
  readonly replicas?: number;
  readonly memory?: string;
}

export const GOOD: Behaviour = {};
export const FAILING: Behaviour = { fails: 30 };
export const NEVER_READY: Behaviour = { neverReady: true };

/** Path that makes a pod end, and unable to serve when it is started again. */
export const DEATH = '/die';

/** Ends like the examples do: what is under way is answered, kept connections are closed. */
const SERVER = `import { createServer } from 'node:http';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const { fails = 0, neverReady = false, slow = 0 } = JSON.parse(readFileSync('behaviour.json', 'utf8'));
const { ESPALIER_COMMIT: commit, ESPALIER_SIDE: side, PORT: port } = process.env;
const dead = '/tmp/dead';
let ending = false;
let requests = 0;

const server = createServer((request, response) => {
  const answer = (status) => {
    if (ending) response.setHeader('connection', 'close');
    response.writeHead(status, { 'espalier-commit': commit, 'espalier-side': side }).end(String(status));
  };
  if (request.url === '${DEATH}') {
    writeFileSync(dead, '');
    answer(200);
    setTimeout(() => process.exit(1), 50);
  } else if (request.url === '/health') {
    answer(neverReady || existsSync(dead) ? 503 : 200);
  } else {
    requests += 1;
    const share = (count) => Math.floor((count * fails) / 100);
    const status = share(requests) > share(requests - 1) ? 500 : 200;
    setTimeout(() => answer(status), slow);
  }
  response.on('close', () => ending && server.closeIdleConnections());
});
server.listen(Number(port));
process.once('SIGTERM', () => {
  ending = true;
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
`;

const DOCKERFILE = `FROM node:24
WORKDIR /app
COPY service.mjs behaviour.json ./
USER 1000
`;

/** The files of a version, by path. */
export function filesOf(
  name: string,
  { behaviour = GOOD, rollout, replicas = 2, memory = '96Mi' }: Version,
): Record<string, string> {
  const definition = {
    name,
    command: ['node', 'service.mjs'],
    replicas,
    resources: { cpu: '5m', memory },
    ...(rollout !== undefined && { rollout }),
  };
  return {
    Dockerfile: DOCKERFILE,
    'service.mjs': SERVER,
    'behaviour.json': JSON.stringify(behaviour),
    'espalier.yaml': stringify(definition),
  };
}
