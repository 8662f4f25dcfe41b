/**
 * How often a metric answered what in the present step. Separate because it is saved with the rollout between any two measurements.
 */
import type { Instant } from '../environment/record.ts';

/** One metric's answers so far. */
export interface MetricTally {
  readonly succeeded: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly consecutiveErrors: number;
  readonly consecutiveSuccess: number;
  /** When it was measured last; too few requests are no measurement. */
  readonly at: Instant;
  /** Set while there are fewer requests than it needs. */
  readonly tooFew?: true;
  /** What the last measurement said, for people. */
  readonly said: string;
}

/** By name of the metric; one that was not measured yet is absent. */
export type Tally = Readonly<Record<string, MetricTally>>;

/** The beginning of a step. */
export const NO_TALLY: Tally = {};
