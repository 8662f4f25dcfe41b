/**
 * When a failed attempt may be made again without anybody pushing. Separate because it is the sweep's judgement, not a fact.
 */
import type { Change, EnvironmentRecord, Failure, Instant } from './record.ts';
import { ATTEMPTS_LIMIT, isBlocked, withService } from './services.ts';

const MINUTE = 60_000;
/** 1, 2, 4, 8 … minutes after the attempt that failed; an hour is often enough for what people have to mend first. */
const LONGEST_DELAY = 60 * MINUTE;

/** Milliseconds after the latest attempt before the next may be made. */
export function retryDelay(attempts: number): number {
  return Math.min(MINUTE * 2 ** Math.max(0, attempts - 1), LONGEST_DELAY);
}

/**
 * Services (undefined: the removal) whose failure need not block any longer.
 * Deliveries: only passing failures, up to the limit; everything else waits for a push or a person. What is to go is tried for ever:
 * no push will come for it, and nothing but another attempt can end it.
 */
export function retriesDue(record: EnvironmentRecord, now: Instant): readonly (string | undefined)[] {
  const ripe = (failure: Failure | undefined): failure is Failure =>
    failure !== undefined && isBlocked(failure) && now >= failure.at + retryDelay(failure.attempts);
  const services = Object.entries(record.services)
    .filter(([, { failure, desired }]) => ripe(failure) && (desired.kind === 'absent' || isRetried(failure)))
    .map(([key]) => key);
  return ripe(record.removal.failure) ? [...services, undefined] : services;
}

/** True when the sweep will try again by itself after this failure of a delivery. */
export function isRetried(failure: Pick<Failure, 'kind' | 'attempts'>): boolean {
  return failure.kind === 'transient' && failure.attempts < ATTEMPTS_LIMIT;
}

/** Lets a failed attempt be made again: nothing blocks any longer, the count of attempts stays. */
export function allowRetry(record: EnvironmentRecord, key: string | undefined): Change {
  if (key === undefined) {
    const { failure } = record.removal;
    if (failure === undefined || !isBlocked(failure)) return { kind: 'unchanged' };
    return {
      kind: 'changed',
      record: { ...record, removal: { ...record.removal, failure: { ...failure, retry: true } } },
    };
  }
  const service = record.services[key];
  if (service?.failure === undefined || !isBlocked(service.failure)) return { kind: 'unchanged' };
  return withService(record, key, { ...service, failure: { ...service.failure, retry: true } });
}
