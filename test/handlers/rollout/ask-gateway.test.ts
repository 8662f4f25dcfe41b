/** A switch is verified early only by answers that could not have come before it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { onlyCandidateAnswers, showsInAnswers } from '../../../lambdas/handlers/rollout/ask-gateway.ts';
import type { ServiceRoute } from '../../../lambdas/handlers/rollout/service-route.ts';
import { NO_TALLY } from '../../../lambdas/domain/analysis/tally.ts';
import type { Rollout } from '../../../lambdas/domain/rollout/rollout.ts';
import type { Step } from '../../../lambdas/domain/rollout/step.ts';
import type { WayIn } from '../../../lambdas/domain/way-in/gateway.ts';
import type { Prober } from '../../../lambdas/ports/cluster.ts';
import { installationOf } from '../../fakes/installation.ts';
import { commit } from '../cluster-world.ts';
import { FakeClusterWorld } from '../fake-cluster-world.ts';

const [OLD, NEW] = [commit('a'), commit('b')];
let world: FakeClusterWorld;
let asked: string[];

beforeEach(() => {
  world = new FakeClusterWorld(installationOf('shop'));
  asked = [];
});

/** The gateway answers with these commits in turn; undefined: the service does not say its commit. */
function answering(...commits: (string | undefined)[]): void {
  const answer: Prober['ask'] = ({ url, connectTo }) => {
    const said = commits[asked.push(`${url} at ${connectTo ?? '?'}`) % commits.length];
    return Promise.resolve({ kind: 'answered', status: 200, ...(said !== undefined && { commit: said }) });
  };
  world.prober.ask = answer;
}

function route(access: WayIn['access'] = 'internal'): ServiceRoute {
  return {
    place: {
      installation: 'shop',
      environment: 'feature-login',
      kind: 'feature',
      branch: 'feature/login',
      key: 'orders',
      repository: 'orders',
      name: 'orders',
    },
    host: 'orders-feature-login.shop.localhost',
    parent: { namespace: 'edge', name: 'public' },
    wayIn: access === 'public' ? { access } : { access, address: '127.0.0.1:8000' },
  } as ServiceRoute;
}

/** At the last step of these weights, which is written. */
function switching(...weights: readonly number[]): Rollout {
  const steps: Step[] = weights.map((candidatePercent) => ({ kind: 'shift', candidatePercent }));
  return {
    plan: { name: 'canary', steps, keepSeconds: 0, intervalSeconds: 5, metrics: [] },
    candidate: { side: 'green', commit: NEW, digest: 'sha256:b' },
    stable: { side: 'blue', commit: OLD, digest: 'sha256:a' },
    phase: 'stepping',
    step: weights.length - 1,
    stepSince: 0,
    startedAt: 0,
    shifted: { candidatePercent: weights.at(-1) ?? 0, at: 0 },
    pausedFor: 0,
    stableReplicas: 2,
    deadline: 600_000,
    tally: NO_TALLY,
  };
}

describe('a switch shows in the answers', () => {
  test.each([
    ['all at once', [100]],
    ['from half of the requests', [10, 50, 100]],
  ])('%s', (_what, weights) => {
    expect(showsInAnswers(switching(...weights))).toBe(true);
  });

  test.each([
    ['a share of the requests is no switch', switching(10)],
    ['from nearly all of them the old side would hide', switching(10, 90, 100)],
    ['before it is written', { ...switching(50, 100), shifted: { candidatePercent: 50, at: 0 } }],
    ['on the way back', { ...switching(100), phase: 'rolling-back' as const }],
  ])('but not where %s', (_what, rollout) => {
    expect(showsInAnswers(rollout)).toBe(false);
  });
});

describe('the answers', () => {
  const ask = (access?: WayIn['access']) => onlyCandidateAnswers(world, route(access), switching(50, 100), '/health');

  test('verify a switch when all of many are the candidate’s, each asked as users ask', async () => {
    answering(NEW);
    expect(await ask()).toBe(true);
    expect(asked.length).toBeGreaterThanOrEqual(32);
    expect(new Set(asked)).toEqual(
      new Set(['http://orders-feature-login.shop.localhost:8000/health at 127.0.0.1:8000']),
    );
  });

  test('do not, when a single one is the old version’s', async () => {
    answering(...Array.from({ length: 31 }, () => NEW), OLD);
    expect(await ask()).toBe(false);
  });

  test('do not, when the service does not say its commit', async () => {
    answering(undefined);
    expect(await ask()).toBe(false);
  });

  test('do not, when the gateway does not answer', async () => {
    world.prober.unreachable = 'connect ECONNREFUSED';
    expect(await ask()).toBe(false);
  });

  test('are not asked for where the way in cannot be reached from here', async () => {
    answering(NEW);
    expect(await ask('public')).toBe(false);
    expect(asked).toEqual([]);
  });
});
