/**
 * What a look at the real branch means for the record. The only place where git's truth becomes desired state.
 */
import { tierOf } from '../../contracts/kinds.ts';
import { newService } from './new-record.ts';
import type { Change, Commit, EnvironmentRecord, Instant, ServiceRecord } from './record.ts';
import { withService } from './services.ts';
import { forgettable } from './tombstone.ts';

/** What GetBranch said: the head, or that the branch does not exist. A failed look is no observation. */
export type Head = { readonly kind: 'commit'; readonly commit: Commit } | { readonly kind: 'gone' };

/**
 * Brings `desired` of one service in line with its branch. Idempotent: doubled, late and swapped events change nothing, because
 * the head is read and never taken from an event.
 */
export function observeBranch(
  record: EnvironmentRecord,
  seen: { readonly service: string; readonly repository: string; readonly head: Head; readonly now: Instant },
): Change {
  const known = record.services[seen.service];
  return seen.head.kind === 'commit'
    ? observeCommit(record, seen.service, known, seen.repository, seen.head.commit, seen.now)
    : observeGone(record, seen.service, known, seen.now);
}

function observeCommit(
  record: EnvironmentRecord,
  key: string,
  known: ServiceRecord | undefined,
  repository: string,
  commit: Commit,
  now: Instant,
): Change {
  if (known?.held === commit) return { kind: 'unchanged' };
  if (known?.desired.kind === 'commit' && known.desired.commit === commit) return { kind: 'unchanged' };
  const { held: _held, again: _again, failure: _failure, ...rest } = known ?? newService(repository, now);
  return withService(record, key, { ...rest, desired: { kind: 'commit', commit, since: now } });
}

function observeGone(record: EnvironmentRecord, key: string, known: ServiceRecord | undefined, now: Instant): Change {
  if (tierOf(record.kind) === 'lasting') {
    return {
      kind: 'refused',
      reason: 'lasting-environment',
      message: `The branch of the lasting environment ${record.id} was deleted. Lasting environments are never removed by deleting a branch: everything keeps running as it was.`,
    };
  }
  if (known === undefined) return { kind: 'unchanged' };
  const absent = known.desired.kind === 'absent';
  if (absent && known.held === undefined) return { kind: 'unchanged' };
  const { held: _held, again: _again, failure, ...rest } = known;
  // A removal that failed keeps its failure: deleting the branch of something already unwanted changes no attempt.
  const desired = absent ? known.desired : ({ kind: 'absent', because: 'branch-deleted', since: now } as const);
  const services = {
    ...record.services,
    [key]: { ...rest, ...(absent && failure !== undefined && { failure }), desired },
  };
  return { kind: 'changed', record: forgettable({ ...record, services }, now) };
}
