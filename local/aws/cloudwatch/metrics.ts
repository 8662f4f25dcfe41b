/**
 * Numbers by metric and minute. Separate from the API, because alarms look at the same numbers. They are kept for three hours, in memory.
 */
import { AwsError } from '../api.ts';

/** A name and a value of a metric's identity. */
export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

/** Which metric. */
export interface MetricName {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
}

interface Sample {
  readonly value: number;
  readonly count: number;
}

/** One number of a period. */
export interface Point {
  readonly time: number;
  readonly value: number;
}

const MINUTE = 60_000;
const KEPT = 3 * 60 * MINUTE;

/** The metrics of this account. */
export class Metrics {
  readonly #series = new Map<string, Map<number, Sample[]>>();
  readonly #names = new Map<string, MetricName>();

  put(name: MetricName, time: number, value: number, count: number): void {
    const key = keyOf(name);
    const minutes = this.#series.get(key) ?? new Map<number, Sample[]>();
    const minute = Math.floor(time / MINUTE) * MINUTE;
    minutes.set(minute, [...(minutes.get(minute) ?? []), { value, count }]);
    for (const old of minutes.keys()) if (old < Date.now() - KEPT) minutes.delete(old);
    this.#series.set(key, minutes);
    this.#names.set(key, name);
  }

  /** Numbers of the periods from `from` (inclusive) to `to` (exclusive) that have any, oldest first; milliseconds. */
  points(name: MetricName, stat: string, period: number, from: number, to: number): readonly Point[] {
    const periods = new Map<number, Sample[]>();
    for (const [minute, samples] of this.#series.get(keyOf(name)) ?? []) {
      if (minute < from || minute >= to) continue;
      const time = from + Math.floor((minute - from) / period) * period;
      periods.set(time, [...(periods.get(time) ?? []), ...samples]);
    }
    return [...periods]
      .map(([time, samples]) => ({ time, value: statistic(stat, samples) }))
      .toSorted((one, other) => one.time - other.time);
  }

  names(): readonly MetricName[] {
    return [...this.#names.values()];
  }
}

/** The same metric, in whatever order its dimensions are given. */
function keyOf({ Namespace, MetricName, Dimensions = [] }: MetricName): string {
  const dimensions = Dimensions.map(({ Name, Value }) => JSON.stringify([Name, Value])).toSorted();
  return JSON.stringify([Namespace, MetricName, dimensions]);
}

function statistic(stat: string, samples: readonly Sample[]): number {
  const count = samples.reduce((sum, sample) => sum + sample.count, 0);
  const sum = samples.reduce((total, { value, count: times }) => total + value * times, 0);
  const values = samples.map(({ value }) => value);
  switch (stat) {
    case 'SampleCount':
      return count;
    case 'Sum':
      return sum;
    case 'Average':
      return sum / count;
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
    default:
      return percentile(percentOf(stat), samples, count);
  }
}

function percentOf(stat: string): number {
  const [, percent] = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(stat) ?? [];
  if (percent === undefined)
    throw new AwsError(
      'InvalidParameterValue',
      `The statistic ${stat} is not on the laptop; there are Sum, Average, Minimum, Maximum, SampleCount and percentiles such as p95.`,
    );
  return Number(percent);
}

/** The smallest value that at least this share of the samples does not exceed. */
function percentile(percent: number, samples: readonly Sample[], count: number): number {
  let seen = 0;
  for (const { value, count: times } of samples.toSorted((one, other) => one.value - other.value)) {
    seen += times;
    if (seen >= (percent / 100) * count) return value;
  }
  return samples.at(-1)?.value ?? Number.NaN;
}
