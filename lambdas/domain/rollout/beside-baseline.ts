/**
 * What a rollout does about its baseline, which is there for as long as it has a share. Separate because only judged plans have one.
 */
import { baselinePercent } from './baseline.ts';
import type { Decision } from './decision.ts';
import { nextBaseline } from './due.ts';
import type { Observation, Readiness } from './observation.ts';
import type { Rollout } from './rollout.ts';
import type { Percent } from './step.ts';
import { holdLonger, rollBack } from './waits.ts';

/** Whether the requests are shared exactly as they must be when the candidate has this share. */
export function isAt({ plan }: Rollout, { candidatePercent, baseline }: Observation, percent: Percent): boolean {
  return candidatePercent === percent && (baseline?.percent ?? 0) === baselinePercent(plan, percent);
}

/** Brings the baseline, and takes it away when no share is left for it: the weights go first, and have been seen to hold. */
export function keepBaseline(rollout: Rollout, seen: Observation, at: Percent): Decision | undefined {
  const { baseline, unsettled } = seen;
  const prepare = prepareBaseline(rollout, seen);
  if (prepare || baseline === undefined) return prepare;
  if (baseline.wanted && baseline.unnamed === true && isAt(rollout, seen, at))
    return { kind: 'shift', candidatePercent: at };
  const isLeft = baseline.present && !baseline.wanted && baseline.percent === 0;
  return isLeft && unsettled === undefined ? { kind: 'remove-baseline' } : undefined;
}

/** Fresh pods of what serves, before they get their share. */
export function prepareBaseline(rollout: Rollout, { baseline, now }: Observation): Decision | undefined {
  return baseline?.wanted === true && !baseline.prepared
    ? { kind: 'prepare-baseline', candidatePercent: nextBaseline(rollout, now) }
    : undefined;
}

/** Bounded: without a baseline there is nothing to compare with, and a share without pods would lose requests. */
export function waitForBaseline(rollout: Rollout, seen: Observation, candidatePercent: Percent): Decision | undefined {
  const { readiness = NO_BASELINE } = seen.baseline ?? {};
  if (baselinePercent(rollout.plan, candidatePercent) === 0 || readiness.kind === 'ready') return undefined;
  if (readiness.kind === 'failed') return rollBack({ kind: 'stuck', message: `the baseline failed: ${readiness.why}` });
  const waited = seen.now - rollout.stepSince - rollout.pausedFor;
  const message = `the baseline was not ready in time: ${readiness.on}`;
  return waited > rollout.deadline ? rollBack({ kind: 'deadline', message }) : holdLonger(seen, waited, readiness.on);
}

const NO_BASELINE: Readiness = { kind: 'waiting', on: 'the baseline is not there', serving: false };
