/**
 * Questions about one service of a record and the way to replace it; shared by all transitions.
 */
import type { Change, EnvironmentRecord, Failure, ServiceRecord } from './record.ts';

/** What has to be done for a service, regardless of whether somebody is already doing it. */
export type Work = 'deliver' | 'withdraw' | 'none';

/** Attempts after which the sweep leaves a passing failure to people. */
export const ATTEMPTS_LIMIT = 5;

/** What is to do to bring `applied` to `desired`. A failure for the same commit blocks until something new is known. */
export function workOf(service: ServiceRecord): Work {
  if (service.again === true && service.desired.kind === 'commit') return 'deliver';
  if (isBlocked(service.failure)) return 'none';
  if (service.desired.kind === 'absent') return service.touched ? 'withdraw' : 'none';
  const { desired, dark } = service;
  // Delivered, and not released: that is somebody's decision, not work.
  if (dark?.generation === service.generation && dark.commit === desired.commit) return 'none';
  return isSettled(service) && service.applied?.commit === desired.commit ? 'none' : 'deliver';
}

/**
 * True when the last attempt is the one that was applied. A later one that failed or stepped aside may have left pods of its own:
 * going back to what is applied is a delivery too.
 */
function isSettled(service: ServiceRecord): boolean {
  return service.applied?.generation === service.generation;
}

/** True while a failure forbids another attempt. */
export function isBlocked(failure: Failure | undefined): boolean {
  return failure !== undefined && failure.retry !== true;
}

/** True while a service is wanted, in work, or may still have objects in the cluster. */
export function isLive(service: ServiceRecord): boolean {
  return service.desired.kind === 'commit' || service.owner !== undefined || service.touched;
}

/** True when nothing of this environment is wanted and nobody works on it: all that is left can go at once, with the namespace. */
export function isAbandoned(record: EnvironmentRecord): boolean {
  return !Object.values(record.services).some(
    (service) => service.desired.kind === 'commit' || service.owner !== undefined,
  );
}

/** The record with one service replaced. */
export function withService(record: EnvironmentRecord, key: string, service: ServiceRecord): Change {
  return { kind: 'changed', record: { ...record, services: { ...record.services, [key]: service } } };
}
