/**
 * What a rollout remembers once a decision was carried out. Separate from deciding, because it is saved only after the cluster
 * answered: killed in between, the same decision is made and carried out again.
 */
import type { Instant } from '../environment/record.ts';
import type { Decision } from './decision.ts';
import { NO_TALLY } from '../analysis/tally.ts';
import type { Rollout } from './rollout.ts';

/** The rollout after `decision` was carried out at `now`. */
export function applyDecision(rollout: Rollout, decision: Decision, now: Instant): Rollout {
  switch (decision.kind) {
    case 'shift':
      return { ...rollout, shifted: { candidatePercent: decision.candidatePercent, at: now } };
    case 'open-header':
    case 'close-header':
    case 'open-way-in':
    case 'close-way-in':
      return { ...rollout, shifted: { candidatePercent: rollout.shifted.candidatePercent, at: now } };
    case 'next-step':
      return nextStep(rollout, decision.verified === true, now);
    case 'ask':
      return { ...rollout, question: decision.question };
    case 'keep-paused':
      return rollout.pausedSince === undefined ? { ...rollout, pausedSince: now } : rollout;
    case 'resume':
      return resumed(rollout, now);
    case 'promote':
      return { ...withoutQuestion(resumed(rollout, now)), phase: 'promoting', stepSince: now };
    case 'stay-dark':
      return { ...rollout, phase: 'dark', darkUntil: decision.until };
    case 'promoted':
      return { ...rollout, phase: 'promoted' };
    case 'roll-back':
      return {
        ...withoutQuestion(resumed(rollout, now)),
        phase: 'rolling-back',
        reason: decision.reason,
        returningSince: now,
      };
    case 'rolled-back':
      return { ...rollout, phase: 'rolled-back' };
    case 'size-candidate':
    case 'size-stable':
    case 'prepare-baseline':
    case 'remove-baseline':
    case 'size-as-defined':
    case 'point-service':
    case 'hold':
      return rollout;
  }
}

/** A step that follows a shift counts from the moment that the weight was written: a pause contains the settling. */
function nextStep(rollout: Rollout, verified: boolean, now: Instant): Rollout {
  const settled = withoutSamples(withoutQuestion(rollout));
  if (rollout.phase === 'preparing')
    return { ...settled, phase: 'stepping', step: rollout.resumeAt ?? 0, stepSince: now, tally: NO_TALLY };
  const afterShift = rollout.plan.steps[rollout.step]?.kind === 'shift';
  return {
    ...settled,
    ...(verified && { shifted: { ...rollout.shifted, verified } }),
    step: rollout.step + 1,
    stepSince: afterShift ? rollout.shifted.at : now,
    tally: NO_TALLY,
  };
}

function resumed(rollout: Rollout, now: Instant): Rollout {
  if (rollout.pausedSince === undefined) return rollout;
  const paused = now - rollout.pausedSince;
  const { pausedSince: _pausedSince, ...rest } = rollout;
  return { ...rest, pausedFor: rollout.pausedFor + paused, stepSince: rollout.stepSince + paused };
}

/** What was sampled at other weights compares nothing at the next ones. */
function withoutSamples(rollout: Rollout): Rollout {
  const { samples: _samples, ...rest } = rollout;
  return rest;
}

function withoutQuestion(rollout: Rollout): Rollout {
  const { question: _question, ...rest } = rollout;
  return rest;
}
