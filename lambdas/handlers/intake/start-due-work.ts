/**
 * Starts what is due and nobody's, and starts again what was claimed and never begun. Separate because every change of a record
 * ends here: whoever is killed before leaves it to the next one who comes by.
 */
import { tierOf } from '../../contracts/kinds.ts';
import { claim, dueWork, ownerOf, renameOwner, type DueWork } from '../../domain/environment/claim.ts';
import type { EnvironmentRecord, Owner } from '../../domain/environment/record.ts';
import { freeOwner } from '../../domain/environment/settle.ts';
import { changeRecord } from './change-record.ts';
import type { IntakePorts } from './intake-ports.ts';

type StartPorts = Pick<IntakePorts, 'records' | 'executions' | 'clock' | 'history'>;

/** Claims and starts everything that is due in the record. Each claim is saved before its execution is started. */
export async function startDueWork(ports: StartPorts, record: EnvironmentRecord): Promise<void> {
  for (const { service, owner } of unstarted(record)) await startOwner(ports, record, service, owner);
  for (const work of dueWork(record)) await claimAndStart(ports, record.id, work);
}

function unstarted(
  record: EnvironmentRecord,
): readonly { readonly service: string | undefined; readonly owner: Owner }[] {
  return [undefined, ...Object.keys(record.services)].flatMap((service) => {
    const owner = ownerOf(record, service);
    return owner === undefined || owner.started ? [] : [{ service, owner }];
  });
}

async function claimAndStart(ports: StartPorts, id: string, work: DueWork): Promise<void> {
  const changed = await changeRecord(ports, id, (record) => claim(record, work, ports.clock.now()));
  // Refused: somebody else claimed it meanwhile, and starts it.
  if (changed?.kind !== 'changed') return;
  const owner = ownerOf(changed.record, work.service);
  if (owner !== undefined) await startOwner(ports, changed.record, work.service, owner);
}

async function startOwner(
  ports: StartPorts,
  record: EnvironmentRecord,
  service: string | undefined,
  owner: Owner,
): Promise<void> {
  const answer = await ports.executions.start(tierOf(record.kind), owner);
  if (answer === 'running') return;
  if (answer === 'name-taken') {
    const renamed = await changeRecord(ports, record.id, (now) => renameOwner(now, service, owner.generation));
    const next = renamed?.kind === 'changed' ? ownerOf(renamed.record, service) : undefined;
    if (next !== undefined) return startOwner(ports, record, service, next);
  }
  // It ended without saying so (or nobody can have this name): free it, and go on with what is due then.
  const freed = await changeRecord(ports, record.id, (now) =>
    freeOwner(now, service, owner.execution, ports.clock.now()),
  );
  if (freed?.kind === 'changed') await startDueWork(ports, freed.record);
}
