/**
 * Experiments: faults that a person orders against a service of a branch environment, and their bounds. Separate because definitions,
 * the command line, the function that carries them out and the sweep must agree on them.
 */

/** What may be done to a service: all its pods end · its way in from outside leads nowhere · a name that it calls leads nowhere, or answers late. */
export const EXPERIMENTS = ['pods', 'route', 'dependency'] as const;
export type ExperimentKind = (typeof EXPERIMENTS)[number];

/** Longest that one lasts: a quarter of an hour is a long outage, and short enough that nobody forgets it. */
export const LONGEST_EXPERIMENT_SECONDS = 900;
/** After this, what is left of one is undone by the sweep: the longest, and as long again for an API that is away at its end. */
export const FORGOTTEN_AFTER_SECONDS = 2 * LONGEST_EXPERIMENT_SECONDS;

/** How late a dependency may answer: what nobody would notice is no fault, and after half a minute everybody has given up. */
export const LEAST_DELAY_MS = 10;
export const LONGEST_DELAY_MS = 30_000;

/** Times that the state machine asks whether what delays is there; each looks for 20 s, so that nine are three minutes. */
export const READY_ROUNDS = 9;
export const READY_WITHIN_SECONDS = READY_ROUNDS * 20;

/** File beside the function `deploy` with the program that delays. */
export const DELAY_PROGRAM = 'delay.mjs';

/** Input of *run experiment*, as a person starts it. `service` and `dependency` are names. */
export interface ExperimentInput {
  readonly environment: string;
  readonly service: string;
  readonly fault: ExperimentKind;
  /** Whom `dependency` concerns: a name of the service file's dependencies. */
  readonly dependency?: string;
  /** With `dependency`: it answers this much later (milliseconds); absent: it does not answer. */
  readonly delayMs?: number;
  readonly seconds: number;
  readonly author?: string;
  readonly reason?: string;
}

/** Answer of `prepare-experiment`: whether what delays is there. */
export type PreparedExperiment = { readonly kind: 'ready' } | { readonly kind: 'waiting'; readonly on: string };

/** Answer of `begin-experiment`. */
export interface BegunExperiment {
  readonly kind: 'begun';
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Answer of `end-experiment`: `waiting` while a delivery works on the service, or while its pods are not ready again. `seconds`: how long
 * callers may still come to what delayed.
 */
export type EndedExperiment =
  | { readonly kind: 'ended'; readonly message: string; readonly seconds: number }
  | { readonly kind: 'waiting'; readonly on: string };
