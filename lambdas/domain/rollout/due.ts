/**
 * What the plan says for where a rollout is now: shares that somebody needs the size for, and the header that leads to the candidate.
 * Separate because who looks, who writes and who decides must read the plan alike.
 */
import type { Instant } from '../environment/record.ts';
import { baselineShare } from './baseline.ts';
import type { Rollout } from './rollout.ts';
import { percentAfter, type HeaderMatch, type Percent } from './step.ts';

/** The candidate is sized so long before its next share: a new node takes about a minute, and a pause must not be followed by a wait. */
const SIZE_AHEAD = 90_000;

/** The share that the candidate must have the size for before anything goes on. */
export function nextShare(rollout: Rollout, now: Instant): Percent {
  return shareAfter(rollout, endsSoon(rollout, now) ? 2 : 1);
}

/** The share for which the baseline must have the size; 0: there must be none. */
export function nextBaseline(rollout: Rollout, now: Instant): Percent {
  return baselineShare(rollout, endsSoon(rollout, now) ? 2 : 1);
}

/** The share that the present step gives to the candidate. */
export function dueShare(rollout: Rollout): Percent {
  return shareAfter(rollout, 1);
}

function shareAfter(rollout: Rollout, steps: number): Percent {
  const { plan, phase, step, resumeAt = 0 } = rollout;
  if (phase === 'promoting') return 100;
  if (phase === 'stepping') return Math.max(1, percentAfter(plan.steps, step + steps));
  const first = plan.steps.find((candidate) => candidate.kind === 'shift')?.candidatePercent ?? 100;
  return Math.max(first, percentAfter(plan.steps, resumeAt + 1));
}

/** Whether a step that takes its time is so near its end that what comes after it must be prepared. */
function endsSoon({ plan, step: index, stepSince, pausedSince }: Rollout, now: Instant): boolean {
  const current = plan.steps[index];
  if (current?.kind !== 'pause' && current?.kind !== 'analyse') return false;
  return pausedSince === undefined && now >= stepSince + current.seconds * 1000 - SIZE_AHEAD;
}

/**
 * The header that reaches the candidate now: of the last header step that began; none before, at the end and on the way back. A rollout
 * that goes on in the middle of its plan has it from the beginning.
 */
export function headerAt(rollout: Rollout): HeaderMatch | undefined {
  const { phase, resumeAt = 0, step: at } = rollout;
  if (phase !== 'stepping' && phase !== 'dark' && phase !== 'preparing') return undefined;
  const begun = rollout.plan.steps.slice(0, phase === 'preparing' ? resumeAt : at + 1);
  return begun.findLast((candidate) => candidate.kind === 'try-by-header')?.match;
}
