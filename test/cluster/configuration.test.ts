/**
 * Configuration on a real API server and a real kubelet: the synthesized state machine over the real functions' use cases, each with the
 * rights of its own group; processes that read their file and say which version they run. Needs KUBECONFIG and CLUSTER_REGISTRY (with
 * node:24).
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sealing } from '../../lambdas/adapters/crypto/sealing.ts';
import { HttpProber } from '../../lambdas/adapters/http/http-prober.ts';
import { Connection } from '../../lambdas/adapters/kubernetes/connection.ts';
import { systemClock } from '../../lambdas/adapters/clock/system-clock.ts';
import { parseConfigurationCentreInput, parseConfigurationInput } from '../../lambdas/boundary/inputs/configuration.ts';
import { parseNoticeInput } from '../../lambdas/boundary/inputs/notice.ts';
import type { ConfigurationInput, ConfigurationWishInput } from '../../lambdas/contracts/inputs.ts';
import { ANNOTATIONS, clusterGroup, LABELS, namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import type { EnvironmentRecord } from '../../lambdas/domain/environment/record.ts';
import { TransientError } from '../../lambdas/domain/errors.ts';
import type { ServiceDefinition } from '../../lambdas/domain/service/definition.ts';
import { runConfigurationCentre } from '../../lambdas/handlers/configuration-centre/dispatch.ts';
import { configuredSides } from '../../lambdas/handlers/configuration/configured-sides.ts';
import { configureSide } from '../../lambdas/handlers/configuration/configure-side.ts';
import { runConfiguration } from '../../lambdas/handlers/configuration/dispatch.ts';
import { checkPods } from '../../lambdas/handlers/configuration/self-checks.ts';
import { applyWorkload } from '../../lambdas/handlers/deploy/apply-workload.ts';
import { awaitPods } from '../../lambdas/handlers/deploy/await-pods.ts';
import { prepareEnvironment } from '../../lambdas/handlers/environment/prepare-environment.ts';
import { applyFoundation } from '../../lambdas/handlers/foundation/apply-foundation.ts';
import { removeFoundation } from '../../lambdas/handlers/foundation/remove-foundation.ts';
import { announce } from '../../lambdas/handlers/notice/announce.ts';
import type { KubernetesObject } from '../../lambdas/ports/cluster.ts';
import { realClock } from '../../local/aws/step-functions/clock.ts';
import { createInterpreter, type Outcome } from '../../local/aws/step-functions/interpreter.ts';
import { createTaskTokens } from '../../local/aws/step-functions/task-tokens.ts';
import { FakeLayers, FakeSecretStates, FakeTenants } from '../fakes/configuration.ts';
import { installationOf, uniqueInstallation } from '../fakes/installation.ts';
import { FakeNotices } from '../fakes/notices.ts';
import { ClusterWorld, commit, serviceFile } from '../handlers/cluster-world.ts';
import { LOOKING_OUTSIDE, machine } from '../workflows/machines.ts';
import { aroundOf, inStage } from './in-stage.ts';
import { connectionOf, realCluster } from './kubeconfig.ts';

const registry = process.env['CLUSTER_REGISTRY'] ?? '127.0.0.1:5000';
const name = uniqueInstallation('conf');
const inside = namespaceOf(name, 'feature-login');
const admin = realCluster();
const world = new ClusterWorld({
  cluster: admin,
  prober: new HttpProber(),
  clock: systemClock,
  installation: installationOf(name, { access: 'internal', gateway: { namespace: 'kube-system', name: 'public' } }),
});
world.imageRepository = `${registry}/node`;

const records = {
  load: (id: string) => world.records.load(id),
  all: async () => [await world.records.load('feature-login')].filter((found) => found !== undefined),
  save: (record: EnvironmentRecord) => Promise.resolve({ kind: 'saved', record } as const),
};
const layers = new FakeLayers();
const tenants = new FakeTenants();
const notices = new FakeNotices();
const as = {
  environment: inStage(world, 'environment'),
  deploy: inStage(world, 'deploy'),
  configuration: {
    ...inStage(world, 'configuration'),
    records,
    tier: 'branch' as const,
    layers,
    tenants,
    secrets: new FakeSecretStates(),
    sealing,
  },
};
const foundation = { ...aroundOf(world), cluster: admin, autoMode: false, targetGroups: {} };

/** Reads its file with every answer, and is ill with one value. */
const SERVER = `
const { readFileSync } = require('node:fs');
const read = () => JSON.parse(readFileSync(process.env.ESPALIER_CONFIGURATION, 'utf8'));
require('node:http').createServer((_, response) => {
  const { version, values } = read();
  response.writeHead(values.greeting === 'bad' ? 500 : 200, { 'espalier-configuration': version }).end(process.env.GREETING);
}).listen(Number(process.env.PORT));
process.on('SIGTERM', () => process.exit(0));`;
const WORKER = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);";
const resources = { cpu: '5m', memory: '64Mi' };
const keys = { greeting: { type: 'text', default: 'Hello' } } as const;
const service = (change: Partial<ServiceDefinition>) =>
  serviceFile({ routes: 'none', command: ['node', '-e', SERVER], resources, ...change });

