/**
 * A person started *withdraw service*: remove an environment or one service of it until the next push. Separate because the
 * execution's name is the person's and it may have been started on the state machine of the other tier.
 */
import { tierOf } from '../../contracts/kinds.ts';
import type { ClaimAnswer, WithdrawByHandInput } from '../../contracts/payloads.ts';
import { requestRemoval } from '../../domain/environment/by-hand.ts';
import { claim, claimedByHand, dueWork, type DueWork } from '../../domain/environment/claim.ts';
import type { Change, EnvironmentRecord } from '../../domain/environment/record.ts';
import { RejectedError } from '../../domain/errors.ts';
import { nearest } from '../../domain/naming/nearest.ts';
import { untilSaved } from './change-record.ts';
import { withdrawalOf } from './claim-withdrawal.ts';
import type { IntakePorts } from './intake-ports.ts';
import { startDueWork } from './start-due-work.ts';

/** Takes away by this execution, or sees to it that it is taken away. */
export async function withdrawByHand(
  ports: IntakePorts,
  { input, execution }: { readonly input: WithdrawByHandInput; readonly execution: string },
): Promise<ClaimAnswer> {
  const changed = await untilSaved(ports, async () => {
    const record = await ports.records.load(input.environment);
    if (record === undefined) throw await noSuchEnvironment(ports, input.environment);
    if (claimedByHand(record, execution) !== undefined) return { record, change: { kind: 'unchanged' } };
    const key = input.service === undefined ? undefined : serviceOf(record, input.service);
    const wished = requestRemoval(record, key, ports.clock.now());
    if (wished.kind === 'refused') throw new RejectedError(wished.message);
    if (wished.kind === 'unchanged') return { record, change: wished };
    const ours = await ports.executions.status(tierOf(record.kind), { workflow: 'withdraw-service', execution });
    return { record, change: ours === 'running' ? claimed(wished.record, key, ports.clock.now(), execution) : wished };
  });
  if (changed === undefined) throw await noSuchEnvironment(ports, input.environment);
  const { record } = changed;
  const mine = claimedByHand(record, execution);
  const answer = mine && withdrawalOf(record, mine.service);
  await startDueWork(ports, record);
  return answer ?? { kind: 'nothing-to-do', message: saysWhy(record, input.environment) };
}

/** The record claimed by this execution, when something of the wished kind is due; else only the wish. */
function claimed(record: EnvironmentRecord, key: string | undefined, now: number, execution: string): Change {
  const due: DueWork | undefined = dueWork(record).find(
    (work) => work.workflow === 'withdraw-service' && (work.service === undefined || work.service === key),
  );
  const change: Change = due === undefined ? { kind: 'unchanged' } : claim(record, due, now, execution);
  return change.kind === 'changed' ? change : { kind: 'changed', record };
}

/** People say a service's name; records know it by its key. */
function serviceOf(record: EnvironmentRecord, wanted: string): string {
  if (record.services[wanted] !== undefined) return wanted;
  return Object.entries(record.services).find(([, service]) => service.name === wanted)?.[0] ?? wanted;
}

function saysWhy(record: EnvironmentRecord, id: string): string {
  if (record.phase === 'removed') return `${id} is removed already.`;
  if (record.phase === 'removing')
    return `${id} is being removed by ${record.removal.owner?.execution ?? 'the next sweep'}.`;
  return `The wish is recorded for ${id}; it is done by another execution, or once a running delivery has stepped aside.`;
}

async function noSuchEnvironment(ports: IntakePorts, id: string): Promise<RejectedError> {
  const known = (await ports.records.all()).filter((record) => record.phase !== 'removed').map((record) => record.id);
  const guess = nearest(id, known);
  return new RejectedError(
    `There is no environment ${JSON.stringify(id)}.${guess === undefined ? '' : ` Did you mean "${guess}"?`} \`npx espalier environments\` lists them.`,
  );
}
