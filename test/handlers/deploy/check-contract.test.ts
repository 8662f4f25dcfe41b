/** What a service file declares about its endpoints is asked of the new pods, before traffic is pointed to them. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import { applyWorkload } from '../../../lambdas/handlers/deploy/apply-workload.ts';
import { awaitPods } from '../../../lambdas/handlers/deploy/await-pods.ts';
import { checkContract } from '../../../lambdas/handlers/deploy/check-contract.ts';
import { prepareEnvironment } from '../../../lambdas/handlers/environment/prepare-environment.ts';
import type { ServiceDefinition } from '../../../lambdas/domain/service/definition.ts';
import type { PodAnswer } from '../../../lambdas/ports/pod-proxy.ts';
import { AskedPods } from '../../fakes/pods-asked.ts';
import { commit, DIGEST, serviceFile } from '../cluster-world.ts';
import { FakeClusterWorld } from '../fake-cluster-world.ts';

let world: FakeClusterWorld;
let pods: AskedPods;

beforeEach(() => {
  world = new FakeClusterWorld();
  pods = new AskedPods();
  world.pods = pods;
});

const SELF_CHECK = { selfCheck: '/self-check', offers: ['v1', 'v2'] };

async function ready(file: Partial<ServiceDefinition> = SELF_CHECK): Promise<Delivery> {
  const delivery = world.deliver(commit('a'), serviceFile(file));
  await prepareEnvironment(world, delivery);
  await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
  await awaitPods(world, delivery, 'blue');
  return delivery;
}

const answers = (selfCheck: PodAnswer) => {
  pods.answer = (path) => (path === '/self-check' ? selfCheck : { kind: 'answered', status: 200, headers: {} });
};
const answered = (status: number, headers: Record<string, string> = {}): PodAnswer => ({
  kind: 'answered',
  status,
  headers,
});
const check = async () => checkContract(world, await ready(), 'blue');

describe('a service that keeps its contract', () => {
  test('is asked on both endpoints, in the pod itself', async () => {
    answers(answered(200, { 'espalier-commit': commit('a'), 'espalier-offers': 'v1, v2, v3' }));
    await expect(check()).resolves.toEqual({ kind: 'kept' });
    expect(pods.asked.map(({ namespace, port, path }) => [namespace, port, path])).toEqual([
      ['shop-feature-login', 8080, '/healthz'],
      ['shop-feature-login', 8080, '/self-check'],
    ]);
  });

  test('need not say who it is, and is not asked what it does not declare', async () => {
    await expect(checkContract(world, await ready({}), 'blue')).resolves.toEqual({
      kind: 'kept',
    });
    expect(pods.asked.map(({ path }) => path)).toEqual(['/healthz']);
  });

  test('of another protocol is not asked by HTTP', async () => {
    await expect(checkContract(world, await ready({ protocol: 'tcp' }), 'blue')).resolves.toEqual({ kind: 'kept' });
    expect(pods.asked).toEqual([]);
  });
});

describe('a delivery is stopped, with what was expected and what came, by a self-check that', () => {
  test.each<[string, PodAnswer, string]>([
    ['says no', answered(503), 'selfCheck (GET /self-check): expected status 200, but 503 came'],
    ['is not there', answered(404), 'expected status 200, but 404 came'],
    [
      'hangs',
      { kind: 'unreachable', reason: 'no answer within 5 seconds' },
      'expected an answer with status 200, but no answer within 5 seconds',
    ],
    [
      'lies about its commit',
      answered(200, { 'espalier-commit': commit('b') }),
      `expected commit ${commit('a')} in the header espalier-commit, but "${commit('b')}" came`,
    ],
    [
      'offers less than declared',
      answered(200, { 'espalier-offers': 'v1' }),
      'expected the declared versions v1, v2 in the header espalier-offers, but "v1" came',
    ],
  ])('%s', async (_what, answer, expected) => {
    answers(answer);
    await expect(check()).rejects.toMatchObject({
      name: 'RejectedError',
      message: expect.stringContaining(expected) as unknown,
    });
  });
});
