/**
 * Sizes and checks of candidates on a real API server, each with the rights of its own group: an autoscaler whose bounds act, a
 * self-check through pods/proxy, jobs in the candidate's image. Needs KUBECONFIG and CLUSTER_REGISTRY (with node:24).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HttpProber } from '../../lambdas/adapters/http/http-prober.ts';
import { systemClock } from '../../lambdas/adapters/clock/system-clock.ts';
import { namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import type { Delivery } from '../../lambdas/contracts/payloads.ts';
import { compileMetric } from '../../lambdas/domain/analysis/compile-metric.ts';
import type { Measurement } from '../../lambdas/domain/analysis/judge.ts';
import { NO_TALLY } from '../../lambdas/domain/analysis/tally.ts';
import { servicePlaceOf } from '../../lambdas/domain/manifests/installation.ts';
import { AT_ONCE } from '../../lambdas/domain/rollout/plan-delivery.ts';
import type { Rollout } from '../../lambdas/domain/rollout/rollout.ts';
import type { WrittenMetric } from '../../lambdas/domain/rollout/written-plan.ts';
import { applyWorkload } from '../../lambdas/handlers/deploy/apply-workload.ts';
import { awaitPods } from '../../lambdas/handlers/deploy/await-pods.ts';
import { prepareEnvironment } from '../../lambdas/handlers/environment/prepare-environment.ts';
import { applyFoundation } from '../../lambdas/handlers/foundation/apply-foundation.ts';
import { removeFoundation } from '../../lambdas/handlers/foundation/remove-foundation.ts';
import { askInside } from '../../lambdas/handlers/rollout/ask-inside.ts';
import { autoscalersOf, removeAutoscaler, sizeWrites } from '../../lambdas/handlers/rollout/autoscalers.ts';
import { deploymentOf } from '../../lambdas/handlers/rollout/observe.ts';
import { openRoute } from '../../lambdas/handlers/rollout/open-route.ts';
import { pointTraffic } from '../../lambdas/handlers/rollout/point-traffic.ts';
import { readBack } from '../../lambdas/handlers/rollout/read-back.ts';
import { writeAll } from '../../lambdas/handlers/rollout/writes.ts';
import { installationOf, uniqueInstallation } from '../fakes/installation.ts';
import { ClusterWorld, commit, DIGEST, ERRORS, serviceFile } from '../handlers/cluster-world.ts';
import { aroundOf, inStage } from './in-stage.ts';
import { realCluster } from './kubeconfig.ts';

const registry = process.env['CLUSTER_REGISTRY'] ?? '127.0.0.1:5000';
const name = uniqueInstallation('size');
const inside = namespaceOf(name, 'feature-login');
const admin = realCluster();
const world = new ClusterWorld({
  cluster: admin,
  prober: new HttpProber(),
  clock: systemClock,
  installation: installationOf(name, { access: 'internal', gateway: { namespace: 'kube-system', name: 'public' } }),
});
world.imageRepository = `${registry}/node`;

const as = {
  environment: inStage(world, 'environment'),
  deploy: inStage(world, 'deploy'),
  rollout: inStage(world, 'rollout'),
};
const foundation = { ...aroundOf(world), cluster: admin, autoMode: false, targetGroups: {} };

const SERVER = `require('node:http').createServer(({ url }, response) => {
  response.writeHead(url === '/broken' ? 500 : 200).end();
}).listen(Number(process.env.PORT)); process.on('SIGTERM', () => process.exit(0));`;
const worker = serviceFile({
  routes: 'none',
  command: ['node', '-e', SERVER],
  replicas: 2,
  autoscale: { minimum: 2, maximum: 4, cpu: 70, requests: 2_000 },
});
let delivery: Delivery;

/** Asks again while it is told to wait or that the trouble is passing, as a state machine does. */
async function eventually<Answer extends { readonly kind: string }>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask().catch((error: Error) => {
      if (error.name !== ERRORS.transient || attempt >= 60) throw error;
      return { kind: 'waiting' } as const;
    });
    if (answer.kind !== 'waiting') return answer as Answer;
    if (attempt >= 60) throw new Error(JSON.stringify(answer));
    await systemClock.sleep(500);
  }
}

