/**
 * Who becomes responsible for what: the record names at most one execution per service and one for the removal.
 * Name and input are saved before anything is started, so that a crash in between is mended by starting the same again.
 */
import { tierOf } from '../../contracts/kinds.ts';
import { executionName, unmistakableExecutionName } from '../naming/execution-name.ts';
import type { Change, EnvironmentRecord, Instant, Owner } from './record.ts';
import { isAbandoned, isBlocked, withService, workOf } from './services.ts';

/** Something that can be claimed now. `service` is absent for the removal of the environment. */
export interface DueWork {
  readonly workflow: Owner['workflow'];
  readonly service?: string;
}

/** The service word in execution names of a removal; reserved, so that no service has it. */
export const REMOVAL_WORD = 'environment';

/**
 * What should be started now and is nobody's yet. During a removal nothing is due but the removal itself, and when nothing is wanted
 * any more the removal takes all services along: their objects need no withdrawal of their own.
 */
export function dueWork(record: EnvironmentRecord): readonly DueWork[] {
  const removable = tierOf(record.kind) === 'branch' && (record.phase === 'removing' || isAbandoned(record));
  if (removable) return record.phase !== 'removed' && isRemovalFree(record) ? [{ workflow: 'withdraw-service' }] : [];
  return Object.entries(record.services).flatMap(([key, service]): DueWork[] => {
    if (service.owner !== undefined) return [];
    const work = workOf(service);
    if (work === 'deliver') return [{ workflow: 'deliver-service', service: key }];
    if (work === 'withdraw' && record.phase === 'active') return [{ workflow: 'withdraw-service', service: key }];
    return [];
  });
}

function isRemovalFree({ removal }: EnvironmentRecord): boolean {
  return removal.owner === undefined && !isBlocked(removal.failure);
}

/**
 * Makes an execution responsible for due work. Without `execution` the name is ours, `<id>-<service>-<generation>`; a person's own
 * execution brings its name along.
 */
export function claim(record: EnvironmentRecord, work: DueWork, now: Instant, execution?: string): Change {
  if (!dueWork(record).some((due) => due.workflow === work.workflow && due.service === work.service)) {
    return { kind: 'refused', reason: 'busy', message: `Nothing of that kind is due in ${record.id} now.` };
  }
  return work.service === undefined
    ? claimRemoval(record, now, execution)
    : claimService(record, work.service, work.workflow, now, execution);
}

function claimService(
  record: EnvironmentRecord,
  key: string,
  workflow: Owner['workflow'],
  now: Instant,
  execution: string | undefined,
): Change {
  const service = record.services[key];
  if (service === undefined) {
    return { kind: 'refused', reason: 'unknown-service', message: `${record.id} has no service ${key}.` };
  }
  const generation = service.generation + 1;
  const owner: Owner = {
    workflow,
    execution: execution ?? executionName(record.id, key, generation),
    input: JSON.stringify({ environment: record.id, service: key, generation }),
    generation,
    ...(service.desired.kind === 'commit' && { commit: service.desired.commit }),
    claimedAt: now,
    started: execution !== undefined,
    ...(execution !== undefined && { byHand: true as const }),
  };
  const { again: _again, ...rest } = service;
  return withService(revived(record), key, { ...rest, generation, owner, touched: true });
}

function claimRemoval(record: EnvironmentRecord, now: Instant, execution: string | undefined): Change {
  const generation = record.removal.generation + 1;
  const owner: Owner = {
    workflow: 'withdraw-service',
    execution: execution ?? executionName(record.id, REMOVAL_WORD, generation),
    input: JSON.stringify({ environment: record.id, generation }),
    generation,
    claimedAt: now,
    started: execution !== undefined,
    ...(execution !== undefined && { byHand: true as const }),
  };
  return {
    kind: 'changed',
    record: { ...record, phase: 'removing', removal: { ...record.removal, generation, owner } },
  };
}

/** A tombstone that is delivered to again comes back to life as the next incarnation. */
function revived(record: EnvironmentRecord): EnvironmentRecord {
  if (record.phase !== 'removed') return record;
  const { forgetAt: _forgetAt, ...rest } = record;
  return { ...rest, phase: 'active', incarnation: record.incarnation + 1 };
}

/** Who is responsible for a service, or for the removal when `service` is undefined. */
export function ownerOf(record: EnvironmentRecord, service: string | undefined): Owner | undefined {
  return service === undefined ? record.removal.owner : record.services[service]?.owner;
}

/** The owner's execution was heard: it need not be started again. */
export function markStarted(record: EnvironmentRecord, service: string | undefined, generation: number): Change {
  const owner = ownerOf(record, service);
  if (owner === undefined || owner.generation !== generation) {
    return {
      kind: 'refused',
      reason: 'superseded',
      message: `Generation ${String(generation)} is no longer responsible.`,
    };
  }
  return owner.started ? { kind: 'unchanged' } : withOwner(record, service, { ...owner, started: true });
}

/**
 * The name of an execution that was never started turned out to be used for something else (`a-b` with `c` and `a` with `b-c` have
 * the same names): the owner gets a name that nobody else can have.
 */
export function renameOwner(record: EnvironmentRecord, service: string | undefined, generation: number): Change {
  const owner = ownerOf(record, service);
  if (owner === undefined || owner.generation !== generation || owner.started) return { kind: 'unchanged' };
  const execution = unmistakableExecutionName(record.id, service ?? REMOVAL_WORD, generation);
  return owner.execution === execution ? { kind: 'unchanged' } : withOwner(record, service, { ...owner, execution });
}

function withOwner(record: EnvironmentRecord, service: string | undefined, owner: Owner): Change {
  if (service === undefined) {
    return { kind: 'changed', record: { ...record, removal: { ...record.removal, owner } } };
  }
  const known = record.services[service];
  return known === undefined ? { kind: 'unchanged' } : withService(record, service, { ...known, owner });
}

/**
 * May this generation go on? Asked at every safe point and never inside an apply or a removal.
 * A withdrawal and a removal are never cancelled; only losing ownership ends them.
 */
export function checkpoint(
  record: EnvironmentRecord | undefined,
  service: string | undefined,
  generation: number,
): 'go-on' | 'superseded' {
  const owner = record && ownerOf(record, service);
  if (owner === undefined || owner.generation !== generation) return 'superseded';
  if (owner.workflow === 'withdraw-service' || service === undefined) return 'go-on';
  const desired = record?.services[service]?.desired;
  return desired?.kind === 'commit' && desired.commit === owner.commit ? 'go-on' : 'superseded';
}

/** What a person's execution is responsible for: one service, with undefined the removal; undefined when nothing. */
export function claimedByHand(
  record: EnvironmentRecord,
  execution: string,
): { readonly service: string | undefined } | undefined {
  const mine = (owner: Owner | undefined): boolean => owner?.byHand === true && owner.execution === execution;
  if (mine(record.removal.owner)) return { service: undefined };
  const service = Object.keys(record.services).find((key) => mine(record.services[key]?.owner));
  return service === undefined ? undefined : { service };
}
