/**
 * What a rollout is made of: a list of steps as data. Separate because plans are written, checked, counted, shown and carried out
 * by different parts, and all of them mean the same steps.
 */

import type { Comparison } from '../analysis/comparison.ts';
import type { Metric } from '../analysis/metric.ts';

/** A whole number from 0 to 100. */
export type Percent = number;

/** Requests that carry this header reach the candidate, whatever the weights are. */
export interface HeaderMatch {
  readonly name: string;
  readonly value: string;
}

export type Step =
  /** The candidate is reached only by the header; weights stay as they are. */
  | { readonly kind: 'try-by-header'; readonly match: HeaderMatch }
  /** The candidate takes this share of all requests. */
  | { readonly kind: 'shift'; readonly candidatePercent: Percent }
  /** The delivery ends here; the version stays reached by the header only until somebody releases it, and goes when nobody does. */
  | { readonly kind: 'stay-dark'; readonly seconds: number }
  /** Time passes at the present weights; counted from the write of the last weight, so that it contains the settling. */
  | { readonly kind: 'pause'; readonly seconds: number }
  /** A person decides; without a decision in time the rollout is rolled back. */
  | { readonly kind: 'ask'; readonly question: string; readonly deadlineSeconds: number }
  /** Measurements at the present weights must end healthy. */
  | { readonly kind: 'analyse'; readonly seconds: number };

/** A plan that was checked: its steps and how long the old side stays for an immediate rollback. */
export interface Plan {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly keepSeconds: number;
  /** Seconds between measurements while the plan pauses or analyses. */
  readonly intervalSeconds: number;
  /** What is measured while the plan pauses or analyses; empty: nothing. */
  readonly metrics: readonly Metric[];
  /** Compares the candidate with a baseline of the version before. Absent: nothing is compared. */
  readonly judge?: Comparison;
  /** Names of CloudWatch alarms: one that fires before refuses to start, one that begins to fire ends it. Absent: none. */
  readonly alarms?: readonly string[];
}

/** The share the candidate has after the given number of steps. */
export function percentAfter(steps: readonly Step[], count: number): Percent {
  return steps.slice(0, count).reduce((percent, step) => (step.kind === 'shift' ? step.candidatePercent : percent), 0);
}

/** A step as people read it. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'try-by-header':
      return `reach it by the header ${step.match.name}: ${step.match.value}`;
    case 'shift':
      return `${String(step.candidatePercent)} % of the requests`;
    case 'stay-dark':
      return `stay dark until it is released, for ${describeSeconds(step.seconds)} at most`;
    case 'pause':
      return `wait ${describeSeconds(step.seconds)}`;
    case 'ask':
      return `ask: ${step.question}`;
    case 'analyse':
      return `measure for ${describeSeconds(step.seconds)}`;
  }
}

/** Seconds as people say them: `90 s`, `10 min`, `2 h`, `7 d`. */
export function describeSeconds(seconds: number): string {
  if (seconds >= 172_800 && seconds % 86_400 === 0) return `${String(seconds / 86_400)} d`;
  if (seconds >= 7200 && seconds % 3600 === 0) return `${String(seconds / 3600)} h`;
  return seconds >= 120 && seconds % 60 === 0 ? `${String(seconds / 60)} min` : `${String(seconds)} s`;
}
