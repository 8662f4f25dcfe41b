/**
 * Measures a rollout by the metrics of its plan. Separate from the stores, which only answer queries, and from the verdict, which is pure.
 */
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
import type { Rollout } from '../../domain/rollout/rollout.ts';
import type { Analyst } from '../../ports/analyst.ts';
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
      if (metrics.length === 0) return undefined;
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
      return { analysis: judge(metrics, tally, ended), tally };
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
