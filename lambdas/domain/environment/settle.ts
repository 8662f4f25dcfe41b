/**
 * How the responsible execution ends: what was reached, why not, or that it steps aside. Each frees the owner; a later generation's
 * fact is refused for an earlier one, and the same fact told twice (its answer was lost) changes nothing.
 */
import { BASELINE, SIDES, type Backend } from '../../contracts/kubernetes.ts';
import { sideName } from '../manifests/manifest.ts';
import type { Promised } from '../catalogue/promise.ts';
import { checkpoint, ownerOf } from './claim.ts';
import type { Applied, Change, Dark, EnvironmentRecord, Failure, Instant, ServiceRecord } from './record.ts';
import type { Version } from '../rollout/rollout.ts';
import { allowRetry } from './retry.ts';
import { withService } from './services.ts';
import { forgettable } from './tombstone.ts';

/** The commit answers through the route: it is applied. A newer desired commit does not matter, this one is what runs. */
export function recordApplied(record: EnvironmentRecord, key: string, applied: Applied): Change {
  if (record.services[key]?.applied?.generation === applied.generation) return { kind: 'unchanged' };
  return settle(record, key, applied.generation, (service) => withApplied(service, applied));
}

function withApplied({ failure: _failure, dark: _dark, ...service }: ServiceRecord, applied: Applied): ServiceRecord {
  const { promised } = service;
  const known = promised?.commit === applied.commit ? { promised } : {};
  return { ...service, applied: { ...applied, ...known } };
}

/**
 * The commit answers by its header, beside what `serves`; that it is not released is no failure. A promotion that nobody recorded, because
 * its delivery died, is known from now on.
 */
export function recordDark(record: EnvironmentRecord, key: string, dark: Dark, serves: Version): Change {
  if (record.services[key]?.dark?.generation === dark.generation) return { kind: 'unchanged' };
  return settle(record, key, dark.generation, ({ failure: _failure, applied, ...service }) => ({
    ...service,
    ...(applied !== undefined && { applied: nowServing(applied, serves, dark.at) }),
    dark,
  }));
}

/** INVARIANT: the generation stays: who serves beside a rollout that comes later is what the rollout says. */
function nowServing(applied: Applied, { commit, digest, side }: Version, at: Instant): Applied {
  if (applied.commit === commit && applied.side === side) return applied;
  const { promised: _promised, ...rest } = applied;
  return { ...rest, commit, digest, side, at };
}

