/** Where measurements come from. A store that is away, slow or empty is an answer, not an exception: a rollout must end whatever it says. */
import type { CloudWatchMetric } from '../domain/analysis/metric.ts';
import type { Instant } from '../domain/environment/record.ts';

/** One number, or why there is none. `no-data`: the store answered that it has nothing · `error`: it did not answer, or nonsense. */
export type MetricReading =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'no-data'; readonly because: string }
  | { readonly kind: 'error'; readonly because: string };

/** Prometheus, or what speaks its API. Answers within seconds, always. */
export interface PrometheusMetrics {
  query(promql: string, at: Instant): Promise<MetricReading>;
}

/** CloudWatch's latest complete number between the two moments. Answers within seconds, always. */
export interface CloudWatchMetrics {
  read(metric: CloudWatchMetric, from: Instant, to: Instant): Promise<MetricReading>;
}

/** The stores of an installation; one that the settings do not name is absent. */
export interface MetricStores {
  readonly prometheus?: PrometheusMetrics;
  readonly cloudWatch?: CloudWatchMetrics;
}
