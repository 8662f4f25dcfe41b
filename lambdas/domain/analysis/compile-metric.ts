/**
 * From a metric as people write it to one with every default filled in. Separate because the defaults say what a metric means when
 * its author is silent.
 */
import { secondsOf, type WrittenMetric } from '../rollout/written-plan.ts';
import { countsRequests, parseCondition, type Metric, type MetricSource } from './metric.ts';

/** CloudWatch has one number a minute, and a minute that is over needs one more until it is complete. Source: DESIGN §7. */
export const CLOUDWATCH_INTERVAL = 60;
export const CLOUDWATCH_DELAY = 120;
/** Fewer requests than 20 move a rate by more than five percent each. */
const MINIMUM_SAMPLE = 20;
/** How long a job may take when its author does not say. */
const JOB_WITHIN = '1m';
/** As argo-rollouts: the fifth error in a row ends the patience. */
const ERROR_LIMIT = 4;

/** What follows from the kind. A job runs once: its end is enough, and one that did not come to an end will not. */
const IMPLIED: Partial<
  Record<
    WrittenMetric['kind'],
    { readonly success: string; readonly errorLimit?: number; readonly consecutiveSuccess?: number }
  >
> = {
  'self-check': { success: '>= 100' },
  job: { success: '<= 0', errorLimit: 0, consecutiveSuccess: 1 },
};

/** The metric; `interval` is the plan's. */
export function compileMetric(written: WrittenMetric, interval: number): Metric {
  const source = sourceOf(written);
  const cloud = source.kind === 'cloudwatch';
  const implied = IMPLIED[written.kind];
  const said = written.success ?? (written.failure === undefined ? implied?.success : undefined);
  const success = said === undefined ? undefined : parseCondition(said);
  const failure = written.failure === undefined ? undefined : parseCondition(written.failure);
  return {
    name: written.name ?? written.kind,
    source,
    ...(success !== undefined && { success }),
    ...(failure !== undefined && { failure }),
    initialDelaySeconds: seconds(written.initialDelay, cloud ? CLOUDWATCH_DELAY : 0),
    intervalSeconds: seconds(written.interval, cloud ? Math.max(interval, CLOUDWATCH_INTERVAL) : interval),
    windowSeconds: seconds(written.window, cloud ? 300 : 60),
    minimumSample: written.minimumSample ?? defaultSample(source),
    failureLimit: written.failureLimit ?? 0,
    inconclusiveLimit: written.inconclusiveLimit ?? 0,
    errorLimit: written.errorLimit ?? implied?.errorLimit ?? ERROR_LIMIT,
    consecutiveSuccess: written.consecutiveSuccess ?? implied?.consecutiveSuccess ?? 0,
  };
}

/** A number of errors means something by itself; a rate or a percentile of few requests does not. */
function defaultSample(source: MetricSource): number {
  return countsRequests(source) && source.kind !== 'error-count' ? MINIMUM_SAMPLE : 0;
}

function seconds(written: string | undefined, otherwise: number): number {
  return written === undefined ? otherwise : secondsOf(written);
}

function sourceOf(written: WrittenMetric): MetricSource {
  switch (written.kind) {
    case 'latency':
      return { kind: 'latency', percentile: written.percentile ?? 95 };
    case 'prometheus':
      return { kind: 'prometheus', query: written.query ?? '' };
    case 'cloudwatch': {
      const missing = written.missing === undefined ? {} : { missing: written.missing };
      if (written.expression !== undefined) return { kind: 'cloudwatch', expression: written.expression, ...missing };
      return {
        kind: 'cloudwatch',
        namespace: written.namespace ?? '',
        metric: written.metric ?? '',
        dimensions: written.dimensions ?? {},
        statistic: written.statistic ?? 'Sum',
        ...missing,
      };
    }
    case 'self-check':
      return { kind: 'self-check', ...(written.path !== undefined && { path: written.path }) };
    case 'job':
      return { kind: 'job', command: written.command ?? [], withinSeconds: secondsOf(written.within ?? JOB_WITHIN) };
    case 'success-rate':
    case 'error-count':
      return { kind: written.kind };
  }
}
