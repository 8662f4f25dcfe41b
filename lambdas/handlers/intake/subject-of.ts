/**
 * Whom a failure concerns in the records. Separate because a person's input names a branch or an environment, and the claim that was
 * made for it may have been saved although its answer was lost.
 */
import type { FailureSubject } from '../../contracts/inputs.ts';
import { claimedByHand, ownerOf } from '../../domain/environment/claim.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { findEnvironment } from './find-environment.ts';
import type { IntakePorts } from './intake-ports.ts';

/** A service's claim, or with `service` undefined the removal's. */
export interface Subject {
  readonly environment: string;
  readonly service: string | undefined;
  readonly generation: number;
}

/** The claim; undefined when this execution never had one. */
export async function subjectOf(
  ports: Pick<IntakePorts, 'records' | 'rules' | 'clock'>,
  claim: FailureSubject,
  execution: string,
): Promise<Subject | undefined> {
  if ('generation' in claim) {
    const { environment, generation } = claim;
    return { environment, service: 'service' in claim ? claim.service : undefined, generation };
  }
  const record =
    'repository' in claim ? await recordOfBranch(ports, claim.branch) : await ports.records.load(claim.environment);
  return record && claimOf(record, execution);
}

async function recordOfBranch(
  ports: Pick<IntakePorts, 'records' | 'rules' | 'clock'>,
  branch: string,
): Promise<EnvironmentRecord | undefined> {
  const found = await findEnvironment(ports, branch);
  return found.kind === 'known' ? found.record : undefined;
}

function claimOf(record: EnvironmentRecord, execution: string): Subject | undefined {
  const claimed = claimedByHand(record, execution);
  const owner = claimed && ownerOf(record, claimed.service);
  return owner && { environment: record.id, service: claimed.service, generation: owner.generation };
}
