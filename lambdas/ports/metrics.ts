/** Where measurements come from. A store that is away, slow or empty is an answer, not an exception: a rollout must end whatever it says. */
import type { AlarmReading, MetricQuestion, MetricReading } from '../contracts/lookout.ts';
import type { Instant } from '../domain/environment/record.ts';

export type { MetricReading } from '../contracts/lookout.ts';

/** Prometheus, or what speaks its API. Answers within seconds, always. */
export interface PrometheusMetrics {
  query(promql: string, at: Instant): Promise<MetricReading>;
}

/** CloudWatch, asked by a function outside the cluster's network. Answers each question, within seconds, always. */
export interface CloudWatchMetrics {
  read(questions: readonly MetricQuestion[]): Promise<readonly MetricReading[]>;
}

/** Alarms of CloudWatch, asked from outside too. Answers each name, within seconds, always. */
export interface CloudWatchAlarms {
  states(names: readonly string[]): Promise<readonly AlarmReading[]>;
}

/** The stores that answer at once; one that the settings do not name is absent. */
export interface MetricStores {
  readonly prometheus?: PrometheusMetrics;
}
