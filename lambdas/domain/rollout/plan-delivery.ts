/**
 * On which side a delivery runs, and by which plan it gets the traffic. Separate because it is asked twice, before the workload is
 * applied and when the rollout begins, and must answer the same.
 */
import { otherSide, type Side } from '../../contracts/kubernetes.ts';
import type { Instant } from '../environment/record.ts';
import type { Version } from './rollout.ts';
import type { Plan } from './step.ts';
import type { StoredRollout } from './stored.ts';

/** Back to a version that served here just now: no measurement and no pause stands in the way. */
export const AT_ONCE: Plan = {
  name: 'at once',
  steps: [{ kind: 'shift', candidatePercent: 100 }],
  keepSeconds: 0,
  intervalSeconds: 5,
  metrics: [],
};

export type DeliveryPlan =
  | { readonly kind: 'in-place'; readonly side: Side; readonly because: string }
  | {
      readonly kind: 'roll-out';
      readonly side: Side;
      readonly plan: Plan;
      readonly because: string;
      /** Set when this version was delivered dark and is there already. */
      readonly dark?: true;
    };

/**
 * `serving` is what has the traffic; `chosen` what settings and service file say, undefined replaces in place. What runs `alone`, because
 * two versions cannot write one volume, never runs beside another, not even on the way back.
 */
export function planDelivery(
  commit: string,
  serving: Version | undefined,
  latest: StoredRollout | undefined,
  chosen: Plan | undefined,
  alone = false,
): DeliveryPlan {
  if (serving === undefined) return { kind: 'in-place', side: 'blue', because: 'nothing serves here yet' };
  if (serving.commit === commit) {
    return { kind: 'in-place', side: serving.side, because: 'this commit is what serves already' };
  }
  if (alone) return { kind: 'in-place', side: serving.side, because: 'two versions cannot share its volume' };
  const side = otherSide(serving.side);
  if (servedJustBefore(commit, serving, latest)) {
    return { kind: 'roll-out', side, plan: AT_ONCE, because: 'it served here before the version that serves now' };
  }
  if (latest?.rollout.phase === 'dark' && latest.rollout.candidate.commit === commit) {
    return { kind: 'roll-out', side, plan: latest.rollout.plan, because: 'it runs here dark', dark: true };
  }
  if (chosen === undefined) return { kind: 'in-place', side: serving.side, because: 'its plan is rolling' };
  return { kind: 'roll-out', side, plan: chosen, because: `its plan is ${chosen.name}` };
}

function servedJustBefore(commit: string, serving: Version, latest: StoredRollout | undefined): boolean {
  if (latest?.rollout.phase !== 'promoted' || latest.rollout.stable.commit !== commit) return false;
  const { candidate } = latest.rollout;
  return candidate.commit === serving.commit && candidate.side === serving.side;
}

/**
 * Milliseconds until the side that lost its traffic in the latest rollout has drained and may get another version. The version that
 * is there already replaces nobody, so it need not wait.
 */
export function drainLeft(commit: string, latest: StoredRollout | undefined, drain: number, now: Instant): number {
  if (latest?.endedAt === undefined) return 0;
  const { phase, stable, candidate } = latest.rollout;
  const idle = phase === 'promoted' ? stable : candidate;
  return idle.commit === commit ? 0 : Math.max(0, latest.endedAt + drain - now);
}

/** Ends after which a retry goes on where it was: nothing was wrong with the version. */
const BY_PEOPLE = ['ordered', 'unanswered', 'dropped', 'unreleased'] as const;

/** The step at which an earlier rollout of the same build by the same plan was stopped by people; a retry goes on there. */
export function resumesAt(latest: StoredRollout | undefined, digest: string, plan: Plan): number | undefined {
  const { rollout } = latest ?? {};
  const stopped = BY_PEOPLE.some((kind) => kind === rollout?.reason?.kind);
  const same = rollout?.candidate.digest === digest && JSON.stringify(rollout.plan) === JSON.stringify(plan);
  return rollout !== undefined && stopped && same && rollout.step > 0 ? rollout.step : undefined;
}
