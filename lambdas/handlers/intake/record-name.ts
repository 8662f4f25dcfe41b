/**
 * Registers the service under the name that its file gives. Separate because it is the only step that can clash with another
 * service: within its environment by name, and across environments by host.
 */
import type { Delivery } from '../../contracts/payloads.ts';
import { recordName } from '../../domain/environment/settle.ts';
import { RejectedError, SupersededError, TransientError } from '../../domain/errors.ts';
import { hostLabel, hostRivals } from '../../domain/naming/host.ts';
import { changeRecord } from './change-record.ts';
import type { IntakePorts } from './intake-ports.ts';

export interface NameAnswer {
  readonly kind: 'registered';
  readonly name: string;
}

/** Registers the name; throws RejectedError when it is taken. */
export async function recordServiceName(
  ports: IntakePorts,
  { claim }: { readonly claim: Delivery },
): Promise<NameAnswer> {
  const build = await ports.builds.load(claim.repository, claim.commit);
  const name = build?.definition?.name;
  if (name === undefined) {
    throw new TransientError(`The build of ${claim.commit} in ${claim.repository} is not recorded.`);
  }
  const changed = await changeRecord(ports, claim.environment, (record) =>
    recordName(record, claim.service, claim.generation, name),
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
  return { kind: 'registered', name };
}
