/**
 * What a rollout does next. Pure and total: the same rollout and observation always give the same decision, so that a run that was
 * killed anywhere goes on from what is true.
 */
import { isAt, keepBaseline, prepareBaseline, waitForBaseline } from './beside-baseline.ts';
import type { Decision } from './decision.ts';
import { headerAt, nextShare } from './due.ts';
import { analyse, pause } from './measured-steps.ts';
import type { Observation, Order, Readiness } from './observation.ts';
import type { Question, RollBackReason, Rollout } from './rollout.ts';
import { percentAfter, type Percent } from './step.ts';
import {
  hold,
  isServing,
  LOOK_AGAIN_LATE,
  missing,
  rollBack,
  settle,
  waitForCandidate,
  waitForWayIn,
} from './waits.ts';

/** The longest that a rollout is not looked at that a person keeps paused. */
const LOOK_AGAIN_PAUSED = 3_600_000;

export function decide(rollout: Rollout, seen: Observation): Decision {
  switch (rollout.phase) {
    case 'promoted':
      return { kind: 'promoted' };
    case 'rolled-back':
      return { kind: 'rolled-back' };
    case 'dark':
      return { kind: 'stay-dark', until: rollout.darkUntil ?? seen.now };
    case 'rolling-back':
      return returnToStable(rollout, seen);
    case 'promoting':
      return finish(rollout, seen);
    case 'preparing':
      return interrupted(rollout, seen) ?? prepare(rollout, seen);
    case 'stepping':
      return interrupted(rollout, seen) ?? step(rollout, seen);
  }
}

/** Stable is brought to full size before traffic returns to it; header routes go with the weights. */
function returnToStable(rollout: Rollout, seen: Observation): Decision {
  if (!isAt(rollout, seen, 0)) {
    if (!seen.stableSized) return { kind: 'size-stable' };
    const waited = seen.now - (rollout.returningSince ?? seen.now);
    if (!mayTakeAll(seen.stable, seen.candidate, waited > rollout.deadline)) return hold(seen, missing(seen.stable));
    return { kind: 'shift', candidatePercent: 0 };
  }
  if (seen.headerRoute) return { kind: 'close-header' };
  if (seen.unsettled !== undefined) return settle(seen, seen.unsettled);
  if (seen.baseline?.present === true) return { kind: 'remove-baseline' };
  // Without any ready pod of stable there is nobody to point to; then it stays as it was. A withdrawal that died has taken it away.
  if (seen.plainService !== 'stable' && isServing(seen.stable)) {
    return seen.stableSized ? { kind: 'point-service', to: 'stable' } : { kind: 'size-stable' };
  }
  if (!seen.stableAsDefined) return { kind: 'size-as-defined', of: 'stable' };
  return { kind: 'rolled-back' };
}

/** Traffic never moves to a side that cannot take it, unless the other side serves nobody either; patience ends for a part of it. */
function mayTakeAll(taking: Readiness, giving: Readiness, patienceEnded: boolean): boolean {
  if (taking.kind === 'ready' || !isServing(giving)) return true;
  return patienceEnded && taking.serving;
}

/** The candidate takes everything: traffic from outside first, then that of others in the cluster. */
function finish(rollout: Rollout, seen: Observation): Decision {
  if (seen.plainService !== 'candidate') {
    if (seen.wanted !== 'this') return superseded(seen.wanted);
    if (seen.candidate.kind === 'failed' || (!isServing(seen.candidate) && seen.candidatePercent !== 0)) {
      return rollBack({ kind: 'candidate-failed', message: missing(seen.candidate) });
    }
    if (!seen.candidateSized) return { kind: 'size-candidate', candidatePercent: 100 };
    if (seen.candidate.kind === 'waiting') return waitForCandidate(rollout, seen, rollout.stepSince);
  }
  if (!isAt(rollout, seen, 100)) {
    return seen.unreachable === undefined || seen.plainService === 'candidate'
      ? { kind: 'shift', candidatePercent: 100 }
      : waitForWayIn(rollout, seen, rollout.stepSince, seen.unreachable);
  }
  if (seen.headerRoute) return { kind: 'close-header' };
  if (seen.unsettled !== undefined) {
    return seen.plainService === 'candidate'
      ? settle(seen, seen.unsettled)
      : waitForWayIn(rollout, seen, Math.max(rollout.stepSince, rollout.shifted.at), seen.unsettled);
  }
  if (seen.plainService !== 'candidate') return { kind: 'point-service', to: 'candidate' };
  if (seen.baseline?.present === true) return { kind: 'remove-baseline' };
  if (!seen.wayInAsWanted) return { kind: rollout.wayIn === 'closes' ? 'close-way-in' : 'open-way-in' };
  return seen.candidateAsDefined ? { kind: 'promoted' } : { kind: 'size-as-defined', of: 'candidate' };
}

