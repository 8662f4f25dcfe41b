/**
 * What CloudWatch is asked for a metric that is due. Separate because it has one number a minute, which is complete a minute later:
 * a measurement looks at whole minutes only, none of which began before the step did.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html (StartTime is inclusive, EndTime is
 * exclusive, both whole minutes)
 */
import type { CloudWatchMetric, MetricQuestion } from '../../contracts/lookout.ts';
import type { Instant } from '../environment/record.ts';
import type { ServicePlace } from '../manifests/manifest.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { isDue } from './judge.ts';
import type { Metric } from './metric.ts';
import { fillPlaceholders } from './queries.ts';

const MINUTE = 60_000;

/** The whole minutes since that moment that are complete now, at most as many as the window has; undefined before the first is. */
export function completeMinutes(
  since: Instant,
  windowSeconds: number,
  now: Instant,
): { readonly from: Instant; readonly to: Instant } | undefined {
  const to = Math.floor((now - MINUTE) / MINUTE) * MINUTE;
  const from = Math.max(Math.ceil(since / MINUTE) * MINUTE, to - windowSeconds * 1_000);
  return from < to ? { from, to } : undefined;
}

/** What has to be asked now for the rollout's metrics. */
export function dueQuestions(rollout: Rollout, place: ServicePlace, now: Instant): readonly MetricQuestion[] {
  return rollout.plan.metrics.flatMap((metric) => questionOf(metric, rollout, place, now));
}

function questionOf(metric: Metric, rollout: Rollout, place: ServicePlace, now: Instant): readonly MetricQuestion[] {
  const { source, name, windowSeconds } = metric;
  if (source.kind !== 'cloudwatch' || !isDue(metric, rollout.tally, rollout.stepSince, now)) return [];
  const minutes = completeMinutes(rollout.stepSince, windowSeconds, now);
  if (minutes === undefined) return [];
  const seconds = (minutes.to - minutes.from) / 1_000;
  const fill = (text: string): string =>
    fillPlaceholders(text, place, rollout.candidate.side, rollout.stable.side, seconds);
  return [{ name, metric: filled(source, fill), ...minutes }];
}

function filled(metric: CloudWatchMetric, fill: (text: string) => string): CloudWatchMetric {
  const missing = metric.missing === undefined ? {} : { missing: metric.missing };
  if ('expression' in metric) return { expression: fill(metric.expression), ...missing };
  const dimensions = Object.fromEntries(
    Object.entries(metric.dimensions).map(([dimension, value]) => [dimension, fill(value)]),
  );
  return { namespace: metric.namespace, metric: metric.metric, statistic: metric.statistic, dimensions, ...missing };
}

/** Texts of a metric that may hold placeholders. */
export function cloudWatchTexts(metric: CloudWatchMetric): readonly string[] {
  return 'expression' in metric ? [metric.expression] : Object.values(metric.dimensions);
}

/** Numbers of the minutes of one question, oldest first, as CloudWatch answered them. */
export interface MinuteValues {
  readonly values: readonly number[];
  /** Of an average: how many samples each minute had. */
  readonly samples?: readonly number[];
}

/**
 * The one number of several minutes. Counts add up and averages are weighted; percentiles and expressions cannot be put together, so
 * that the newest minute that has a number counts. Undefined without any.
 */
export function combineMinutes(metric: CloudWatchMetric, { values, samples = [] }: MinuteValues): number | undefined {
  const [newest] = values.slice(-1);
  if (newest === undefined) return undefined;
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
  switch ('expression' in metric ? '' : metric.statistic) {
    case 'Sum':
    case 'SampleCount':
      return sum(values);
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
    case 'Average': {
      const weights = sum(samples);
      if (weights === 0) return sum(values) / values.length;
      return sum(values.map((value, minute) => value * (samples[minute] ?? 0))) / weights;
    }
    default:
      return newest;
  }
}