/** It subscribes, and has a process that nobody can ask. */
const orders = service({
  configuration: { subscribe: true, keys },
  processes: { worker: { command: ['node', '-e', WORKER], replicas: 1, resources } },
});
/** Its pods are replaced. */
const web = service({ name: 'web', configuration: { subscribe: false, keys } });
/** It subscribes too, and nobody makes its kubelet look. */
const quiet = service({ name: 'quiet', configuration: { subscribe: true, keys } });

const { definition } = machine(LOOKING_OUTSIDE, 'espalier-apply-configuration');

/** Runs *apply configuration* as it is synthesized, in real time. */
async function configure(input: ConfigurationWishInput): Promise<Outcome> {
  const execution = `change-${String(Date.now())}`;
  const centre = { ...aroundOf(world), records, layers, tenants };
  const notice = {
    ...aroundOf(world),
    records,
    installation: name,
    layers,
    notices,
    decideMachine: 'arn:aws:states:eu-central-1:000000000000:stateMachine:espalier-decide-approval',
    ruleFor: () => ({ approvals: 1, notByAuthor: false }),
    rollouts: { load: () => Promise.resolve(undefined) },
    approvals: { load: () => Promise.resolve(undefined) },
    branches: { commit: () => Promise.resolve(undefined) },
    history: { of: () => Promise.resolve([]) },
  };
  const ask = (to: string, payload: unknown): Promise<object> => {
    switch (to) {
      case 'function:espalier-configuration-branch':
        return runConfiguration(as.configuration, parseConfigurationInput(payload));
      case 'function:espalier-configuration-centre':
        return runConfigurationCentre(centre, parseConfigurationCentreInput(payload));
      case 'function:espalier-notice':
        return announce(notice, parseNoticeInput(payload));
      default:
        throw new Error(`There is no ${to} here.`);
    }
  };
  const interpreter = createInterpreter({
    definition,
    clock: realClock,
    random: Math.random,
    tokens: createTaskTokens(),
    stateMachineArn: 'arn:aws:states:eu-central-1:000000000000:stateMachine:espalier-apply-configuration',
    tasks: async (_resource, args) => {
      const { FunctionName, Payload } = args as { readonly FunctionName: string; readonly Payload: unknown };
      try {
        const answer = await ask(FunctionName, JSON.parse(JSON.stringify(Payload)));
        return { StatusCode: 200, Payload: JSON.parse(JSON.stringify(answer)) as unknown };
      } catch (error) {
        const { name: errorType, message: errorMessage } = error as Error;
        throw Object.assign(new Error(errorMessage), {
          name: errorType,
          cause: JSON.stringify({ errorType, errorMessage }),
        });
      }
    },
  });
  return interpreter.start({ name: execution, input }).ended;
}

const set = (to: string, of = 'orders'): Promise<Outcome> =>
  configure({ layer: 'integration', service: of, set: { greeting: to }, author: 'ada', reason: 'spring' });

/** What the pods of a service say that they run. */
async function running(of: string): Promise<readonly (string | undefined)[]> {
  const record = (await records.all())[0]!;
  const [side] = await configuredSides(as.configuration, record, of);
  const checked = await checkPods(as.configuration, side!.of);
  return checked.map(({ said }) => (said.kind === 'well' ? said.version : said.because));
}

async function mapOf(of: string): Promise<{ readonly version: string; readonly values: Record<string, string> }> {
  const map = await admin.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: inside, name: `${of}-blue` });
  const { 'configuration.json': text = '{}' } = (map?.['data'] ?? {}) as Record<string, string>;
  return JSON.parse(text) as Awaited<ReturnType<typeof mapOf>>;
}

const podsOf = (labels: Readonly<Record<string, string>>): Promise<readonly KubernetesObject[]> =>
  admin.list({ apiVersion: 'v1', kind: 'Pod', namespace: inside }, labels);
