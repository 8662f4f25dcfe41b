/**
 * Parses EventBridge's events about CodeCommit. An event is a hint to look at a branch; what is delivered is never taken from it, only
 * who brought a commit in, which nothing else tells. Separate because these shapes are AWS's, with traps of their own: a plain push has
 * none of the merge fields, a merge has no caller, a deletion has no `commitId`, and pull requests name repositories in an array.
 * Source: https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
 */
import * as v from 'valibot';
import type { Pushed } from '../../contracts/payloads.ts';

/** What an event asks for; `ignored` says why nothing has to be done. */
export type BranchEvent =
  | { readonly action: 'look'; readonly repository: string; readonly branch: string; readonly pushed?: Pushed }
  | { readonly action: 'ignore'; readonly because: string };

/** An event that cannot be understood: thrown, so that it ends in the dead-letter queue for people to read. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
}

const envelope = v.object({
  source: v.literal('aws.codecommit'),
  'detail-type': v.string(),
  detail: v.looseObject({ event: v.string() }),
});

const reference = v.object({
  repositoryName: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,100}$/)),
  referenceType: v.string(),
  referenceName: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  referenceFullName: v.exactOptional(v.string()),
  commitId: v.exactOptional(v.pipe(v.string(), v.regex(/^[\w]{1,64}$/))),
  callerUserArn: v.exactOptional(v.pipe(v.string(), v.maxLength(2_048))),
  sourceCommitId: v.exactOptional(v.pipe(v.string(), v.regex(/^[\w]{1,64}$/))),
});

const REFERENCE_EVENTS = ['referenceCreated', 'referenceUpdated', 'referenceDeleted'];

/** Reads an event. Doubled, late and swapped ones are all the same: they say which branch to look at. */
export function parseBranchEvent(event: unknown): BranchEvent {
  const outer = v.safeParse(envelope, event);
  if (!outer.success) throw unreadable(event, outer.issues);
  const { detail } = outer.output;
  if (
    outer.output['detail-type'] !== 'CodeCommit Repository State Change' ||
    !REFERENCE_EVENTS.includes(detail.event)
  ) {
    return { action: 'ignore', because: `events of the type ${JSON.stringify(detail.event)} change no branch` };
  }
  const inner = v.safeParse(reference, detail);
  if (!inner.success) throw unreadable(event, inner.issues);
  const { repositoryName, referenceType, referenceName, referenceFullName } = inner.output;
  if (referenceType !== 'branch') {
    return {
      action: 'ignore',
      because: `${JSON.stringify(referenceName)} is a ${JSON.stringify(referenceType)}, not a branch`,
    };
  }
  // The short name is what GetBranch takes; the full one, when present, must say the same.
  if (referenceFullName !== undefined && referenceFullName !== `refs/heads/${referenceName}`) {
    throw new UnreadableEvent(
      `The event names the branch ${JSON.stringify(referenceName)} and the reference ${JSON.stringify(referenceFullName)}: these do not fit together.`,
    );
  }
  const pushed = pushedBy(inner.output);
  return { action: 'look', repository: repositoryName, branch: referenceName, ...(pushed && { pushed }) };
}

/** Who pushed or what was merged, where the event tells it. */
function pushedBy({ commitId, callerUserArn, sourceCommitId }: v.InferOutput<typeof reference>): Pushed | undefined {
  if (commitId === undefined || (callerUserArn === undefined && sourceCommitId === undefined)) return undefined;
  return {
    commit: commitId,
    ...(callerUserArn !== undefined && { by: callerUserArn }),
    ...(sourceCommitId !== undefined && { mergedFrom: sourceCommitId }),
  };
}

function unreadable(event: unknown, issues: readonly v.BaseIssue<unknown>[]): UnreadableEvent {
  const problems = issues.map((issue) => `${v.getDotPath(issue) ?? 'event'}: ${issue.message}`).join('; ');
  return new UnreadableEvent(
    `This is no event about a CodeCommit branch (${problems}): ${(JSON.stringify(event) ?? '').slice(0, 500)}`,
  );
}
