/**
 * Why a record needs somebody to come by. Separate because it needs neither git nor the cluster.
 */
import { dueWork, ownerOf } from '../environment/claim.ts';
import type { EnvironmentRecord, Instant } from '../environment/record.ts';
import { retriesDue } from '../environment/retry.ts';

/** A younger execution needs no look: it has only just been started. */
const YOUNG_MS = 60_000;

/** The reason in a few words; undefined when the record is at rest or somebody has only just begun. */
export function resumeReason(record: EnvironmentRecord, now: Instant): string | undefined {
  if (dueWork(record).length > 0) return 'something is due and nobody does it';
  if (retriesDue(record, now).length > 0) return 'a failed attempt may be made again';
  const owners = [undefined, ...Object.keys(record.services)].flatMap((service) => ownerOf(record, service) ?? []);
  if (owners.some((owner) => !owner.started)) return 'an execution was claimed and never heard of';
  if (owners.some((owner) => now - owner.claimedAt >= YOUNG_MS)) return 'an execution may have ended without saying so';
  return undefined;
}
