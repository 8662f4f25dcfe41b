/**
 * Whether a decision counts: asked at this moment, about this build and step, by somebody who may, and how many more are needed. Pure,
 * because the same must come out whichever way the decision came in.
 */
import type { DecisionWord } from '../../contracts/payloads.ts';
import type { Instant } from '../environment/record.ts';
import type { Approval, Decided, Vote } from '../rollout/approval.ts';
import type { StoredRollout } from '../rollout/stored.ts';
import { authorship, type Authors } from './authors.ts';
import { describeRule, mayDecide, needsPerson, type DecisionRule } from './decision-rules.ts';
import { describePerson, personOf } from './person.ts';

/** A known person, or an execution of which nobody told yet who started it. */
export type Decider =
  { readonly kind: 'person'; readonly arn: string } | { readonly kind: 'unknown'; readonly execution: string };

/** A decision as it arrives. */
export interface Cast {
  readonly decision: DecisionWord;
  readonly comment?: string;
  readonly by: Decider;
  readonly at: Instant;
}

export type Judgement =
  /** It holds from now on. */
  | { readonly kind: 'taken'; readonly decided: Decided }
  /** It is one of several that are needed. */
  | { readonly kind: 'counted'; readonly votes: readonly Vote[]; readonly needed: number }
  /** It must first be known who decides. */
  | { readonly kind: 'who' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Judges a decision. `authors` are asked for only where a rule is about them. */
export function judgeDecision(
  approval: Approval,
  stored: StoredRollout | undefined,
  cast: Cast,
  rule: DecisionRule,
  authors: Authors | undefined,
): Judgement {
  const void_ = whyVoid(approval, stored, cast);
  if (void_ !== undefined) return { kind: 'refused', reason: void_ };
  if (cast.by.kind === 'unknown') {
    return needsPerson(rule) ? { kind: 'who' } : { kind: 'taken', decided: decidedBy(cast) };
  }
  const forbidden = whyNotBy(approval, cast.by.arn, cast.decision, rule, authors);
  if (forbidden !== undefined) return { kind: 'refused', reason: forbidden };
  const { arn } = cast.by;
  const earlier = (approval.votes ?? []).filter(({ decision }) => decision === cast.decision);
  if (earlier.some((vote) => personOf(vote.arn) === personOf(arn))) {
    const left = rule.approvals - earlier.length;
    return refused(
      `${describePerson(arn)} said "${cast.decision}" already; ${String(left)} more ${left === 1 ? 'person is' : 'people are'} needed: ${describeRule(rule)}.`,
    );
  }
  const votes = [...(approval.votes ?? []), voteOf(cast, arn)];
  const needed = rule.approvals - earlier.length - 1;
  return needed > 0 ? { kind: 'counted', votes, needed } : { kind: 'taken', decided: decidedBy(cast, earlier) };
}

/** Why nothing can be decided under this approval any more, whoever decides. */
function whyVoid(
  approval: Approval,
  stored: StoredRollout | undefined,
  { decision, at: now }: Cast,
): string | undefined {
  if (approval.decided !== undefined) {
    const { by, at, decision: earlier } = approval.decided;
    return `It was decided already: ${earlier}, by ${by}, at ${new Date(at).toISOString()}. A decision is taken once.`;
  }
  if (stored?.generation !== approval.generation || stored.approval !== approval.id) {
    return `This is no longer asked: the rollout of ${approval.service} in ${approval.environment} has moved on or was replaced by a newer one. See \`npx espalier rollout ${approval.environment} ${approval.service}\`.`;
  }
  if (stored.rollout.candidate.digest !== approval.digest) {
    return 'The question was about another build than the one that is rolled out now.';
  }
  if (approval.until !== undefined && now >= approval.until) {
    return `The time to decide ended at ${new Date(approval.until).toISOString()}.`;
  }
  if (!approval.allowed.includes(decision)) {
    return `"${decision}" cannot be decided here; allowed: ${approval.allowed.join(', ')}.`;
  }
  return undefined;
}

/** Why this person may not decide this. */
function whyNotBy(
  { commit }: Approval,
  arn: string,
  decision: DecisionWord,
  rule: DecisionRule,
  authors: Authors | undefined,
): string | undefined {
  if (!mayDecide(rule, arn)) {
    const members = rule.group?.members.join(', ') ?? '';
    return `${describePerson(arn)} may not decide "${decision}" here. Who may: ${describeRule(rule)} (${members}). You are ${arn}.`;
  }
  if (!rule.notByAuthor) return undefined;
  const short = commit.slice(0, 10);
  const why = authorship(authors ?? { pushers: [], emails: [] }, arn);
  if (why !== undefined) {
    return `${describePerson(arn)} may not decide "${decision}" about commit ${short}: ${why}, and it is ${describeRule(rule)}.`;
  }
  // Fail closed: what stands in a commit proves nothing, so that without a known pusher everybody could be its author.
  return (authors?.pushers.length ?? 0) > 0
    ? undefined
    : `It is not known who pushed commit ${short} (its branch event was lost), so that nobody can be told from its author. Push a new commit to the branch, or reject this one.`;
}

function voteOf({ decision, comment, at }: Cast, arn: string): Vote {
  return { arn, at, decision, ...(comment !== undefined && { comment }) };
}

function decidedBy({ by, at, decision, comment }: Cast, earlier: readonly Vote[] = []): Decided {
  const known = by.kind === 'person' ? [...earlier.map(({ arn }) => arn), by.arn] : [];
  return {
    by: by.kind === 'person' ? known.map(describePerson).join(' and ') : `whoever started ${by.execution}`,
    arns: known,
    at,
    decision,
    ...(comment !== undefined && { comment }),
  };
}

function refused(reason: string): Judgement {
  return { kind: 'refused', reason };
}
