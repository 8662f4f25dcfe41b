/**
 * When a rollout has a baseline, and with which share. Separate because plans are checked by it, weights are written and read by it, and
 * the judge compares by it.
 */
import type { Rollout } from './rollout.ts';
import { percentAfter, type Percent, type Plan } from './step.ts';

/** The candidate and the baseline have the same share, so that none of them can have more than half. */
export const MOST_COMPARED = 50;

/** Share of the baseline while the candidate has this one: the same, or none. */
export function baselinePercent({ judge }: Plan, candidatePercent: Percent): Percent {
  return judge !== undefined && candidatePercent > 0 && candidatePercent <= MOST_COMPARED ? candidatePercent : 0;
}

/** The largest share that the baseline of this plan gets. */
export function mostBaseline(plan: Plan): Percent {
  const shares = plan.steps.map((_, index) => baselinePercent(plan, percentAfter(plan.steps, index + 1)));
  return Math.max(0, ...shares);
}

/**
 * The share for which the baseline must have the size: of the present step, and of the next one when its time is near. 0: there must be
 * none. On the way to an end there is none either.
 */
export function baselineShare(rollout: Rollout, upTo: number): Percent {
  const { plan, phase, step, resumeAt = 0 } = rollout;
  if (phase !== 'preparing' && phase !== 'stepping') return 0;
  const at = phase === 'preparing' ? resumeAt : step;
  const shares = Array.from({ length: upTo + 1 }, (_, ahead) => percentAfter(plan.steps, at + ahead));
  return Math.max(...shares.map((share) => baselinePercent(plan, share)));
}