/** What ends or stops a rollout whatever step it is in. */
function interrupted(rollout: Rollout, seen: Observation): Decision | undefined {
  if (seen.wanted !== 'this') return superseded(seen.wanted);
  const ordered = seen.order && obey(rollout, seen.order);
  if (ordered) return ordered;
  if (seen.candidate.kind === 'failed') return rollBack({ kind: 'candidate-failed', message: seen.candidate.why });
  const share = percentAfter(rollout.plan.steps, rollout.step);
  if (rollout.phase === 'stepping' && share > 0 && !isServing(seen.candidate)) {
    const message = `the candidate lost its ready pods: ${missing(seen.candidate)}`;
    return rollBack({ kind: 'candidate-failed', message });
  }
  if (seen.baseline !== undefined && seen.baseline.percent > 0 && !isServing(seen.baseline.readiness)) {
    const message = `the baseline lost its ready pods: ${missing(seen.baseline.readiness)}`;
    if (rollout.phase === 'stepping') return rollBack({ kind: 'stuck', message });
  }
  if (seen.alarms?.kind === 'fires') return rollBack(alarmed(rollout, seen.alarms.said));
  if (seen.analysis?.kind === 'unhealthy')
    return rollBack({ kind: 'unhealthy', measurement: seen.analysis.measurement });
  if (rollout.question) return answerOverdue(rollout.question, seen);
  if (rollout.pausedSince !== undefined) return keptPaused(rollout, seen);
  return undefined;
}

/** Before any request went to the candidate nothing is turned back: it is not begun. */
function alarmed(rollout: Rollout, said: string): RollBackReason {
  return rollout.phase === 'preparing'
    ? { kind: 'not-started', message: said }
    : { kind: 'unhealthy', measurement: said };
}

/**
 * While a person keeps it paused only weights that were moved by hand are put back, and whoever decides wakes it: it is looked at after
 * a tenth of the time that it has been paused, at least hourly. Two months are then some 1,500 rounds, as an execution can bear.
 */
function keptPaused(rollout: Rollout, seen: Observation): Decision {
  const tenth = (seen.now - (rollout.pausedSince ?? seen.now)) / 10;
  const until = seen.now + Math.max(rollout.plan.intervalSeconds * 1000, Math.min(tenth, LOOK_AGAIN_PAUSED));
  return misplaced(rollout, seen) ?? { kind: 'hold', until, because: 'kept paused by a person' };
}

function obey(rollout: Rollout, order: Order): Decision | undefined {
  switch (order.kind) {
    case 'abort':
    case 'reject':
      return rollBack({
        kind: 'ordered',
        by: order.by,
        ...(order.comment !== undefined && { comment: order.comment }),
      });
    case 'promote':
      return { kind: 'promote' };
    case 'pause':
      return rollout.pausedSince === undefined ? { kind: 'keep-paused', by: order.by } : undefined;
    case 'resume':
      return rollout.pausedSince === undefined ? undefined : { kind: 'resume' };
    case 'approve':
    case 'skip':
      return rollout.phase === 'stepping' ? { kind: 'next-step' } : undefined;
    case 'retry':
      return undefined;
  }
}

function answerOverdue(question: Question, seen: Observation): Decision {
  if (seen.now >= question.until) return rollBack({ kind: 'unanswered', question: question.text });
  return { kind: 'hold', until: question.until, because: question.text };
}

function prepare(rollout: Rollout, seen: Observation): Decision {
  const unclear = alarmsBefore(rollout, seen);
  if (unclear) return unclear;
  if (!seen.stableSized) return { kind: 'size-stable' };
  if (!isAt(rollout, seen, 0)) {
    const waited = seen.now - rollout.startedAt;
    if (!mayTakeAll(seen.stable, seen.candidate, waited > rollout.deadline)) return hold(seen, missing(seen.stable));
    return { kind: 'shift', candidatePercent: 0 };
  }
  // Of a version that was dark before this one; what is released keeps its own.
  if (seen.headerRoute && headerAt(rollout) === undefined) return { kind: 'close-header' };
  if (seen.unnamed === true) return { kind: 'shift', candidatePercent: 0 };
  // Its pods start while the gateway takes the way back on.
  if (!seen.candidateSized) return { kind: 'size-candidate', candidatePercent: nextShare(rollout, seen.now) };
  const baseline = keepBaseline(rollout, seen, 0);
  if (baseline) return baseline;
  if (seen.unsettled !== undefined) return waitForWayIn(rollout, seen, rollout.startedAt, seen.unsettled);
  if (seen.candidate.kind === 'ready') return { kind: 'next-step' };
  return waitForCandidate(rollout, seen, rollout.startedAt);
}

