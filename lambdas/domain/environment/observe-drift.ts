/**
 * The cluster has not what was applied: the service is due again, or the version before one that could not be delivered. Separate from
 * looks at branches, because nothing new is wanted here, and because putting right must end when somebody undoes it again and again.
 */
import type { Change, EnvironmentRecord, Instant, ServiceRecord } from './record.ts';
import { isBlocked, withService } from './services.ts';
import { backToEarlier } from './want-before.ts';

/** Times within an hour that a service is put right; then people are asked. */
const HEALS_LIMIT = 3;
const HOUR = 3_600_000;

/** `healed` to save · `undone-again`: as often as is sensible · `busy`: somebody works on it, or a failure waits for people. */
export function observeDrift(
  record: EnvironmentRecord,
  key: string,
  now: Instant,
): Change | { readonly kind: 'undone-again' } {
  const idle = idleService(record, key);
  const service = idle && backToEarlier(idle, now);
  if (service === undefined || isBlocked(service.failure)) return { kind: 'unchanged' };
  const healed = counted(service, now);
  return healed === undefined
    ? { kind: 'undone-again' }
    : withService(record, key, { ...service, again: true, healed });
}

/** The same for its configuration, which is brought again without a delivery, and therefore also to what an earlier delivery left. */
export function observeConfigurationDrift(
  record: EnvironmentRecord,
  key: string,
  now: Instant,
): Change | { readonly kind: 'undone-again' } {
  const service = idleService(record, key);
  if (service === undefined) return { kind: 'unchanged' };
  const healed = counted(service, now);
  return healed === undefined ? { kind: 'undone-again' } : withService(record, key, { ...service, healed });
}

/** The service, unless somebody works on it. */
function idleService(record: EnvironmentRecord, key: string): ServiceRecord | undefined {
  const service = record.services[key];
  const idle = service?.owner === undefined && service?.applied !== undefined;
  return idle && service.desired.kind === 'commit' && record.phase === 'active' ? service : undefined;
}

/** One more time; undefined when it was put right as often as is sensible. */
function counted({ healed }: ServiceRecord, now: Instant): ServiceRecord['healed'] {
  const before = healed !== undefined && now - healed.since < HOUR ? healed : undefined;
  if (before !== undefined && before.times >= HEALS_LIMIT) return undefined;
  return { since: before?.since ?? now, times: (before?.times ?? 0) + 1 };
}
