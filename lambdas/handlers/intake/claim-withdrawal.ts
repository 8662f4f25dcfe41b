/**
 * The first task of *withdraw service*: what this execution takes away. Separate from removals by hand, which first make it so that
 * something is to be taken away.
 */
import type { ClaimAnswer, WithdrawInput } from '../../contracts/payloads.ts';
import { markStarted, ownerOf } from '../../domain/environment/claim.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { changeRecord } from './change-record.ts';
import type { IntakePorts } from './intake-ports.ts';

/** Takes up what was saved before this execution was started. A withdrawal that was claimed is never cancelled. */
export async function claimWithdrawal(
  ports: IntakePorts,
  { input, execution }: { readonly input: WithdrawInput; readonly execution: string },
): Promise<ClaimAnswer> {
  const { environment, service, generation } = input;
  const changed = await changeRecord(ports, environment, (record) => {
    const owner = ownerOf(record, service);
    const responsible = owner?.workflow === 'withdraw-service' && owner.execution === execution;
    return responsible
      ? markStarted(record, service, generation)
      : { kind: 'refused', reason: 'superseded', message: `Generation ${String(generation)} is not yours.` };
  });
  const answer =
    changed === undefined || changed.kind === 'refused' ? undefined : withdrawalOf(changed.record, service);
  return (
    answer ?? {
      kind: 'nothing-to-do',
      message: `Generation ${String(generation)} is not this execution's (any more). To remove an environment by hand, start with {"environment": …}.`,
    }
  );
}

/** What the present owner takes away: one service, or with undefined the environment. */
export function withdrawalOf(record: EnvironmentRecord, service: string | undefined): ClaimAnswer | undefined {
  const owner = ownerOf(record, service);
  if (owner?.workflow !== 'withdraw-service') return undefined;
  const { generation } = owner;
  return service === undefined
    ? { kind: 'remove', removal: { environment: record.id, generation } }
    : { kind: 'withdraw', claim: { environment: record.id, service, generation } };
}
