/**
 * Metrics of CloudWatch, a number for each question. Separate because only this knows the API; whatever goes wrong is an answer within
 * a bounded time. Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
import {
  GetMetricDataCommand,
  type CloudWatchClient,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import type { CloudWatchMetric, MetricQuestion, MetricReading } from '../../contracts/lookout.ts';
import { combineMinutes } from '../../domain/analysis/cloud-watch.ts';
import type { CloudWatchMetrics } from '../../ports/metrics.ts';

/** Longest wait for all answers together: a rollout that waits for them looks at nothing else meanwhile. */
const PATIENCE_MS = 5_000;
/** Seconds of one number: the finest that every metric has, and the only one that never depends on how longer ones are aligned. */
const PERIOD = 60;

/** Over the network. */
export function cloudWatchMetrics(client: CloudWatchClient, patienceMs = PATIENCE_MS): CloudWatchMetrics {
  return {
    async read(questions) {
      if (questions.length === 0) return [];
      try {
        const results = await resultsOf(client, questions, AbortSignal.timeout(patienceMs));
        return questions.map((question, index) => readingOf(question, index, results));
      } catch (error) {
        const because = `CloudWatch: ${describe(error, patienceMs)}`;
        return questions.map(() => ({ kind: 'error', because }));
      }
    },
  };
}

/** One call has one span of time: the widest, of which each question takes its own minutes. */
async function resultsOf(
  client: CloudWatchClient,
  questions: readonly MetricQuestion[],
  abortSignal: AbortSignal,
): Promise<readonly MetricDataResult[]> {
  const request = {
    StartTime: new Date(Math.min(...questions.map(({ from }) => from))),
    EndTime: new Date(Math.max(...questions.map(({ to }) => to))),
    ScanBy: 'TimestampAscending' as const,
    MetricDataQueries: questions.flatMap(({ metric }, index) => queriesOf(metric, idOf(index))),
  };
  const results: MetricDataResult[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new GetMetricDataCommand({ ...request, ...(NextToken && { NextToken }) }), {
      abortSignal,
    });
    results.push(...(page.MetricDataResults ?? []));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return results;
}

/** Ids begin with a small letter. */
const idOf = (index: number): string => `m${String(index)}`;
/** How many samples the minutes of an average had. */
const samplesOf = (id: string): string => `${id}samples`;

function queriesOf(metric: CloudWatchMetric, id: string): readonly MetricDataQuery[] {
  if ('expression' in metric) return [{ Id: id, Expression: metric.expression, Period: PERIOD }];
  const { namespace, metric: name, dimensions, statistic } = metric;
  const Metric = {
    Namespace: namespace,
    MetricName: name,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  };
  const one = (Id: string, Stat: string): MetricDataQuery => ({ Id, MetricStat: { Metric, Period: PERIOD, Stat } });
  return [one(id, statistic), ...(statistic === 'Average' ? [one(samplesOf(id), 'SampleCount')] : [])];
}

function readingOf(
  { metric, from, to }: MetricQuestion,
  index: number,
  results: readonly MetricDataResult[],
): MetricReading {
  const id = idOf(index);
  // Pages of one series have the same label.
  const own = results.filter(({ Id }) => Id === id);
  const labels = new Set(own.map(({ Label }) => Label));
  const wrong = own.find(({ StatusCode }) => StatusCode === 'Forbidden' || StatusCode === 'InternalError');
  if (wrong !== undefined) return failed(wrong.Messages?.[0]?.Value ?? String(wrong.StatusCode));
  if (labels.size > 1) {
    return failed(`the query gives ${String(labels.size)} series; it must give one number: sum them, or select one`);
  }
  const minutes = minutesOf(own, from, to);
  const samples = minutesOf(
    results.filter(({ Id }) => Id === samplesOf(id)),
    from,
    to,
  );
  const times = [...minutes.keys()];
  const value = combineMinutes(metric, {
    values: [...minutes.values()],
    samples: times.map((time) => samples.get(time) ?? 0),
  });
  if (value !== undefined) return { kind: 'value', value };
  if (metric.missing !== undefined) return { kind: 'value', value: metric.missing };
  const span = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
  return { kind: 'no-data', because: `CloudWatch has nothing from ${span}` };
}

function minutesOf(results: readonly MetricDataResult[], from: number, to: number): ReadonlyMap<number, number> {
  const points = results.flatMap(({ Timestamps = [], Values = [] }) =>
    Timestamps.map((time, index) => [time.getTime(), Values[index] ?? Number.NaN] as const),
  );
  return new Map(points.filter(([time]) => time >= from && time < to).sort(([one], [other]) => one - other));
}

function failed(why: string): MetricReading {
  return { kind: 'error', because: `CloudWatch: ${why}` };
}

function describe(error: unknown, patienceMs: number): string {
  const { name, message } = error as Error;
  return name === 'AbortError' || name === 'TimeoutError'
    ? `no answer within ${String(patienceMs)} ms`
    : `${name}: ${message}`;
}
