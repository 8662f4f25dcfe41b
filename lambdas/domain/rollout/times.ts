/**
 * How long a rollout gives the gateway, the side that lost its traffic, and the pods. Separate because settings say it per kind, and a
 * plan never does.
 */
import { secondsOf } from './written-plan.ts';

/** Durations as people write them. */
export interface RolloutTimes {
  /** After this the gateway has certainly taken a written weight on; a pause contains it. */
  readonly settle: string;
  /** A side that lost its traffic drains this long: before it goes, and before a new version may take it. */
  readonly drain: string;
  /** A candidate that is not ready, and a return that is not over after this, is given up; paused time does not count. */
  readonly deadline: string;
}

/** Milliseconds of one of them. */
export function millisecondsOf(times: RolloutTimes, which: keyof RolloutTimes): number {
  return secondsOf(times[which]) * 1_000;
}
