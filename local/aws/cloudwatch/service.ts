/**
 * CloudWatch: metrics that anybody puts, read by GetMetricData, and alarms on them. Separate from what it keeps. It speaks JSON, as the
 * SDK and the AWS CLI do since 2026; the query protocol of older ones is not spoken.
 */
import { gunzipSync } from 'node:zlib';
import { type Account, AwsError, type HttpRequest, type Protocol, type Service } from '../api.ts';
import { json } from '../protocols.ts';
import { alarms } from './alarms.ts';
import { Metrics, type MetricName } from './metrics.ts';

/** JSON 1.0; the SDK compresses what is large. */
const protocol: Protocol = {
  ...json,
  read: (request) => json.read(request.headers['content-encoding'] === 'gzip' ? unpacked(request) : request),
};

function unpacked(request: HttpRequest): HttpRequest {
  return { ...request, body: gunzipSync(request.body) };
}

interface Datum {
  readonly MetricName: string;
  readonly Dimensions?: MetricName['Dimensions'];
  /** Seconds since 1970; absent: now. */
  readonly Timestamp?: number;
  readonly Value?: number;
  readonly Values?: readonly number[];
  readonly Counts?: readonly number[];
  readonly StatisticValues?: unknown;
}

interface Query {
  readonly Id: string;
  readonly Label?: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: MetricName; readonly Period: number; readonly Stat: string };
}

interface GetMetricData {
  readonly MetricDataQueries: readonly Query[];
  readonly StartTime: number;
  readonly EndTime: number;
  readonly ScanBy?: string;
}

/** The metrics and alarms of this account. */
export function cloudWatch(account: Account): Service {
  const metrics = new Metrics();
  const result = (query: Query, { StartTime, EndTime, ScanBy }: GetMetricData) => {
    if (query.MetricStat === undefined)
      throw new AwsError('ValidationError', `${query.Id}: expressions are not on the laptop; ask for a metric.`);
    const { Metric, Period, Stat } = query.MetricStat;
    if (Period % 60 !== 0) throw new AwsError('ValidationError', `${query.Id}: the period is whole minutes.`);
    // Start times are rounded down to the minute, as for everything that is younger than 15 days.
    const from = Math.floor(StartTime / 60) * 60_000;
    const points = metrics.points(Metric, Stat, Period * 1_000, from, EndTime * 1_000);
    const ordered = ScanBy === 'TimestampAscending' ? points : points.toReversed();
    return {
      Id: query.Id,
      Label: query.Label ?? Metric.MetricName,
      Timestamps: ordered.map(({ time }) => time / 1_000),
      Values: ordered.map(({ value }) => value),
      StatusCode: 'Complete',
    };
  };
  return {
    name: 'monitoring',
    protocol,
    actions: {
      PutMetricData({ Namespace, MetricData = [] }: { Namespace: string; MetricData?: readonly Datum[] }) {
        for (const datum of MetricData) {
          if (datum.StatisticValues !== undefined)
            throw new AwsError('InvalidParameterValue', 'StatisticValues are not on the laptop; put values.');
          const { MetricName, Dimensions = [], Timestamp = Date.now() / 1_000, Counts = [] } = datum;
          const values = datum.Values ?? (datum.Value === undefined ? [] : [datum.Value]);
          values.forEach((value, index) => {
            metrics.put({ Namespace, MetricName, Dimensions }, Timestamp * 1_000, value, Counts[index] ?? 1);
          });
        }
      },
      GetMetricData: (input: GetMetricData) => ({
        MetricDataResults: input.MetricDataQueries.map((query) => result(query, input)),
        Messages: [],
      }),
      ListMetrics: ({ Namespace, MetricName }: { Namespace?: string; MetricName?: string }) => ({
        Metrics: metrics
          .names()
          .filter((name) => Namespace === undefined || name.Namespace === Namespace)
          .filter((name) => MetricName === undefined || name.MetricName === MetricName),
      }),
      ...alarms(account, metrics),
    },
  };
}
