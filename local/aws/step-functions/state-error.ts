/**
 * How states fail, and which retrier or catcher answers: the error names of the language and their matching rules.
 * Separate because the rules differ by name and nothing else needs to know them.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
import type { Retrier } from './definition.ts';

/** A state failed with an error name; retriers and catchers of the state, then of those around it, may answer. */
export class StateError extends Error {
  readonly error: string;
  readonly reason: string | undefined;

  constructor(error: string, reason?: string) {
    super(reason === undefined ? error : `${error}: ${reason}`);
    this.error = error;
    this.reason = reason;
  }

  /** What `$states.errorOutput` and the output of an execution say of it. */
  get output(): { Error: string; Cause?: string } {
    return { Error: this.reportedName, ...(this.reason === undefined ? {} : { Cause: this.reason }) };
  }

  /** A missed heartbeat is caught as States.HeartbeatTimeout or States.Timeout, and reported as the latter. */
  get reportedName(): string {
    return this.error === 'States.HeartbeatTimeout' ? 'States.Timeout' : this.error;
  }
}

/** A branch or iteration was stopped because a sibling failed. */
export class CancelledError extends Error {}

/** Whether an ErrorEquals list answers an error of this name. */
export function answers(errorEquals: readonly string[], error: string): boolean {
  // Never retried nor caught, not even by its name.
  if (error === 'States.Runtime') return false;
  return errorEquals.some((name) => {
    if (name === error) return true;
    // Terminal unless somebody names it.
    if (error === 'States.DataLimitExceeded') return false;
    const timeout = error === 'States.Timeout' || error === 'States.HeartbeatTimeout';
    if (name === 'States.Timeout') return timeout;
    return name === 'States.ALL' || (name === 'States.TaskFailed' && !timeout);
  });
}

/** The first retrier whose names match; none when that one has no attempt left. */
export function chooseRetrier(
  retriers: readonly Retrier[],
  error: string,
  used: readonly number[],
): number | undefined {
  const index = retriers.findIndex((retrier) => answers(retrier.ErrorEquals, error));
  const retrier = retriers[index];
  if (retrier === undefined) return undefined;
  return (used[index] ?? 0) < (retrier.MaxAttempts ?? 3) ? index : undefined;
}

/** Milliseconds before the next attempt: interval × rate^attempts so far, capped, then drawn from [0, that] with full jitter. */
export function retryDelay(retrier: Retrier, used: number, random: () => number): number {
  const backoff = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used;
  const seconds = Math.min(backoff, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? random() : 1);
}
