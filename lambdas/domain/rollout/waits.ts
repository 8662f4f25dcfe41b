/**
 * How a rollout waits: when it looks again, and what becomes of it when something does not come in its time. Separate because every phase
 * waits alike.
 */
import type { Instant } from '../environment/record.ts';
import type { Decision } from './decision.ts';
import type { Observation, Readiness } from './observation.ts';
import type { RollBackReason, Rollout } from './rollout.ts';

/** Milliseconds until something in the cluster is looked at again. */
export const LOOK_AGAIN = 200;
/** The longest that pods which take their time are not looked at. */
export const LOOK_AGAIN_LATE = 5_000;

/** Looks again soon. */
export function hold(seen: Observation, because: string): Decision {
  return { kind: 'hold', until: seen.now + LOOK_AGAIN, because };
}

/** What takes long is looked at less often: at most a twentieth later than it could have been seen. */
export function holdLonger(seen: Observation, waited: number, because: string): Decision {
  const again = Math.min(Math.max(LOOK_AGAIN, waited / 20), LOOK_AGAIN_LATE);
  return { kind: 'hold', until: seen.now + again, because };
}

/** Waits for what was written to hold: until it does for certain, or is seen to. */
export function settle(seen: Observation, because: string): Decision {
  return seen.settledAt === undefined ? hold(seen, because) : { kind: 'hold', until: seen.settledAt, because };
}

/** Bounded: a candidate that does not become ready within the deadline, paused time excluded, is given up. */
export function waitForCandidate(rollout: Rollout, seen: Observation, since: Instant): Decision {
  const waited = seen.now - since - rollout.pausedFor;
  if (waited <= rollout.deadline) {
    return holdLonger(seen, waited, missing(seen.candidate));
  }
  return rollBack({
    kind: 'deadline',
    message: `the candidate was not ready in time: ${missing(seen.candidate)}`,
  });
}

/** Bounded: weights that never come true, and pods that never become targets, are given up. */
export function waitForWayIn(rollout: Rollout, seen: Observation, since: Instant, because: string): Decision {
  if (seen.now - since <= rollout.deadline) return settle(seen, because);
  return rollBack({ kind: 'deadline', message: `the way in did not follow in time: ${because}` });
}

/** Requests return to what served before. */
export function rollBack(reason: RollBackReason): Decision {
  return { kind: 'roll-back', reason };
}

/** Whether it has a pod that answers. */
export function isServing(side: Readiness): boolean {
  return side.kind === 'ready' || side.serving;
}

/** What is waited for, or why that is in vain. */
export function missing(side: Readiness): string {
  if (side.kind === 'ready') return 'nothing';
  return side.kind === 'waiting' ? side.on : side.why;
}
