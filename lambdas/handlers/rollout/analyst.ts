/**
 * Measures a rollout by the metrics of its plan. Separate from the stores, which only answer queries, and from the verdict, which is pure.
 */
import {
  addPair,
  judgeComparison,
  worseOf,
  type ComparedSource,
  type Comparison,
} from '../../domain/analysis/comparison.ts';
import { judge, count, isDue, type Measurement } from '../../domain/analysis/judge.ts';
import { isAskedInside, type Metric } from '../../domain/analysis/metric.ts';
import {
  errorCount,
  fillPlaceholders,
  latency,
  requestCount,
  successRate,
  type Traffic,
} from '../../domain/analysis/queries.ts';
import type { Instant } from '../../domain/environment/record.ts';
import type { ServicePlace } from '../../domain/manifests/manifest.ts';
import { baselinePercent } from '../../domain/rollout/baseline.ts';
import type { Rollout } from '../../domain/rollout/rollout.ts';
import { percentAfter } from '../../domain/rollout/step.ts';
import type { Analyst } from '../../ports/analyst.ts';
import { BASELINE, type Backend } from '../../contracts/kubernetes.ts';
import type { MetricReading, MetricStores } from '../../ports/metrics.ts';
import { askInside, type Inside } from './ask-inside.ts';

/** What one measurement needs to know. */
interface Asked {
  readonly metric: Metric;
  readonly rollout: Rollout;
  readonly place: ServicePlace;
  readonly now: Instant;
}

/** Asks these stores, and the candidate itself. */
export function analystBy(stores: MetricStores, inside: Inside): Analyst {
  return {
    async measure(rollout, place, now, outside) {
      const { metrics, steps } = rollout.plan;
      const compared = await compare(stores, rollout, place, now);
      if (metrics.length === 0 && compared === undefined) return undefined;
      const due = metrics.filter((metric) =>
        metric.source.kind === 'cloudwatch'
          ? outside.has(metric.name)
          : isDue(metric, rollout.tally, rollout.stepSince, now),
      );
      const measured = await Promise.all(
        due.map((metric) => {
          const reading = outside.get(metric.name);
          return reading === undefined
            ? measureOne(stores, inside, { metric, rollout, place, now })
            : Promise.resolve(measurementOf(reading));
        }),
      );
      const tally = due.reduce(
        (sofar, metric, index) => count(metric, sofar, measured[index] ?? NOT_MEASURED, now),
        rollout.tally,
      );
      const step = steps[rollout.step];
      const ended = step?.kind === 'analyse' && now >= rollout.stepSince + step.seconds * 1000;
      if (compared === undefined) return { analysis: judge(metrics, tally, ended), tally };
      const comparison = judgeComparison(compared.comparison, compared.samples.series, ended);
      const analysis = metrics.length === 0 ? comparison : worseOf(judge(metrics, tally, ended), comparison);
      return { analysis, tally, samples: compared.samples };
    },
  };
}

const NOT_MEASURED: Measurement = { kind: 'error', because: 'it was not measured' };

async function measureOne(stores: MetricStores, inside: Inside, asked: Asked): Promise<Measurement> {
  const { metric, rollout, place, now } = asked;
  if (isAskedInside(metric.source)) return askInside(inside, { metric, rollout, place });
  const { prometheus } = stores;
  const { candidate, stable } = rollout;
  // INVARIANT: what was before the step never counts for it.
  const from = Math.max(rollout.stepSince, now - metric.windowSeconds * 1000);
  const fill = (text: string) => fillPlaceholders(text, place, candidate.side, stable.side, (now - from) / 1000);
  if (prometheus === undefined) return { kind: 'error', because: 'the settings name no Prometheus' };
  if (metric.source.kind === 'prometheus') {
    return measurementOf(await prometheus.query(fill(metric.source.query), now));
  }
  const traffic: Traffic = { place, side: candidate.side, from };
  if (metric.minimumSample > 0) {
    const requests = await prometheus.query(requestCount(traffic), now);
    if (requests.kind !== 'value') return measurementOf(requests);
    if (requests.value < metric.minimumSample) return { kind: 'too-few', requests: requests.value };
  }
  return measurementOf(await prometheus.query(gatewayQuery(metric, traffic), now));
}

function gatewayQuery({ source }: Metric, traffic: Traffic): string {
  if (source.kind === 'latency') return latency(traffic, source.percentile);
  return source.kind === 'error-count' ? errorCount(traffic) : successRate(traffic);
}

function measurementOf(reading: MetricReading): Measurement {
  return reading.kind === 'value' ? reading : { kind: 'error', because: reading.because };
}

/** Samples candidate and baseline once per interval while the plan analyses and both have requests; undefined when nothing is compared. */
async function compare(
  { prometheus }: MetricStores,
  rollout: Rollout,
  place: ServicePlace,
  now: Instant,
): Promise<{ readonly comparison: Comparison; readonly samples: NonNullable<Rollout['samples']> } | undefined> {
  const { plan, step, stepSince, candidate } = rollout;
  const percent = percentAfter(plan.steps, step);
  const isBeside = plan.steps[step]?.kind === 'analyse' && baselinePercent(plan, percent) > 0;
  const { judge: comparison, intervalSeconds } = plan;
  if (comparison === undefined || !isBeside) return undefined;
  const samples = rollout.samples ?? { at: stepSince, series: {} };
  const from = now - intervalSeconds * 1_000;
  if (prometheus === undefined || from < samples.at) return { comparison, samples };
  const ask = async (source: ComparedSource, side: Backend, other: Backend): Promise<number | undefined> => {
    const reading = await prometheus.query(queryOf(source, { place, side, from }, other, intervalSeconds), now);
    return reading.kind === 'value' ? reading.value : undefined;
  };
  const pairs = await Promise.all(
    comparison.metrics.map(async ({ name, source }) => {
      const both = [ask(source, candidate.side, BASELINE), ask(source, BASELINE, candidate.side)] as const;
      return { name, pair: await Promise.all(both) };
    }),
  );
  const series = pairs.reduce((sofar, { name, pair }) => addPair(sofar, name, ...pair), samples.series);
  return { comparison, samples: { at: now, series } };
}

function queryOf(source: ComparedSource, traffic: Traffic, other: Backend, seconds: number): string {
  if (source.kind === 'latency') return latency(traffic, source.percentile);
  if (source.kind === 'success-rate') return successRate(traffic);
  return fillPlaceholders(source.query, traffic.place, traffic.side, other, seconds);
}