const namesOf = async (labels: Readonly<Record<string, string>>): Promise<string[]> =>
  (await podsOf(labels))
    .filter(({ metadata }) => metadata['deletionTimestamp'] === undefined)
    .map(({ metadata }) => metadata.name);
const MAIN = { [LABELS.service]: 'orders', [LABELS.side]: 'blue' };
const PROCESS = { [LABELS.service]: 'orders', [LABELS.process]: 'worker' };

/** Asks again until it is so, at most so many seconds; answers how long it took, undefined when it did not become so. */
async function secondsUntil(seconds: number, isSo: () => Promise<boolean>): Promise<number | undefined> {
  const begun = Date.now();
  while (Date.now() - begun < seconds * 1_000) {
    if (await isSo().catch(() => false)) return (Date.now() - begun) / 1_000;
    await systemClock.sleep(250);
  }
  return undefined;
}

beforeAll(async () => {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const answer = await fetch(`http://${registry}/v2/node/manifests/24`, { method: 'HEAD', headers: { accept } });
  const digest = answer.headers.get('docker-content-digest') ?? '';
  await applyFoundation(foundation);
  await systemClock.sleep(2_000);
  const deliveries = [orders, web, quiet].map((of) => world.deliver(commit('a'), of));
  for (const delivery of deliveries) {
    await prepareEnvironment(as.environment, delivery);
    // Rights in the namespace are known to the API server a moment after they were bound.
    const eventually = (input: ConfigurationInput): Promise<object> =>
      vi.waitFor(() => runConfiguration(as.configuration, input), { timeout: 20_000, interval: 300 });
    await eventually({ action: 'register-tenant', execution: 'x', delivery });
    await eventually({ action: 'configure', execution: 'x', delivery, side: 'blue' });
    await applyWorkload(as.deploy, delivery, digest, { side: 'blue', beside: false });
  }
  for (const delivery of deliveries) {
    await vi.waitFor(
      async () => {
        const answer = await awaitPods(as.deploy, delivery, 'blue');
        if (answer.kind !== 'ready') throw new Error(answer.on);
      },
      { timeout: 90_000 },
    );
    world.settle(delivery);
  }
});

afterAll(async () => {
  await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: inside });
  await removeFoundation(foundation);
});

describe('a change', () => {
  test('reaches the file of a running process within seconds, is confirmed by it, and restarts nobody who subscribes', async () => {
    const [serving, workers] = [await namesOf(MAIN), await namesOf(PROCESS)];
    const begun = Date.now();
    const outcome = await set('Welcome');
    const took = (Date.now() - begun) / 1_000;
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.stringify(outcome)).toContain('2 processes in 1 environments confirmed');
    expect(await running('orders')).toEqual([(await mapOf('orders')).version]);
    expect(await namesOf(MAIN)).toEqual(serving);
    const replaced = await namesOf(PROCESS);
    expect(replaced.filter((one) => workers.includes(one))).toEqual([]);
    expect(took).toBeLessThan(20);
    console.log(`confirmed by all processes after ${took.toFixed(1)} s, its worker replaced`);
  });

  test('arrives at once because of an annotation; without it the kubelet looks when its time has come', async () => {
    const record = (await records.all())[0]!;
    const [side] = await configuredSides(as.configuration, record, 'quiet');
    const version = {
      layer: 'integration',
      service: 'quiet',
      version: 1,
      values: { greeting: 'Late' },
      difference: [],
      author: 'ada',
      reason: 'spring',
      at: 0,
      execution: 'e',
    };
    await layers.save(version);
    const { version: wanted } = await configureSide(as.configuration, record, side!.of);
    const has = async () => (await running('quiet'))[0] === wanted;
    // Nobody looks: what shows within these seconds came by chance.
    const alone = await secondsUntil(6, has);
    const [pod] = await namesOf({ [LABELS.service]: 'quiet' });
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: inside, name: pod ?? '' };
    await as.configuration.cluster.annotate(
      reference,
      { [ANNOTATIONS.configuration]: wanted },
      'espalier-configuration',
    );
    const looking = await secondsUntil(5, has);
    expect(looking).toBeLessThan(5);
    const waited = alone === undefined ? 'not within 6 s' : `after ${alone.toFixed(1)} s`;
    console.log(`without the annotation ${waited}, with it after ${(looking ?? 0).toFixed(1)} s`);
  });

  test('replaces the pods of a service that does not subscribe', async () => {
    const labels = { [LABELS.service]: 'web', [LABELS.side]: 'blue' };
    const before = await namesOf(labels);
    expect(await set('Welcome', 'web')).toMatchObject({ status: 'SUCCEEDED' });
    const after = await namesOf(labels);
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    expect(await running('web')).toEqual([(await mapOf('web')).version]);
  });

  test('that a self-check does not bear is taken back by itself, and people are told', async () => {
    const before = await mapOf('orders');
    const outcome = await set('bad');
    expect(outcome).toMatchObject({
      status: 'FAILED',
      error: 'rejected',
      cause: expect.stringMatching(/pod orders-blue-\S+ answers 500 on \/healthz/) as unknown,
    });
    expect(await mapOf('orders')).toEqual(before);
    expect(await running('orders')).toEqual([before.version]);
    expect(notices.titles()).toEqual(['A change of orders in integration was taken back']);
  });

  test('is taken back with one action by hand', async () => {
    const outcome = await configure({ layer: 'integration', service: 'orders', rollBack: true, to: 0 });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    const { version, values } = await mapOf('orders');
    expect(values).toEqual({ greeting: 'Hello' });
    expect(await running('orders')).toEqual([version]);
  });
});

