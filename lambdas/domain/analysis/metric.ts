/**
 * What a rollout measures and when a measured number is good or bad. Separate because settings and service files write metrics, plans
 * carry them and stores answer them.
 */

import type { CloudWatchMetric } from '../../contracts/lookout.ts';

/** A comparison with a number: `>= 99`. */
export interface Condition {
  readonly operator: '<' | '<=' | '>' | '>=';
  readonly value: number;
}

/** Where the number comes from. */
export type MetricSource =
  /** Share of the candidate's requests at the gateway that did not end in a 5xx, in percent. */
  | { readonly kind: 'success-rate' }
  /** Milliseconds within which this share of the candidate's requests was answered at the gateway. */
  | { readonly kind: 'latency'; readonly percentile: number }
  /** Requests to the candidate that ended in a 5xx at the gateway. */
  | { readonly kind: 'error-count' }
  /** One number by a query of the author, with placeholders (see queries.ts). */
  | { readonly kind: 'prometheus'; readonly query: string }
  /** One number of CloudWatch; dimensions and expressions may hold placeholders. */
  | ({ readonly kind: 'cloudwatch' } & CloudWatchMetric)
  /** Share of the candidate's ready pods that answer 2xx on a path, in percent. Without a path the service's own self-check. */
  | { readonly kind: 'self-check'; readonly path?: string }
  /** Exit code of a command of the author that runs once per step in the candidate's image. */
  | { readonly kind: 'job'; readonly command: readonly string[]; readonly withinSeconds: number };

/**
 * One metric of a plan. Limits are exceeded, not reached: with a failure limit of 2 the third failure ends the rollout.
 * Source: https://github.com/argoproj/argo-rollouts/blob/master/docs/features/analysis.md
 */
export interface Metric {
  readonly name: string;
  readonly source: MetricSource;
  /** At least one of the two conditions; where neither holds the measurement is inconclusive. */
  readonly success?: Condition;
  readonly failure?: Condition;
  /** Seconds of a step before its first measurement. */
  readonly initialDelaySeconds: number;
  /** Seconds between measurements. */
  readonly intervalSeconds: number;
  /** How far back one measurement looks, never beyond the beginning of the step. */
  readonly windowSeconds: number;
  /** Fewer requests say nothing: the measurement does not count, neither as success nor as failure. */
  readonly minimumSample: number;
  readonly failureLimit: number;
  readonly inconclusiveLimit: number;
  /** Errors in a row: the store is away, has nothing, or answers nonsense. */
  readonly errorLimit: number;
  /** Successes in a row that are enough before the step's time is over; 0: the step takes its time. */
  readonly consecutiveSuccess: number;
}

/** Whether the metric is about requests, so that a minimum sample means something. */
export function countsRequests(source: MetricSource): boolean {
  return source.kind === 'success-rate' || source.kind === 'latency' || source.kind === 'error-count';
}

/** Whether the answer comes from the candidate itself, and not from a store. */
export function isAskedInside(source: MetricSource): boolean {
  return source.kind === 'self-check' || source.kind === 'job';
}

/** A condition that people wrote, or undefined when it is none. */
export function parseCondition(text: string): Condition | undefined {
  const parts = CONDITION.exec(text);
  if (parts === null) return undefined;
  return { operator: parts[1] as Condition['operator'], value: Number(parts[2]) };
}

/** How a condition is written. */
export const CONDITION = /^\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$/;

/** Whether the number fulfils the condition. */
export function fulfils(number: number, { operator, value }: Condition): boolean {
  switch (operator) {
    case '<':
      return number < value;
    case '<=':
      return number <= value;
    case '>':
      return number > value;
    case '>=':
      return number >= value;
  }
}

/** A condition as people read it. */
export function describeCondition({ operator, value }: Condition): string {
  return `${operator} ${String(value)}`;
}
