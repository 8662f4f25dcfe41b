/**
 * What a look at the real branch means for the record. The only place where git's truth becomes desired state.
 */
import { tierOf } from '../../contracts/kinds.ts';
import { newService } from './new-record.ts';
import type { Change, Commit, EnvironmentRecord, Instant, ServiceRecord } from './record.ts';
import { allowRetry } from './retry.ts';
import { withService } from './services.ts';
import { forgettable } from './tombstone.ts';
import { backToEarlier } from './want-before.ts';

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
  // A removal that got stuck is tried again as soon as somebody pushes: the push waits for it.
  const mended = allowRetry(record, undefined);
  const base = mended.kind === 'changed' ? mended.record : record;
  if (known?.held === commit) return { kind: 'unchanged' };
  if (known?.desired.kind === 'commit' && known.desired.commit === commit) {
    if (known.branchGone === undefined) return { kind: 'unchanged' };
    const { branchGone: _gone, ...there } = known;
    return withService(record, key, there);
  }
  const {
    held: _held,
    again: _again,
    failure: _failure,
    branchGone: _gone,
    ...rest
  } = known ?? newService(repository, now);
  return withService(base, key, { ...rest, desired: { kind: 'commit', commit, since: now } });
}

function observeGone(record: EnvironmentRecord, key: string, known: ServiceRecord | undefined, now: Instant): Change {
  if (known === undefined) return { kind: 'unchanged' };
  // INVARIANT: no branch deletion takes anything out of a lasting environment. It is only remembered, to be told once.
  if (tierOf(record.kind) === 'lasting') {
    return known.branchGone === undefined
      ? withService(record, key, { ...known, branchGone: now })
      : { kind: 'unchanged' };
  }
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

/** A lasting environment is fed by the branch that the settings name now. */
export function fedBy(record: EnvironmentRecord, branch: string): EnvironmentRecord {
  return record.branch === branch ? record : { ...record, branch };
}

/**
 * The namespace was found missing although services should be in it: nothing of them is applied any more, and what was is due again.
 * Services that somebody works on are left to them.
 */
export function observeLost(record: EnvironmentRecord, now: Instant): Change {
  if (record.phase !== 'active') return { kind: 'unchanged' };
  const lost = Object.entries(record.services).filter(
    ([, service]) => service.owner === undefined && service.applied !== undefined,
  );
  if (lost.length === 0) return { kind: 'unchanged' };
  const services = Object.fromEntries(
    lost.map(([key, service]) => {
      const { applied: _applied, dark: _dark, ...due } = backToEarlier(service, now);
      return [key, due];
    }),
  );
  return { kind: 'changed', record: { ...record, services: { ...record.services, ...services } } };
}