describe('the configuration centre away', () => {
  test('takes nothing from a process that starts meanwhile: it has the last version', async () => {
    const { version } = await mapOf('orders');
    const before = await namesOf(MAIN);
    const latest = layers.latest.bind(layers);
    layers.latest = () => Promise.reject(new TransientError('The table does not answer.'));
    for (const pod of before) await admin.remove({ apiVersion: 'v1', kind: 'Pod', namespace: inside, name: pod });
    const began = async () => {
      const [said, ...more] = await running('orders');
      return said === version && more.length === 0 && !(await namesOf(MAIN)).some((pod) => before.includes(pod));
    };
    expect(await secondsUntil(40, began)).toBeDefined();
    layers.latest = latest;
  });
});

describe('whoever brings configuration', () => {
  /** A patch by whoever configuration is. */
  async function patch(path: string, body: object): Promise<string> {
    const groups = [clusterGroup(name, 'configuration', 'branch'), 'system:authenticated'];
    const headers = { 'impersonate-user': 'configuration', 'impersonate-group': groups };
    const connection = new Connection({ ...connectionOf(), headers });
    const answer = await connection.send({
      method: 'PATCH',
      path: `${path}?fieldManager=espalier-configuration`,
      body,
      contentType: 'application/strategic-merge-patch+json',
    });
    connection.close();
    const { message = '' } = answer.body as { readonly message?: string };
    return answer.status < 300 ? 'accepted' : message;
  }
  const deployment = `/apis/apps/v1/namespaces/${inside}/deployments/orders-blue`;
  const template = (content: object): object => ({ spec: { template: content } });

  test.each<[string, object]>([
    ['another image', template({ spec: { containers: [{ name: 'service', image: 'evil:1' }] } })],
    ['another number of pods', { spec: { replicas: 5 } }],
    [
      'labels that network policies know pods by',
      template({ metadata: { labels: { 'calls.espalier.dev/web': 'true' } } }),
    ],
    ['another way of replacing', { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } }],
    ['a pause', { spec: { paused: true } }],
    ['an owner', { metadata: { labels: { [LABELS.repository]: 'web' } } }],
  ])('is refused when it gives a Deployment %s', async (_what, body) => {
    expect(await patch(deployment, body)).toContain(
      'A change of configuration replaces the pods of a Deployment and changes nothing else of it.',
    );
  });

  test.each<[string, object]>([
    ['another image', { spec: { containers: [{ name: 'service', image: 'evil:1' }] } }],
    ['other labels', { metadata: { labels: { 'calls.espalier.dev/web': 'true' } } }],
  ])('is refused when it gives a pod %s', async (_what, body) => {
    const [pod] = await namesOf(MAIN);
    expect(await patch(`/api/v1/namespaces/${inside}/pods/${pod ?? ''}`, body)).toContain(
      'Espalier changes nothing of a pod but its annotations.',
    );
  });

  test('may annotate a pod, and a template so that pods are replaced', async () => {
    const [pod] = await namesOf(MAIN);
    const annotations = { [ANNOTATIONS.configuration]: 'a'.repeat(12) };
    expect(await patch(`/api/v1/namespaces/${inside}/pods/${pod ?? ''}`, { metadata: { annotations } })).toBe(
      'accepted',
    );
    expect(await patch(deployment, template({ metadata: { annotations } }))).toBe('accepted');
  });
});
