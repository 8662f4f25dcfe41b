/**
 * What a rollout does next. Pure and total: the same rollout and observation always give the same decision, so that a run that was
 * killed anywhere goes on from what is true.
 */
import type { Instant } from '../environment/record.ts';
import type { Question, RollBackReason, Rollout } from './rollout.ts';
import { percentAfter, type HeaderMatch, type Percent, type Step } from './step.ts';

/** What was true at one moment. */
export interface Observation {
  readonly now: Instant;
  /** Weights as read back and settled; undefined while a written weight is not verified. */
  readonly candidatePercent: Percent | undefined;
  readonly headerRoute: boolean;
  readonly candidate: Readiness;
  readonly stable: Readiness;
  /** Replicas are those that the next share needs. */
  readonly candidateSized: boolean;
  readonly stableSized: boolean;
  /** The latest measurement since the step began; undefined when none was due. */
  readonly analysis?: Analysis;
  /** What a person ordered since the last decision; taken once. */
  readonly order?: Order;
  /** Somebody newer is responsible, or the branch is gone. */
  readonly wanted: 'this' | 'newer' | 'nothing';
}

export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waiting'; readonly on: string }
  | { readonly kind: 'failed'; readonly why: string };

/** The verdict over the step so far, with the measurement that led to it. */
export type Analysis =
  | { readonly kind: 'healthy' }
  | { readonly kind: 'going-on' }
  | { readonly kind: 'unhealthy'; readonly measurement: string }
  | { readonly kind: 'inconclusive'; readonly measurement: string }
  | { readonly kind: 'no-data'; readonly measurement: string };

export interface Order {
  readonly kind: 'approve' | 'reject' | 'promote' | 'pause' | 'resume' | 'abort' | 'skip' | 'retry';
  readonly by: string;
  readonly comment?: string;
}

export type Decision =
  | { readonly kind: 'size-candidate'; readonly candidatePercent: Percent }
  | { readonly kind: 'size-stable' }
  | { readonly kind: 'shift'; readonly candidatePercent: Percent }
  | { readonly kind: 'open-header'; readonly match: HeaderMatch }
  | { readonly kind: 'close-header' }
  /** Nothing to write: look again at that moment, or earlier when a person decides. */
  | { readonly kind: 'hold'; readonly until: Instant; readonly because: string }
  | { readonly kind: 'ask'; readonly question: Question }
  | { readonly kind: 'next-step' }
  | { readonly kind: 'keep-paused'; readonly by: string }
  | { readonly kind: 'resume' }
  /** The candidate becomes the stable side: plain Service, then the old side after its keep time. */
  | { readonly kind: 'promote' }
  | { readonly kind: 'roll-back'; readonly reason: RollBackReason }
  /** Verified: stable 100, candidate 0, no header route. */
  | { readonly kind: 'rolled-back' }
  | { readonly kind: 'promoted' };

/** Milliseconds until something in the cluster is looked at again. */
const LOOK_AGAIN = 500;
/** How long a person has to answer what a plan did not foresee: an hour, as for an approval in a plan without its own deadline. */
export const ANSWER_WITHIN = 3_600_000;

export function decide(rollout: Rollout, seen: Observation): Decision {
  switch (rollout.phase) {
    case 'promoted':
      return { kind: 'promoted' };
    case 'rolled-back':
      return { kind: 'rolled-back' };
    case 'rolling-back':
      return returnToStable(seen);
    case 'promoting':
      return { kind: 'promote' };
    case 'preparing':
      return interrupted(rollout, seen) ?? prepare(rollout, seen);
    case 'stepping':
      return interrupted(rollout, seen) ?? step(rollout, seen);
  }
}

/** Stable is brought to full size before traffic returns to it; header routes go with the weights. */
function returnToStable(seen: Observation): Decision {
  if (!seen.stableSized) return { kind: 'size-stable' };
  // A stable side without a ready pod gets nothing: traffic never moves to an empty side.
  if (seen.stable.kind !== 'ready' && seen.candidate.kind === 'ready') {
    return hold(seen, `stable is not ready: ${seen.stable.kind === 'waiting' ? seen.stable.on : seen.stable.why}`);
  }
  if (seen.candidatePercent !== 0) return { kind: 'shift', candidatePercent: 0 };
  return seen.headerRoute ? { kind: 'close-header' } : { kind: 'rolled-back' };
}

