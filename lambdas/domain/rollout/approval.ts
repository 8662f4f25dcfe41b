/**
 * What people are asked. Separate because an answer arrives whenever somebody gives it: it is bound to one build and one step, is taken
 * once, and is void as soon as the rollout has moved on.
 */
import { createHash } from 'node:crypto';
import type { Claim, DecisionWord } from '../../contracts/payloads.ts';
import type { Instant } from '../environment/record.ts';
import { describeStep } from './step.ts';
import type { StoredRollout } from './stored.ts';

/** One thing that people may decide. */
export interface Approval extends Claim {
  readonly id: string;
  readonly version: number;
  readonly commit: string;
  readonly digest: string;
  /** What the rollout is at, as people read it. */
  readonly step: string;
  readonly question: string;
  readonly allowed: readonly DecisionWord[];
  /** Later answers do not count. */
  readonly until?: Instant;
  /** Token of the state that waits for the answer; it never leaves the table. */
  readonly token?: string;
  /** Answers that count but are not enough yet. */
  readonly votes?: readonly Vote[];
  readonly decided?: Decided;
}

/** One of several answers that are needed, and who gave it. */
export interface Vote {
  readonly arn: string;
  readonly at: Instant;
  readonly decision: DecisionWord;
  readonly comment?: string;
}

/** The answer that holds, and who gave it. */
export interface Decided {
  /** As people read it. */
  readonly by: string;
  /** Everybody who said so; empty while it is not known. */
  readonly arns?: readonly string[];
  readonly at: Instant;
  readonly decision: DecisionWord;
  readonly comment?: string;
}

/** The approval of what the rollout is at now. The same rollout at the same place always has the same. */
export function approvalOf(stored: StoredRollout): Approval | undefined {
  const { rollout, environment, service, generation } = stored;
  const allowed = allowedNow(stored);
  if (allowed.length === 0) return undefined;
  const step = rollout.plan.steps[rollout.step];
  const { question, darkUntil } = rollout;
  const until = rollout.phase === 'dark' ? darkUntil : question?.until;
  const place = [environment, service, generation, rollout.phase, rollout.step, question?.until, stored.taken.length];
  return {
    id: createHash('sha256').update(JSON.stringify(place)).digest('hex').slice(0, 12),
    version: 0,
    environment,
    service,
    generation,
    commit: rollout.candidate.commit,
    digest: rollout.candidate.digest,
    step: rollout.phase === 'stepping' && step !== undefined ? describeStep(step) : rollout.phase,
    question: question?.text ?? unasked(rollout),
    allowed,
    ...(until !== undefined && { until }),
  };
}

function allowedNow({ rollout }: StoredRollout): readonly DecisionWord[] {
  switch (rollout.phase) {
    case 'preparing':
      return ['promote', 'abort', ...pausing(rollout.pausedSince)];
    case 'stepping':
      return rollout.question === undefined
        ? ['promote', 'abort', 'skip', ...pausing(rollout.pausedSince)]
        : ['approve', 'reject', 'promote', 'abort'];
    case 'dark':
      return ['release', 'drop'];
    case 'promoted':
      return ['roll-back'];
    case 'rolled-back':
      return ['retry'];
    case 'promoting':
    case 'rolling-back':
      return [];
  }
}

/** What is said where nobody has to answer. */
function unasked({ phase }: StoredRollout['rollout']): string {
  return phase === 'dark'
    ? 'It is reached by its header only. Release it, or drop it?'
    : `Nobody needs to decide; it goes on by itself (${phase}).`;
}

function pausing(pausedSince: Instant | undefined): readonly DecisionWord[] {
  return pausedSince === undefined ? ['pause'] : ['resume'];
}
