/**
 * What sweeps remember: who sweeps now, where the rotation of heads stands, what people were asked already.
 * Separate because two sweeps at once would count removals twice.
 */
import type { Instant } from '../environment/record.ts';

export interface SweepState {
  readonly version: number;
  /** The sweep that runs, until this moment at the latest. */
  readonly lease?: { readonly execution: string; readonly until: Instant };
  /** The last branch whose head was read, `<repository> <branch>`; the next sweep goes on behind it. */
  readonly cursor?: string;
  /** Repositories whose branches could not be listed in the last comparison. */
  readonly unread?: readonly string[];
  /** The questions of the last notice and when it was sent. */
  readonly asked?: { readonly questions: readonly string[]; readonly at: Instant };
}

/** Longer than a sweep may last (30 minutes). */
const LEASE_MS = 35 * 60_000;
/** The same questions are asked again once a day. */
const ASK_AGAIN_MS = 24 * 3_600_000;

/** Takes the lease for this execution; undefined when another sweep has it. Taking it twice is no error. */
export function takeLease(state: SweepState | undefined, execution: string, now: Instant): SweepState | undefined {
  const known = state ?? { version: 0 };
  const taken = known.lease !== undefined && known.lease.execution !== execution && known.lease.until > now;
  return taken ? undefined : { ...known, lease: { execution, until: now + LEASE_MS } };
}

/** Gives the lease back. */
export function releaseLease(state: SweepState, execution: string): SweepState {
  if (state.lease?.execution !== execution) return state;
  const { lease: _lease, ...rest } = state;
  return rest;
}

/** True when people have to be asked now: something new is among the questions, or a day has passed. */
export function mustAsk(state: SweepState, questions: readonly string[], now: Instant): boolean {
  if (questions.length === 0) return false;
  const { asked } = state;
  if (asked === undefined || now >= asked.at + ASK_AGAIN_MS) return true;
  return questions.some((question) => !asked.questions.includes(question));
}
