/**
 * How the responsible execution ends: what was reached, why not, or that it steps aside. Each frees the owner; a later generation's
 * fact is refused for an earlier one.
 */
import { checkpoint, ownerOf } from './claim.ts';
import type { Applied, Change, EnvironmentRecord, Failure, Instant, ServiceRecord } from './record.ts';
import { withService } from './services.ts';
import { forgettable } from './tombstone.ts';

/** The commit answers through the route: it is applied. A newer desired commit does not matter, this one is what runs. */
export function recordApplied(record: EnvironmentRecord, key: string, applied: Applied): Change {
  return settle(record, key, applied.generation, ({ failure: _failure, ...service }) => ({ ...service, applied }));
}

/** The attempt failed. What was applied before keeps serving and stays recorded. */
export function recordFailure(
  record: EnvironmentRecord,
  key: string,
  failure: Omit<Failure, 'attempts' | 'commit'>,
): Change {
  return settle(record, key, failure.generation, (service, commit) => {
    const before = service.failure;
    const attempts = before !== undefined && before.commit === commit ? before.attempts + 1 : 1;
    const told: Failure = { ...failure, attempts, ...(commit !== undefined && { commit }) };
    // A newer wish is not blocked by an older attempt's failure.
    const stillWanted =
      commit === undefined
        ? service.desired.kind === 'absent'
        : service.desired.kind === 'commit' && service.desired.commit === commit;
    return stillWanted ? { ...service, failure: told } : service;
  });
}

/** The execution was superseded: it leaves without a result. */
export function stepAside(record: EnvironmentRecord, key: string, generation: number): Change {
  return settle(record, key, generation, (service) => service);
}

/** All objects of the service are gone from the environment. */
export function recordWithdrawn(record: EnvironmentRecord, key: string, generation: number): Change {
  return settle(record, key, generation, ({ applied: _applied, failure: _failure, ...service }) => ({
    ...service,
    touched: false,
  }));
}

/** The namespace was read back as not found. Pushes that came meanwhile are due from now on. */
export function recordRemoved(record: EnvironmentRecord, generation: number, now: Instant): Change {
  if (record.removal.owner?.generation !== generation) return superseded(generation);
  return { kind: 'changed', record: forgettable({ ...record, phase: 'removed', removal: { generation } }, now) };
}

/** The removal failed; the environment stays in `removing` until somebody tries again. */
export function recordRemovalFailure(record: EnvironmentRecord, failure: Omit<Failure, 'attempts' | 'commit'>): Change {
  const { owner, generation, failure: before } = record.removal;
  if (owner?.generation !== failure.generation) return superseded(failure.generation);
  return {
    kind: 'changed',
    record: { ...record, removal: { generation, failure: { ...failure, attempts: (before?.attempts ?? 0) + 1 } } },
  };
}

/** An execution that ended without saying so is no owner any more; what it left undone becomes due again. */
export function freeOwner(record: EnvironmentRecord, service: string | undefined, execution: string): Change {
  if (ownerOf(record, service)?.execution !== execution) return { kind: 'unchanged' };
  if (service === undefined) {
    const { owner: _owner, ...removal } = record.removal;
    return { kind: 'changed', record: { ...record, removal } };
  }
  const known = record.services[service];
  if (known === undefined) return { kind: 'unchanged' };
  const { owner: _owner, ...rest } = known;
  return withService(record, service, rest);
}

/** The service's name was read from its file: fixed while the service lives, and nobody else's in this environment. */
export function recordName(record: EnvironmentRecord, key: string, generation: number, name: string): Change {
  if (checkpoint(record, key, generation) === 'superseded') return superseded(generation);
  const service = record.services[key];
  if (service === undefined) return superseded(generation);
  if (service.name === name) return { kind: 'unchanged' };
  const other = Object.values(record.services).find(
    (known) => known !== service && known.name === name && known.touched,
  );
  if (other !== undefined) {
    return {
      kind: 'refused',
      reason: 'name-taken',
      message: `The service file names the service "${name}", but in ${record.id} that name belongs to repository ${other.repository}. Every service of an environment needs a name of its own: change \`name\` in one of the two files.`,
    };
  }
  if (service.name !== undefined && service.applied !== undefined) {
    return {
      kind: 'refused',
      reason: 'name-changed',
      message: `The service file now names the service "${name}", but it runs in ${record.id} as "${service.name}". A name is fixed while the service is there: keep it, or withdraw the service first and push again.`,
    };
  }
  return withService(record, key, { ...service, name });
}

function settle(
  record: EnvironmentRecord,
  key: string,
  generation: number,
  change: (service: ServiceRecord, commit: string | undefined) => ServiceRecord,
): Change {
  const service = record.services[key];
  if (service?.owner === undefined || service.owner.generation !== generation) return superseded(generation);
  const { owner, ...rest } = service;
  return withService(record, key, change(rest, owner.commit));
}

function superseded(generation: number): Change {
  return {
    kind: 'refused',
    reason: 'superseded',
    message: `Generation ${String(generation)} is no longer responsible.`,
  };
}
