/**
 * Registers the service under the name that its file gives, with what it promises and needs. Separate because it is the only step that
 * can clash with another service: within its environment by name, across environments by host, and by the versions of interfaces.
 */
import type { Delivery } from '../../contracts/payloads.ts';
import { borrows, LENDER } from '../../domain/borrowing/lender.ts';
import { compatibilityOf } from '../../domain/catalogue/compatibility.ts';
import { promisedBy, type Promised } from '../../domain/catalogue/promise.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { recordName } from '../../domain/environment/settle.ts';
import { RejectedError, SupersededError, TransientError } from '../../domain/errors.ts';
import { hasProcesses } from '../../domain/manifests/processes.ts';
import { hostLabel, hostRivals } from '../../domain/naming/host.ts';
import { changeRecord } from './change-record.ts';
import type { IntakePorts } from './intake-ports.ts';

export interface NameAnswer {
  readonly kind: 'registered';
  readonly name: string;
  /** Which steps this delivery has beyond the usual ones. */
  readonly runs: { readonly before: boolean; readonly after: boolean; readonly processes: boolean };
}

/** Registers the name; throws RejectedError when it is taken. */
export async function recordServiceName(
  ports: IntakePorts,
  { claim }: { readonly claim: Delivery },
): Promise<NameAnswer> {
  const build = await ports.builds.load(claim.repository, claim.commit);
  const definition = build?.definition;
  if (definition === undefined) {
    throw new TransientError(`The build of ${claim.commit} in ${claim.repository} is not recorded.`);
  }
  const { name, jobs } = definition;
  const promised = promisedBy(claim.commit, definition);
  const changed = await changeRecord(ports, claim.environment, (record) =>
    recordName(record, claim.service, claim.generation, name, promised),
  );
  if (changed === undefined) throw new SupersededError(`${claim.environment} is gone.`);
  if (changed.kind === 'refused') {
    throw changed.reason === 'superseded' ? new SupersededError(changed.message) : new RejectedError(changed.message);
  }
  // INVARIANT: asked after the own name was saved. Of two that save at once at least one sees the other.
  for (const rival of hostRivals(name, claim.environment)) {
    const other = await ports.records.load(rival.environment);
    const taken = Object.values(other?.services ?? {}).some((known) => known.touched && known.name === rival.service);
    if (taken) {
      throw new RejectedError(
        `The service "${name}" in ${claim.environment} and the service "${rival.service}" in ${rival.environment} would have the same host name ${hostLabel(name, claim.environment)}. Change \`name\` in one of the two service files.`,
      );
    }
  }
  await checkFit(ports, claim, changed.record, promised);
  const runs = {
    before: (jobs?.before ?? []).length > 0,
    after: (jobs?.after ?? []).length > 0,
    processes: hasProcesses(definition),
  };
  return { kind: 'registered', name, runs };
}

/** INVARIANT: asked after the own promise was saved. Of two that need each other at least one sees the other. */
async function checkFit(
  ports: IntakePorts,
  claim: Delivery,
  record: EnvironmentRecord,
  promised: Promised,
): Promise<void> {
  const service = record.services[claim.service];
  if (service === undefined) return;
  const lender = borrows(record.kind) ? await ports.records.load(LENDER) : undefined;
  const fit = compatibilityOf({ record, lender, components: ports.rules.components }, service, promised);
  if (fit.kind === 'refused') throw new RejectedError(fit.reason);
  if (fit.kind === 'waits') throw new TransientError(fit.reason);
  for (const message of fit.remarks) {
    await ports.history.append({
      environment: claim.environment,
      service: claim.service,
      generation: claim.generation,
      commit: claim.commit,
      at: ports.clock.now(),
      stage: 'intake',
      level: 'warning',
      message,
    });
  }
}
