/**
 * What a rollout has to know of the APIs of AWS, which no function inside the cluster's network reaches: asked by *roll out* of the
 * function `lookout`, between two rounds. Separate because the two functions and the state machine must agree on it. Types only.
 */

/** One number, or why there is none. `no-data`: the store answered that it has nothing · `error`: it did not answer, or nonsense. */
export type MetricReading =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'no-data'; readonly because: string }
  | { readonly kind: 'error'; readonly because: string };

/** What CloudWatch is asked: one metric by a statistic, or one expression (metric math, Metrics Insights). */
export type CloudWatchMetric =
  | {
      readonly namespace: string;
      readonly metric: string;
      readonly dimensions: Readonly<Record<string, string>>;
      readonly statistic: string;
      /** The number where CloudWatch has none: counts are often only written when there is something to count. */
      readonly missing?: number;
    }
  | { readonly expression: string; readonly missing?: number };

/** One metric of a plan that is due, over whole minutes; moments are milliseconds since 1970. */
export interface MetricQuestion {
  /** The metric's name in the plan. */
  readonly name: string;
  readonly metric: CloudWatchMetric;
  readonly from: number;
  readonly to: number;
}

/**
 * What CloudWatch says about one alarm; one without enough data is quiet, as it is for its owner. `unknown`: CloudWatch did not answer.
 */
export type AlarmReading =
  | { readonly name: string; readonly state: 'quiet' | 'absent' }
  | { readonly name: string; readonly state: 'fires'; readonly since: number; readonly reason: string }
  | { readonly name: string; readonly state: 'unknown'; readonly because: string };

/** Whether the load balancer at this address shares the requests for this host as the route says. */
export interface LoadBalancerQuestion {
  readonly address: string;
  readonly host: string;
  readonly candidatePercent: number;
  /** Share of the baseline; absent where there is none. */
  readonly baselinePercent?: number;
  /** Headers of the plan, and whether they are to lead to the candidate now. */
  readonly headers: readonly { readonly name: string; readonly value: string; readonly leads: boolean }[];
  /** Addresses of ready pods. */
  readonly pods: Readonly<Record<'candidate' | 'stable', readonly string[]>> & {
    readonly baseline?: readonly string[];
  };
  /** Whose pods must all be healthy targets. */
  readonly healthy: readonly ('candidate' | 'stable' | 'baseline')[];
}

/** `unseen`: nobody could look. */
export type LoadBalancerReading =
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'not-yet'; readonly missing: string }
  | { readonly kind: 'unseen'; readonly missing: string };

/** What is asked in one go. */
export interface LookoutRequest {
  /** What the rollout was at when it asked; an answer about anything else is not used. */
  readonly about: string;
  readonly metrics: readonly MetricQuestion[];
  /** Names of alarms. */
  readonly alarms: readonly string[];
  readonly loadBalancer?: LoadBalancerQuestion;
}

/** What was seen. */
export interface LookoutAnswer {
  readonly kind: 'seen';
  readonly about: string;
  readonly metrics: readonly { readonly name: string; readonly reading: MetricReading }[];
  readonly alarms: readonly AlarmReading[];
  readonly loadBalancer?: LoadBalancerReading;
}

/** What `advance-rollout` gets back: what was seen, or the error of a function that could not look. */
export type Seen = LookoutAnswer | { readonly kind: 'unseen'; readonly because: string };