/** The attempt failed. What was applied before keeps serving and stays recorded. */
export function recordFailure(
  record: EnvironmentRecord,
  key: string,
  failure: Omit<Failure, 'attempts' | 'commit'>,
): Change {
  const known = record.services[key];
  if (known?.owner === undefined && known?.failure?.generation === failure.generation) return { kind: 'unchanged' };
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

/** The execution was superseded: it leaves without a result, but for what its rollout has `promoted` already, which serves. */
export function stepAside(
  record: EnvironmentRecord,
  key: string,
  generation: number,
  promoted?: Omit<Applied, 'generation' | 'url'>,
): Change {
  return settle(record, key, generation, (service) => {
    if (promoted === undefined) return service;
    const { url } = service.applied ?? {};
    return withApplied(service, { ...promoted, generation, ...(url !== undefined && { url }) });
  });
}

/** All objects of the service are gone from the environment. */
export function recordWithdrawn(record: EnvironmentRecord, key: string, generation: number): Change {
  const known = record.services[key];
  if (known?.generation === generation && known.owner === undefined && !known.touched) return { kind: 'unchanged' };
  return settle(
    record,
    key,
    generation,
    ({ applied: _applied, dark: _dark, failure: _failure, promised: _promised, ...service }) => ({
      ...service,
      touched: false,
    }),
  );
}

/** The namespace was read back as not found, and with it all services. Pushes that came meanwhile are due from now on. */
export function recordRemoved(record: EnvironmentRecord, generation: number, now: Instant): Change {
  const { owner, failure, generation: latest } = record.removal;
  if (owner === undefined && failure === undefined && latest === generation) return { kind: 'unchanged' };
  if (owner?.generation !== generation) return superseded(generation);
  const services = Object.fromEntries(
    Object.entries(record.services).map(
      ([key, { applied: _applied, dark: _dark, failure: _failure, promised: _promised, ...service }]) => [
        key,
        { ...service, touched: false },
      ],
    ),
  );
  const removed: EnvironmentRecord = { ...record, phase: 'removed', services, removal: { generation } };
  return { kind: 'changed', record: forgettable(removed, now) };
}

/** The removal failed; the environment stays in `removing` until somebody tries again. */
export function recordRemovalFailure(record: EnvironmentRecord, failure: Omit<Failure, 'attempts' | 'commit'>): Change {
  const { owner, generation, failure: before } = record.removal;
  if (owner === undefined && before?.generation === failure.generation) return { kind: 'unchanged' };
  if (owner?.generation !== failure.generation) return superseded(failure.generation);
  return {
    kind: 'changed',
    record: { ...record, removal: { generation, failure: { ...failure, attempts: (before?.attempts ?? 0) + 1 } } },
  };
}

/**
 * An execution that ended without saying how is no owner any more. It counts as a failed attempt, so that something that always
 * kills its execution is not started for ever; the first time it is tried again at once.
 */
export function freeOwner(record: EnvironmentRecord, key: string | undefined, execution: string, now: Instant): Change {
  const owner = ownerOf(record, key);
  if (owner?.execution !== execution) return { kind: 'unchanged' };
  const failure = {
    kind: 'transient',
    reason: `The execution ${execution} ended without a result: it was stopped, ran out of time or was killed.`,
    generation: owner.generation,
    at: now,
  } as const;
  const freed = key === undefined ? recordRemovalFailure(record, failure) : recordFailure(record, key, failure);
  if (freed.kind !== 'changed') return freed;
  const attempts =
    key === undefined ? freed.record.removal.failure?.attempts : freed.record.services[key]?.failure?.attempts;
  const again = attempts === 1 ? allowRetry(freed.record, key) : freed;
  return again.kind === 'changed' ? again : freed;
}

/**
 * The service's name was read from its file: fixed while the service lives, and nobody else's in this environment. With it comes what
 * the service promises and needs.
 */
export function recordName(
  record: EnvironmentRecord,
  key: string,
  generation: number,
  name: string,
  promised?: Promised,
): Change {
  if (checkpoint(record, key, generation) === 'superseded') return superseded(generation);
  const service = record.services[key];
  if (service === undefined) return superseded(generation);
  // From here on the delivery takes the side of what was dark.
  const { dark, ...taking } = service;
  if (service.name === name && (promised === undefined || isEqual(service.promised, promised))) {
    return dark === undefined ? { kind: 'unchanged' } : withService(record, key, taking);
  }
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
  const rival = Object.values(record.services).find(
    (known) => known !== service && known.touched && known.name !== undefined && isPartOf(known.name, name),
  );
  if (rival !== undefined) {
    const [part, whole] = name.length > (rival.name ?? '').length ? [name, rival.name] : [rival.name, name];
    return {
      kind: 'refused',
      reason: 'name-taken',
      message: `The service "${part ?? ''}" would be called in ${record.id} as what rollouts make of the service "${whole ?? ''}": ${PARTS.map((suffix) => `${whole ?? ''}-${suffix}`).join(', ')}. Repository ${rival.repository} brings the other one. Change \`name\` in one of the two service files; a name that ends otherwise is free.`,
    };
  }
  if (service.name !== undefined && service.name !== name && service.applied !== undefined) {
    return {
      kind: 'refused',
      reason: 'name-changed',
      message: `The service file now names the service "${name}", but it runs in ${record.id} as "${service.name}". A name is fixed while the service is there: keep it, or withdraw the service first and push again.`,
    };
  }
  return withService(record, key, { ...taking, name, ...(promised !== undefined && { promised }) });
}

/** What objects of a service are called besides its own name. */
const PARTS: readonly Backend[] = [...SIDES, BASELINE];

/** Whether one of two services has the name of a side or the baseline of the other. */
function isPartOf(one: string, other: string): boolean {
  return PARTS.some((part) => one === sideName(other, part) || other === sideName(one, part));
}

function isEqual(one: Promised | undefined, other: Promised): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
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
