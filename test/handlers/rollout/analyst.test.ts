/** Measuring by the metrics of a plan: who is asked what, and what a store that is away or empty comes to. */
import { describe, expect, it } from 'vitest';
import { NO_TALLY } from '../../../lambdas/domain/analysis/tally.ts';
import { compilePlan } from '../../../lambdas/domain/rollout/compile-plan.ts';
import type { Rollout } from '../../../lambdas/domain/rollout/rollout.ts';
import type { WrittenMetric } from '../../../lambdas/domain/rollout/written-plan.ts';
import { analystBy } from '../../../lambdas/handlers/rollout/analyst.ts';
import type { MetricReading, PrometheusMetrics } from '../../../lambdas/ports/metrics.ts';
import { VirtualClock } from '../../fakes/clock.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { AskedPods } from '../../fakes/pods-asked.ts';

const place = {
  installation: 'shop',
  environment: 'main',
  kind: 'pre-release',
  branch: 'main',
  key: 'orders',
  repository: 'orders',
  name: 'orders',
} as const;
const START = 1_000_000;
/** Nobody inside is asked by these metrics. */
const INSIDE = { cluster: new FakeCluster(new VirtualClock()), pods: new AskedPods() };

function rolloutWith(...metrics: readonly WrittenMetric[]): Rollout {
  const compiled = compilePlan({ strategy: 'blue-green', after: { analyse: '20s' }, metrics }, true);
  if (compiled.kind !== 'plan') throw new Error(`no plan: ${compiled.kind}`);
  return {
    plan: compiled.plan,
    candidate: { side: 'green', commit: 'b'.repeat(40), digest: 'sha256:b' },
    stable: { side: 'blue', commit: 'a'.repeat(40), digest: 'sha256:a' },
    phase: 'stepping',
    step: 1,
    stepSince: START,
    startedAt: 0,
    shifted: { candidatePercent: 100, at: START },
    pausedFor: 0,
    stableReplicas: 1,
    deadline: 600_000,
    tally: NO_TALLY,
  };
}

/** Answers queries about 5xx, about requests, and all others. */
class Gateway implements PrometheusMetrics {
  readonly asked: string[] = [];
  readonly #answer: (query: string) => MetricReading | number;
  constructor(answer: (query: string) => MetricReading | number) {
    this.#answer = answer;
  }
  query(promql: string): Promise<MetricReading> {
    this.asked.push(promql);
    const answer = this.#answer(promql);
    return Promise.resolve(typeof answer === 'number' ? { kind: 'value', value: answer } : answer);
  }
}

/** Measures every 5 s for as long as nothing is decided; the last measurement counts as the end. */
async function verdict(prometheus: PrometheusMetrics, rollout: Rollout) {
  const analyst = analystBy({ prometheus }, INSIDE);
  let { tally } = rollout;
  for (const seconds of [5, 10, 15, 20]) {
    const measured = await analyst.measure({ ...rollout, tally }, place, START + seconds * 1000, new Map());
    if (measured === undefined) throw new Error('nothing was measured');
    if (measured.analysis.kind !== 'going-on') return { ...measured.analysis, seconds };
    ({ tally } = measured);
  }
  return { kind: 'going-on', seconds: 20, measurement: '' };
}
const rate: WrittenMetric = { kind: 'success-rate', success: '>= 99' };

describe('measuring a rollout', () => {
  it("asks for the candidate's requests since the step began", async () => {
    const gateway = new Gateway(() => 100);
    await verdict(gateway, rolloutWith(rate));
    expect(gateway.asked[0]).toContain('service="shop-main-orders-green-http-80@kubernetesgateway"');
    expect(gateway.asked.join()).toContain(`@ ${String(START / 1000)}.000`);
    expect(gateway.asked.join()).not.toContain('orders-blue');
  });

  it('is healthy at the end of the step, not before', async () => {
    expect(await verdict(new Gateway(() => 100), rolloutWith(rate))).toMatchObject({ kind: 'healthy', seconds: 20 });
  });

  it('is unhealthy at once, by one metric of several', async () => {
    const gateway = new Gateway((query) => (query.includes('histogram_quantile') ? 900 : 100));
    const slow: WrittenMetric = { kind: 'latency', percentile: 95, failure: '> 500' };
    expect(await verdict(gateway, rolloutWith(rate, slow))).toMatchObject({
      kind: 'unhealthy',
      seconds: 5,
      measurement: 'latency 900 ms, bad > 500 (failures: 1, allowed: 0)',
    });
  });

  it('does not judge fewer requests than the minimum sample', async () => {
    const gateway = new Gateway((query) => (query.startsWith('100 *') ? 0 : 19));
    expect(await verdict(gateway, rolloutWith(rate))).toMatchObject({ kind: 'going-on' });
  });

  it.each<MetricReading>([
    { kind: 'error', because: 'no answer within 3000 ms' },
    { kind: 'no-data', because: 'Prometheus has nothing for this query' },
  ])('comes to no data when the store answers %j for longer than the limit', async (answer) => {
    expect(await verdict(new Gateway(() => answer), rolloutWith({ ...rate, errorLimit: 2 }))).toMatchObject({
      kind: 'no-data',
      seconds: 15,
    });
  });

  it('is never healthy without a store', async () => {
    const rollout = rolloutWith({ ...rate, errorLimit: 0 });
    const measured = await analystBy({}, INSIDE).measure(rollout, place, START + 5_000, new Map());
    expect(measured?.analysis).toMatchObject({ kind: 'no-data' });
  });

  it('fills in what an own query asks for', async () => {
    const gateway = new Gateway(() => 0);
    const query = 'sum(rate(failed{pod=~"$candidate-.*",namespace="$namespace"}[$window]))';
    await verdict(gateway, rolloutWith({ kind: 'prometheus', query, failure: '> 0' }));
    expect(gateway.asked[0]).toBe('sum(rate(failed{pod=~"orders-green-.*",namespace="shop-main"}[5s]))');
  });

  it('measures nothing by a plan without metrics', async () => {
    const rollout = rolloutWith(rate);
    const silent = { ...rollout, plan: { ...rollout.plan, metrics: [] } };
    expect(await analystBy({}, INSIDE).measure(silent, place, START, new Map())).toBeUndefined();
  });
});
