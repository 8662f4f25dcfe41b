/** CloudWatch's metrics and alarms in memory. It knows statistics of single samples only, and says so. */
import type { AlarmReading, CloudWatchMetric, MetricQuestion, MetricReading } from '../../lambdas/contracts/lookout.ts';
import { combineMinutes } from '../../lambdas/domain/analysis/cloud-watch.ts';
import type { CloudWatchAlarms, CloudWatchMetrics } from '../../lambdas/ports/metrics.ts';

interface Sample {
  readonly metric: string;
  readonly time: number;
  readonly value: number;
}

export class FakeCloudWatch implements CloudWatchMetrics, CloudWatchAlarms {
  /** Every question that was asked. */
  readonly asked: MetricQuestion[] = [];
  /** Set while it is away. */
  away: string | undefined;
  /** Moments at which alarms were looked at. */
  looks = 0;
  readonly #samples: Sample[] = [];
  readonly #alarms = new Map<string, AlarmReading>();

  /** One sample of a metric with these dimensions. */
  put(namespace: string, metric: string, dimensions: Readonly<Record<string, string>>, time: number, value: number) {
    this.#samples.push({ metric: keyOf({ namespace, metric, dimensions }), time, value });
  }

  /** An alarm is quiet, or fires for this reason. */
  alarm(name: string, reason?: string): void {
    const fires = { name, state: 'fires', since: 0, reason: reason ?? '' } as const;
    this.#alarms.set(name, reason === undefined ? { name, state: 'quiet' } : fires);
  }

  states(names: readonly string[]): Promise<readonly AlarmReading[]> {
    if (names.length > 0) this.looks += 1;
    const { away } = this;
    return Promise.resolve(
      names.map((name) =>
        away === undefined
          ? (this.#alarms.get(name) ?? { name, state: 'absent' })
          : { name, state: 'unknown', because: away },
      ),
    );
  }

  read(questions: readonly MetricQuestion[]): Promise<readonly MetricReading[]> {
    this.asked.push(...questions);
    return Promise.resolve(questions.map((question) => this.#reading(question)));
  }

  #reading({ metric, from, to }: MetricQuestion): MetricReading {
    if (this.away !== undefined) return { kind: 'error', because: this.away };
    if ('expression' in metric) return { kind: 'error', because: 'The fake knows no expressions.' };
    const minutes = new Map<number, number[]>();
    for (const { metric: key, time, value } of this.#samples) {
      if (key !== keyOf(metric) || time < from || time >= to) continue;
      const minute = Math.floor(time / 60_000);
      minutes.set(minute, [...(minutes.get(minute) ?? []), value]);
    }
    const ordered = [...minutes].sort(([one], [other]) => one - other).map(([, values]) => values);
    const values = ordered.map((samples) => statistic(metric, samples));
    const value = combineMinutes(metric, { values, samples: ordered.map(({ length }) => length) }) ?? metric.missing;
    return value === undefined ? { kind: 'no-data', because: 'CloudWatch has nothing' } : { kind: 'value', value };
  }
}

function keyOf({ namespace, metric, dimensions }: Omit<Extract<CloudWatchMetric, { metric: string }>, 'statistic'>) {
  return JSON.stringify([
    namespace,
    metric,
    Object.entries(dimensions)
      .map((one) => one.join('='))
      .toSorted(),
  ]);
}

function statistic(metric: Extract<CloudWatchMetric, { metric: string }>, samples: readonly number[]): number {
  const sum = samples.reduce((total, sample) => total + sample, 0);
  switch (metric.statistic) {
    case 'Sum':
      return sum;
    case 'SampleCount':
      return samples.length;
    case 'Average':
      return sum / samples.length;
    case 'Minimum':
      return Math.min(...samples);
    case 'Maximum':
      return Math.max(...samples);
    default: {
      const rank = Math.ceil((Number(metric.statistic.slice(1)) / 100) * samples.length);
      return [...samples].sort((one, other) => one - other)[Math.max(0, rank - 1)] ?? Number.NaN;
    }
  }
}