/** It starts only when every alarm was seen, and was seen quiet. */
function alarmsBefore(rollout: Rollout, { alarms, now }: Observation): Decision | undefined {
  if ((rollout.plan.alarms ?? []).length === 0 || alarms?.kind === 'quiet') return undefined;
  if (rollout.despiteAlarms === true && alarms !== undefined) return undefined;
  if (alarms?.kind === 'absent') return rollBack({ kind: 'not-started', message: alarms.said });
  const because = alarms?.kind === 'unknown' ? alarms.said : 'the alarms have not been looked at';
  if (now - rollout.startedAt - rollout.pausedFor > rollout.deadline) {
    return rollBack({ kind: 'not-started', message: because });
  }
  return { kind: 'hold', until: now + LOOK_AGAIN_LATE, because };
}

function step(rollout: Rollout, seen: Observation): Decision {
  const current = rollout.plan.steps[rollout.step];
  if (current === undefined) return { kind: 'promote' };
  // INVARIANT: the candidate has the size that its share needs before it gets the share, and stable keeps what it serves.
  if (!seen.stableSized) return { kind: 'size-stable' };
  if (!seen.candidateSized) return { kind: 'size-candidate', candidatePercent: nextShare(rollout, seen.now) };
  const moved = misplaced(rollout, seen) ?? keepBaseline(rollout, seen, percentAfter(rollout.plan.steps, rollout.step));
  if (moved) return moved;
  switch (current.kind) {
    case 'try-by-header':
      if (!seen.headerRoute) return { kind: 'open-header', match: current.match };
      return seen.unsettled === undefined
        ? { kind: 'next-step' }
        : waitForWayIn(rollout, seen, rollout.shifted.at, seen.unsettled);
    case 'shift':
      return shift(rollout, seen, current.candidatePercent);
    case 'stay-dark':
      if (seen.unsettled !== undefined) return settle(seen, seen.unsettled);
      return { kind: 'stay-dark', until: seen.now + current.seconds * 1000 };
    case 'pause':
      return pause(rollout, seen, current.seconds);
    case 'analyse':
      return analyse(rollout, seen, current.seconds);
    case 'ask':
      return {
        kind: 'ask',
        question: { about: 'step', text: current.question, until: seen.now + current.deadlineSeconds * 1000 },
      };
  }
}

function shift(rollout: Rollout, seen: Observation, candidatePercent: Percent): Decision {
  if (seen.candidate.kind !== 'ready') return waitForCandidate(rollout, seen, rollout.stepSince);
  if (!isAt(rollout, seen, candidatePercent)) {
    const alone = waitForBaseline(rollout, seen, candidatePercent);
    if (alone) return alone;
    return seen.unreachable === undefined
      ? { kind: 'shift', candidatePercent }
      : waitForWayIn(rollout, seen, rollout.stepSince, seen.unreachable);
  }
  return seen.unsettled === undefined
    ? { kind: 'next-step', verified: true }
    : waitForWayIn(rollout, seen, rollout.shifted.at, seen.unsettled);
}

/** Weights and header routes that somebody else moved are put back. */
function misplaced(rollout: Rollout, seen: Observation): Decision | undefined {
  const current = rollout.plan.steps[rollout.step];
  const should = percentAfter(rollout.plan.steps, rollout.step);
  if (current?.kind !== 'shift' && !isAt(rollout, seen, should)) {
    const more = should > (seen.candidatePercent ?? 0);
    if (more && seen.candidate.kind !== 'ready') return waitForCandidate(rollout, seen, rollout.stepSince);
    return (
      prepareBaseline(rollout, seen) ??
      waitForBaseline(rollout, seen, should) ?? { kind: 'shift', candidatePercent: should }
    );
  }
  const match = headerAt(rollout);
  return match !== undefined && current?.kind !== 'try-by-header' && !seen.headerRoute
    ? { kind: 'open-header', match }
    : undefined;
}

function superseded(wanted: 'newer' | 'nothing'): Decision {
  return rollBack({ kind: wanted === 'newer' ? 'superseded' : 'branch-deleted' });
}
