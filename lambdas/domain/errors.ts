/**
 * The three errors that use cases and adapters throw on purpose. Separate because everything inside throws them and only the entry
 * point of functions and the state machines catch them. Expected outcomes are values, not errors.
 */
import { REJECTED_ERROR, SUPERSEDED_ERROR, TRANSIENT_ERROR, type ErrorName } from '../contracts/errors.ts';

/** An error with one of the three names. `name` is a literal, because bundling changes the names of classes. */
abstract class EspalierError extends Error {
  abstract override readonly name: ErrorName;
  /** What people are told: what happened, what it means, what to do next. */
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

/** Passing trouble; the same may succeed later. */
export class TransientError extends EspalierError {
  override readonly name = TRANSIENT_ERROR;
}

/** It cannot be done as it was asked for; only a change by a person helps. */
export class RejectedError extends EspalierError {
  override readonly name = REJECTED_ERROR;
}

/** Somebody newer is responsible. */
export class SupersededError extends EspalierError {
  override readonly name = SUPERSEDED_ERROR;
}