const rollout: Rollout = {
  plan: AT_ONCE,
  candidate: { side: 'blue', commit: commit('a'), digest: DIGEST },
  stable: { side: 'green', commit: commit('b'), digest: DIGEST },
  phase: 'stepping',
  step: 0,
  stepSince: 0,
  startedAt: Date.now(),
  shifted: { candidatePercent: 0, at: 0 },
  pausedFor: 0,
  stableReplicas: 1,
  deadline: 600_000,
  tally: NO_TALLY,
};
const measure = (written: WrittenMetric): Promise<Measurement> =>
  eventually(async () => {
    const place = servicePlaceOf(world.installation, delivery, worker.name);
    const seen = await askInside(as.rollout, { metric: compileMetric(written, 5), rollout, place });
    return seen.kind === 'pending' ? ({ kind: 'waiting' } as never) : seen;
  });

beforeAll(async () => {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const answer = await fetch(`http://${registry}/v2/node/manifests/24`, { method: 'HEAD', headers: { accept } });
  await applyFoundation(foundation);
  await systemClock.sleep(2_000);
  delivery = world.deliver(commit('a'), worker);
  await prepareEnvironment(as.environment, delivery);
  await eventually(() => openRoute(as.rollout, delivery, 'blue'));
  const digest = answer.headers.get('docker-content-digest') ?? '';
  await eventually(() => applyWorkload(as.deploy, delivery, digest, { side: 'blue', beside: false }));
  await eventually(() => awaitPods(as.deploy, delivery, 'blue'));
  await pointTraffic(as.rollout, delivery, 'blue');
});

afterAll(async () => {
  await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: inside });
  await removeFoundation(foundation);
});

describe('a service without a public route', () => {
  test('is read back where others in the cluster call it', async () => {
    await expect(eventually(() => readBack(as.rollout, delivery, 'blue'))).resolves.toEqual({
      kind: 'verified',
      url: `http://orders.${inside}`,
    });
    const routes = await admin.list({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      namespace: inside,
    });
    expect(routes.filter(({ metadata }) => metadata.name === 'orders')).toEqual([]);
  });

  test('every pod answers its self-check through the API server, or does not', async () => {
    await expect(measure({ kind: 'self-check', path: '/works' })).resolves.toEqual({ kind: 'value', value: 100 });
    await expect(measure({ kind: 'self-check', path: '/broken' })).resolves.toEqual({ kind: 'value', value: 0 });
  });

  test.each([
    [
      'works',
      "process.exit(process.env.ESPALIER_CANDIDATE_URL === 'http://orders-blue' ? 0 : 9)",
      { kind: 'value', value: 0 },
    ],
    ['fails', 'process.exit(7)', { kind: 'value', value: 7 }],
    [
      'hangs',
      'setInterval(() => {}, 1000)',
      { kind: 'error', because: expect.stringContaining('did not end within 3 s') as string },
    ],
  ])('a job that %s is exactly that', async (what, program, expected) => {
    const within = what === 'hangs' ? '3s' : '1m';
    await expect(measure({ kind: 'job', name: what, command: ['node', '-e', program], within })).resolves.toEqual(
      expected,
    );
  });
});

describe('an autoscaler', () => {
  test('has the bounds of the service file, acts on a raised minimum, and nobody applies the number', async () => {
    const place = servicePlaceOf(world.installation, delivery, worker.name);
    const { cluster } = as.rollout;
    expect((await autoscalersOf(cluster, place)).blue).toEqual({ minimum: 2, maximum: 4, cpu: 70, requests: 2_000 });
    const present = { replicas: 2, bounds: { minimum: 2, maximum: 4, cpu: 70, requests: 2_000 } };
    const writes = sizeWrites(place, 'blue', present, { replicas: 3, bounds: present.bounds });
    expect(writes.map((write) => write.kind === 'apply' && write.manifest.kind)).toEqual(['HorizontalPodAutoscaler']);
    await writeAll(cluster, writes);
    // Its controller looks every 15 s.
    await eventually(async () => ({
      kind: (await deploymentOf(cluster, place, 'blue'))?.spec?.replicas === 3 ? 'grown' : 'waiting',
    }));
    await removeAutoscaler(cluster, place, 'blue');
    expect((await autoscalersOf(cluster, place)).blue).toBeUndefined();
  });
});