/** What ends or stops a rollout whatever step it is in. */
function interrupted(rollout: Rollout, seen: Observation): Decision | undefined {
  if (seen.wanted !== 'this') {
    return rollBack({ kind: seen.wanted === 'newer' ? 'superseded' : 'branch-deleted' });
  }
  const ordered = seen.order && obey(rollout, seen.order);
  if (ordered) return ordered;
  if (seen.candidate.kind === 'failed') return rollBack({ kind: 'candidate-failed', message: seen.candidate.why });
  if (seen.analysis?.kind === 'unhealthy')
    return rollBack({ kind: 'unhealthy', measurement: seen.analysis.measurement });
  if (rollout.question) return answerOverdue(rollout.question, seen);
  if (rollout.pausedSince !== undefined) return hold(seen, 'kept paused by a person');
  return undefined;
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
      return { kind: 'keep-paused', by: order.by };
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
  if (seen.candidatePercent !== undefined && seen.candidatePercent !== 0) return { kind: 'shift', candidatePercent: 0 };
  const first = firstShare(rollout.plan.steps);
  if (!seen.stableSized) return { kind: 'size-stable' };
  if (!seen.candidateSized) return { kind: 'size-candidate', candidatePercent: first };
  if (seen.candidate.kind === 'ready') return { kind: 'next-step' };
  if (seen.now - rollout.startedAt - rollout.pausedFor > rollout.deadline) {
    const on = seen.candidate.kind === 'waiting' ? seen.candidate.on : seen.candidate.why;
    return rollBack({ kind: 'deadline', message: `the candidate was not ready in time: ${on}` });
  }
  return hold(seen, seen.candidate.kind === 'waiting' ? seen.candidate.on : seen.candidate.why);
}

function firstShare(steps: readonly Step[]): Percent {
  return steps.find((step) => step.kind === 'shift')?.candidatePercent ?? 100;
}

function step(rollout: Rollout, seen: Observation): Decision {
  const current = rollout.plan.steps[rollout.step];
  if (current === undefined) return { kind: 'promote' };
  // INVARIANT: the candidate has the size that its share needs before it gets the share, and stable keeps what it serves.
  if (!seen.stableSized) return { kind: 'size-stable' };
  const share = percentAfter(rollout.plan.steps, rollout.step + 1);
  if (!seen.candidateSized) return { kind: 'size-candidate', candidatePercent: share };
  const lost = lostCandidate(rollout, seen);
  if (lost) return lost;
  switch (current.kind) {
    case 'try-by-header':
      return seen.headerRoute ? { kind: 'next-step' } : { kind: 'open-header', match: current.match };
    case 'shift':
      return seen.candidatePercent === current.candidatePercent
        ? { kind: 'next-step' }
        : { kind: 'shift', candidatePercent: current.candidatePercent };
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

/** Weights that somebody else moved are put back; a candidate without ready pods loses its share at once. */
function lostCandidate(rollout: Rollout, seen: Observation): Decision | undefined {
  if (seen.candidate.kind === 'waiting') {
    return percentAfter(rollout.plan.steps, rollout.step) > 0
      ? rollBack({ kind: 'candidate-failed', message: `the candidate lost its ready pods: ${seen.candidate.on}` })
      : hold(seen, seen.candidate.on);
  }
  const should = percentAfter(rollout.plan.steps, rollout.step);
  if (
    rollout.plan.steps[rollout.step]?.kind !== 'shift' &&
    seen.candidatePercent !== undefined &&
    seen.candidatePercent !== should
  ) {
    return { kind: 'shift', candidatePercent: should };
  }
  return undefined;
}

function pause(rollout: Rollout, seen: Observation, seconds: number): Decision {
  const unclear = askAbout(seen);
  if (unclear) return unclear;
  const end = rollout.stepSince + seconds * 1000;
  if (seen.now >= end) return { kind: 'next-step' };
  return { kind: 'hold', until: Math.min(end, nextMeasurement(rollout, seen)), because: 'the plan pauses here' };
}

/** Ends only with a healthy verdict; whatever else is true at its end is asked about, and never counted as success. */
function analyse(rollout: Rollout, seen: Observation, seconds: number): Decision {
  const unclear = askAbout(seen);
  if (unclear) return unclear;
  const end = rollout.stepSince + seconds * 1000;
  if (seen.analysis?.kind === 'healthy') return { kind: 'next-step' };
  if (seen.now >= end) {
    return askPerson(seen, 'no-data', 'The analysis came to no verdict in its time. Promote, or return to stable?');
  }
  return { kind: 'hold', until: Math.min(end, nextMeasurement(rollout, seen)), because: 'measuring' };
}

function askAbout(seen: Observation): Decision | undefined {
  if (seen.analysis?.kind === 'inconclusive') {
    return askPerson(
      seen,
      'inconclusive',
      `The measurements do not say whether it is healthy: ${seen.analysis.measurement}. Go on, or return to stable?`,
    );
  }
  if (seen.analysis?.kind === 'no-data') {
    return askPerson(
      seen,
      'no-data',
      `There are no measurements: ${seen.analysis.measurement}. Go on, or return to stable?`,
    );
  }
  return undefined;
}

function askPerson(seen: Observation, about: Question['about'], text: string): Decision {
  return { kind: 'ask', question: { about, text, until: seen.now + ANSWER_WITHIN } };
}

function nextMeasurement(rollout: Rollout, seen: Observation): Instant {
  return seen.now + rollout.plan.intervalSeconds * 1000;
}

function hold(seen: Observation, because: string): Decision {
  return { kind: 'hold', until: seen.now + LOOK_AGAIN, because };
}

function rollBack(reason: RollBackReason): Decision {
  return { kind: 'roll-back', reason };
}
