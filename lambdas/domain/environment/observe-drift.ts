/**
 * The cluster has not what was applied: the service is due again. Separate from looks at branches, because nothing new is wanted here,
 * and because putting right must end when somebody undoes it again and again.
 */
import type { Change, EnvironmentRecord, Instant } from './record.ts';
import { isBlocked, withService } from './services.ts';

/** Times within an hour that a service is put right; then people are asked. */
export const HEALS_LIMIT = 3;
const HOUR = 3_600_000;

/** `healed` to save · `undone-again`: as often as is sensible · `busy`: somebody works on it, or a failure waits for people. */
export function observeDrift(
  record: EnvironmentRecord,
  key: string,
  now: Instant,
): Change | { readonly kind: 'undone-again' } {
  const service = record.services[key];
  const idle = service?.owner === undefined && service?.applied !== undefined && !isBlocked(service.failure);
  if (service === undefined || !idle || service.desired.kind !== 'commit' || record.phase !== 'active') {
    return { kind: 'unchanged' };
  }
  const before = service.healed !== undefined && now - service.healed.since < HOUR ? service.healed : undefined;
  if (before !== undefined && before.times >= HEALS_LIMIT) return { kind: 'undone-again' };
  const healed = { since: before?.since ?? now, times: (before?.times ?? 0) + 1 };
  return withService(record, key, { ...service, again: true, healed });
}
