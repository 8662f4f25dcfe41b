/**
 * Parses EventBridge's events about CodeCommit. An event is a hint to look at a branch; nothing but repository and branch is taken
 * from it. Separate because these shapes are AWS's, with traps of their own: a plain push has none of the merge fields, a deletion
 * has no `commitId`, and pull requests name repositories in an array.
 * Source: https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
 */
import * as v from 'valibot';

/** What an event asks for; `ignored` says why nothing has to be done. */
export type BranchEvent =
  | { readonly action: 'look'; readonly repository: string; readonly branch: string }
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
  return { action: 'look', repository: repositoryName, branch: referenceName };
}

function unreadable(event: unknown, issues: readonly v.BaseIssue<unknown>[]): UnreadableEvent {
  const problems = issues.map((issue) => `${v.getDotPath(issue) ?? 'event'}: ${issue.message}`).join('; ');
  return new UnreadableEvent(
    `This is no event about a CodeCommit branch (${problems}): ${(JSON.stringify(event) ?? '').slice(0, 500)}`,
  );
}
