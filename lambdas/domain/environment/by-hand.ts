/**
 * What a person may ask for beyond pushing: deliver again, remove, withdraw. Separate from looks at branches, which never undo what a
 * person asked for.
 */
import { tierOf } from '../../contracts/kinds.ts';
import { newService } from './new-record.ts';
import type { Change, Commit, EnvironmentRecord, Instant, ServiceRecord } from './record.ts';
import { isLive, withService } from './services.ts';
import { wishFor } from './want-before.ts';

/** Deliver this head of the branch, whatever was reached, failed or removed by hand before. */
export function requestDelivery(
  record: EnvironmentRecord,
  wish: { readonly service: string; readonly repository: string; readonly commit: Commit; readonly now: Instant },
): Change {
  const known = record.services[wish.service] ?? newService(wish.repository, wish.now);
  const { failure: _failure, held: _held, ...rest } = known;
  const desired = { kind: 'commit', commit: wish.commit, since: wish.now } as const;
  return withService(record, wish.service, { ...rest, desired, again: true });
}

/**
 * Remove an environment, or one service of it, until the next push: the present heads are held back.
 * Lasting environments are refused as a whole; a single service may be retired from them.
 */
export function requestRemoval(record: EnvironmentRecord, key: string | undefined, now: Instant): Change {
  if (key === undefined && tierOf(record.kind) === 'lasting') {
    return {
      kind: 'refused',
      reason: 'lasting-environment',
      message: `${record.id} is a lasting environment (${record.kind}) and is never removed as a whole. Name one of its services to retire that.`,
    };
  }
  if (key !== undefined && record.services[key] === undefined) {
    const known = Object.keys(record.services).join(', ') || 'none';
    return {
      kind: 'refused',
      reason: 'unknown-service',
      message: `${record.id} has no service "${key}". Its services: ${known}.`,
    };
  }
  const services = Object.fromEntries(
    Object.entries(record.services).map(([name, service]) => [
      name,
      (key === undefined || key === name) && isLive(service) ? held(service, now) : service,
    ]),
  );
  const { failure: _failure, ...removal } = record.removal;
  return { kind: 'changed', record: { ...record, services, removal } };
}

function held(service: ServiceRecord, now: Instant): ServiceRecord {
  const { failure: _failure, again: _again, ...rest } = service;
  if (service.desired.kind === 'absent') return rest;
  return { ...rest, held: service.desired.commit, desired: { kind: 'absent', because: 'by-hand', since: now } };
}

/**
 * Back to the version before: it is wanted until the next push, and the head that is left is held back.
 * Refused when something else is applied or wanted by now.
 */
export function requestRollBack(
  record: EnvironmentRecord,
  wish: { readonly service: string; readonly generation: number; readonly commit: Commit; readonly now: Instant },
): Change {
  const known = record.services[wish.service];
  const left = known?.applied;
  if (known?.desired.kind === 'commit' && known.desired.commit === wish.commit) return { kind: 'unchanged' };
  if (
    left?.generation !== wish.generation ||
    known?.desired.kind !== 'commit' ||
    known.desired.commit !== left.commit
  ) {
    return {
      kind: 'refused',
      reason: 'superseded',
      message: `Another version of ${wish.service} is wanted or serves in ${record.id} by now.`,
    };
  }
  const { failure: _failure, ...rest } = known;
  return withService(record, wish.service, { ...rest, ...wishFor(wish.commit, left.commit, wish.now) });
}

/** The same commit once more, after its rollout was stopped. Refused when another is wanted by now. */
export function requestRetry(
  record: EnvironmentRecord,
  wish: { readonly service: string; readonly commit: Commit },
): Change {
  const known = record.services[wish.service];
  if (known?.desired.kind !== 'commit' || known.desired.commit !== wish.commit) {
    return {
      kind: 'refused',
      reason: 'superseded',
      message: `Another version of ${wish.service} is wanted in ${record.id} by now.`,
    };
  }
  if (known.owner !== undefined || known.applied?.commit === wish.commit) return { kind: 'unchanged' };
  const { failure: _failure, ...rest } = known;
  return withService(record, wish.service, { ...rest, again: true });
}
