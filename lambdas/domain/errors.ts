/**
 * The three errors that are thrown on purpose; everything else that is thrown is a bug.
 * Separate because adapters, use cases and the entry point must mean the same by them. Expected outcomes are values, not errors.
 */
import { ERROR_NAMES, REJECTED_ERROR, SUPERSEDED_ERROR, TRANSIENT_ERROR, type ErrorName } from '../contracts/errors.ts';

/** Passing trouble: a named policy tries again. `reason` says what was tried and what answered. */
export class TransientError extends Error {
  override readonly name = TRANSIENT_ERROR;
  readonly reason: string;
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

/** What was asked for cannot be done as it is. `reason` tells the author what was found, what is allowed and what to do. */
export class RejectedError extends Error {
  override readonly name = REJECTED_ERROR;
  readonly reason: string;
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

/** Somebody newer is responsible; whoever finds this ends quietly. */
export class SupersededError extends Error {
  override readonly name = SUPERSEDED_ERROR;
  readonly reason: string;
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

/** The name by which a state machine catches this error; undefined for a bug. */
export function errorName(error: unknown): ErrorName | undefined {
  return error instanceof Error ? ERROR_NAMES.find((name) => name === error.name) : undefined;
}
