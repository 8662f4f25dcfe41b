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
  /** Brought by a Helm chart of its own, in which a ConfigMap says what it does. */
  readonly chart?: true;
}

export const GOOD: Behaviour = {};
export const FAILING: Behaviour = { fails: 30 };
export const NEVER_READY: Behaviour = { neverReady: true };

/** Path that makes a pod end, and unable to serve when it is started again. */
export const DEATH = '/die';

/** Ends like the examples do: what is under way is answered, kept connections are closed. */
const SERVER = `import { createServer } from 'node:http';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const { ESPALIER_COMMIT: commit, ESPALIER_SIDE: side, PORT: port, BEHAVIOUR: said } = process.env;
const { fails = 0, neverReady = false, slow = 0 } = JSON.parse(said ?? readFileSync('behaviour.json', 'utf8'));
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

/** The chart: what the generated pods would be, and a ConfigMap that each side has for itself. */
const CHART = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: traffic\nversion: 0.1.0\n',
  'chart/templates/all.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Values.espalier.name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: { app: {{ .Values.espalier.name }} }
  template:
    metadata:
      labels: { app: {{ .Values.espalier.name }} }
    spec:
      containers:
        - name: server
          image: {{ .Values.espalier.image }}
          command: [node, service.mjs]
          ports: [{ name: web, containerPort: {{ .Values.espalier.port }} }]
          envFrom: [{ configMapRef: { name: {{ .Values.espalier.name }}-behaviour } }]
          readinessProbe:
            httpGet: { path: {{ .Values.espalier.readiness }}, port: web }
            periodSeconds: 1
          resources: { requests: { cpu: 5m, memory: {{ .Values.memory }} }, limits: { memory: {{ .Values.memory }} } }
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Values.espalier.name }}-behaviour
data:
  BEHAVIOUR: {{ toJson .Values.behaviour | quote }}
`,
};

/** Before each delivery: a job has the variables of the chart, although its ConfigMap is not there yet. */
const READS = ['node', '-e', 'process.exit(JSON.parse(process.env.BEHAVIOUR).slow > 0 ? 0 : 1)'];

/** The files of a version, by path. */
export function filesOf(
  name: string,
  { behaviour = GOOD, rollout, replicas = 2, memory = '96Mi', chart }: Version,
): Record<string, string> {
  const pods =
    chart === undefined
      ? { command: ['node', 'service.mjs'], replicas, resources: { cpu: '5m', memory } }
      : { chart: 'chart', jobs: { before: [{ name: 'reads', command: READS, within: '2m' }] } };
  const definition = { name, ...pods, ...(rollout !== undefined && { rollout }) };
  return {
    Dockerfile: DOCKERFILE,
    'service.mjs': SERVER,
    'behaviour.json': JSON.stringify(chart === undefined ? behaviour : GOOD),
    'espalier.yaml': stringify(definition),
    ...(chart !== undefined && { ...CHART, 'chart/values.yaml': stringify({ replicas, memory, behaviour }) }),
  };
}
