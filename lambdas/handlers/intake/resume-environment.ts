/**
 * What a sweep does for one record: frees owners whose execution ended, allows failed attempts again when their time has come, and
 * starts what is due. Separate from a look, which knows nothing of executions.
 */
import { tierOf } from '../../contracts/kinds.ts';
import { ownerOf } from '../../domain/environment/claim.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { allowRetry, retriesDue } from '../../domain/environment/retry.ts';
import { ATTEMPTS_LIMIT } from '../../domain/environment/services.ts';
import { freeOwner } from '../../domain/environment/settle.ts';
import { failedMessage } from '../../domain/notice/messages.ts';
import { notification, threadOf } from '../../domain/notice/notice.ts';
import { changeRecord } from './change-record.ts';
import type { IntakePorts } from './intake-ports.ts';
import { startDueWork } from './start-due-work.ts';

/** Step Functions forgets executions 90 days after they ended; one that was heard and is unknown after a day has ended. */
const FORGOTTEN_MS = 24 * 3_600_000;

export interface ResumeAnswer {
  readonly kind: 'resumed' | 'unknown-environment';
}

/** Brings one environment on its way again. */
export async function resumeEnvironment(
  ports: IntakePorts,
  { environment }: { readonly environment: string },
): Promise<ResumeAnswer> {
  let record = await ports.records.load(environment);
  if (record === undefined) return { kind: 'unknown-environment' };
  for (const service of [undefined, ...Object.keys(record.services)]) {
    record = (await freeWhenEnded(ports, record, service)) ?? record;
  }
  for (const service of retriesDue(record, ports.clock.now())) {
    const allowed = await changeRecord(ports, environment, (now) => allowRetry(now, service));
    record = allowed?.record ?? record;
  }
  await startDueWork(ports, record);
  return { kind: 'resumed' };
}

async function freeWhenEnded(
  ports: IntakePorts,
  record: EnvironmentRecord,
  service: string | undefined,
): Promise<EnvironmentRecord | undefined> {
  const owner = ownerOf(record, service);
  if (owner === undefined || !owner.started) return undefined;
  const status = await ports.executions.status(tierOf(record.kind), owner);
  const forgotten = status === 'absent' && ports.clock.now() - owner.claimedAt > FORGOTTEN_MS;
  if (status !== 'ended' && !forgotten) return undefined;
  const freed = await changeRecord(ports, record.id, (now) =>
    freeOwner(now, service, owner.execution, ports.clock.now()),
  );
  if (freed?.kind === 'changed') await tellWhenFinal(ports, freed.record, service);
  return freed?.record;
}

/** The workflow could not tell anybody: once nothing is tried again by itself, somebody must hear of it. */
async function tellWhenFinal(
  ports: IntakePorts,
  record: EnvironmentRecord,
  service: string | undefined,
): Promise<void> {
  const entry = service === undefined ? undefined : record.services[service];
  const failure = service === undefined ? record.removal.failure : entry?.failure;
  if (failure === undefined) return;
  await ports.history.append({
    environment: record.id,
    at: ports.clock.now(),
    stage: 'intake',
    message: failure.reason,
    level: 'warning',
    generation: failure.generation,
    ...(service !== undefined && { service }),
  });
  if (failure.attempts !== ATTEMPTS_LIMIT) return;
  const withdrawn = entry?.desired.kind === 'absent' ? 'withdraw' : 'deliver';
  const message = failedMessage({
    record,
    service: entry?.name ?? service,
    what: service === undefined ? 'remove' : withdrawn,
    ...(failure.commit !== undefined && { commit: failure.commit }),
    story: undefined,
    failure,
    triedAgain: false,
    ...(entry?.applied !== undefined && { serving: entry.applied.commit }),
  });
  await ports.notices.publish(notification(threadOf(ports.rules.installation, record), message));
}
