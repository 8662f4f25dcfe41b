/**
 * The question every task asks first: am I still responsible? Separate because all stages ask it in the same way, at the beginning
 * of a task and never inside an apply or a removal.
 */
import type { Claim, RemovalClaim } from '../contracts/payloads.ts';
import { checkpoint } from '../domain/environment/claim.ts';
import type { EnvironmentRecord } from '../domain/environment/record.ts';
import { SupersededError } from '../domain/errors.ts';
import type { Records } from '../ports/records.ts';

/** The record, when this claim may go on; else a SupersededError. */
export async function requireOwner(
  records: Pick<Records, 'load'>,
  claim: Claim | RemovalClaim,
): Promise<EnvironmentRecord> {
  const service = 'service' in claim ? claim.service : undefined;
  const record = await records.load(claim.environment);
  if (record === undefined || checkpoint(record, service, claim.generation) === 'superseded') {
    throw new SupersededError(
      `Generation ${String(claim.generation)} of ${service ?? 'the removal'} in ${claim.environment} is no longer responsible.`,
    );
  }
  return record;
}
