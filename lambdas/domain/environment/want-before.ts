/**
 * The way back to what is applied, as if somebody had asked for it: of a delivery in place whose new pods do not keep their contract, for
 * they replaced those before, and of what the cluster lost while the newest commit cannot be delivered. Separate from failures, which leave
 * what serves as it is.
 */
import type { Change, Commit, EnvironmentRecord, Instant, ServiceRecord } from './record.ts';
import { isRetried } from './retry.ts';
import { isBlocked, withService } from './services.ts';

/** Wants what is applied, and holds the present commit back until the next push. Unchanged when there is nothing to go back to. */
export function wantBefore(
  record: EnvironmentRecord,
  key: string,
  { generation, now }: { readonly generation: number; readonly now: Instant },
): Change {
  const known = record.services[key];
  if (known?.owner === undefined || known.owner.generation !== generation) {
    return {
      kind: 'refused',
      reason: 'superseded',
      message: `Generation ${String(generation)} is no longer responsible.`,
    };
  }
  const { owner, desired, applied } = known;
  const stillWanted = desired.kind === 'commit' && desired.commit === owner.commit;
  if (applied === undefined || !stillWanted || applied.commit === owner.commit) return { kind: 'unchanged' };
  return withService(record, key, { ...known, ...wishFor(applied.commit, desired.commit, now) });
}

/** An earlier commit is wanted, and this one held back until the next push. */
export function wishFor(
  commit: Commit,
  held: Commit,
  since: Instant,
): Pick<ServiceRecord, 'desired' | 'held' | 'again'> {
  return { desired: { kind: 'commit', commit, since }, held, again: true };
}

/** True when the newest commit could not be delivered and waits for people, while an earlier one is applied. */
export function isKeptByEarlier(service: ServiceRecord): boolean {
  return newestBesideEarlier(service) !== undefined;
}

/** The same way back for a service that is kept by an earlier version; any other one is as it was. */
export function backToEarlier(service: ServiceRecord, now: Instant): ServiceRecord {
  const kept = newestBesideEarlier(service);
  if (kept === undefined) return service;
  const { failure: _failure, ...rest } = service;
  return { ...rest, ...wishFor(kept.earlier, kept.newest, now) };
}

function newestBesideEarlier({
  applied,
  desired,
  failure,
}: ServiceRecord): { readonly newest: Commit; readonly earlier: Commit } | undefined {
  if (applied === undefined || desired.kind !== 'commit' || desired.commit === applied.commit) return undefined;
  if (failure === undefined || !isBlocked(failure) || isRetried(failure)) return undefined;
  return { newest: desired.commit, earlier: applied.commit };
}
