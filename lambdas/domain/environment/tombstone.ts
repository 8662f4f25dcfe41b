/**
 * When a removed environment may be forgotten: until then its id and its generations stay taken.
 */
import type { EnvironmentRecord, Instant } from './record.ts';

/** Days for which Step Functions refuses the name of a closed execution (90), and ten to spare. */
const TOMBSTONE_DAYS = 100;
const DAY = 86_400_000;

/**
 * Marks a tombstone that nothing holds any more.
 * INVARIANT: a removal by hand is remembered for as long as its branch lives; only then may the tombstone be forgotten.
 */
export function forgettable(record: EnvironmentRecord, now: Instant): EnvironmentRecord {
  if (record.phase !== 'removed' || record.forgetAt !== undefined) return record;
  const held = Object.values(record.services).some((service) => service.held !== undefined);
  return held ? record : { ...record, forgetAt: now + TOMBSTONE_DAYS * DAY };
}
