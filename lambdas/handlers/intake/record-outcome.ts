/**
 * How executions tell their end: applied, withdrawn, removed or stepped aside. Together because each is one transition, after which
 * what is due is started: whoever ends starts what a newer commit asks for.
 */
import type { FailureSubject, IntakeInput } from '../../contracts/inputs.ts';
import type { Claim, RemovalClaim } from '../../contracts/payloads.ts';
import type { Change, EnvironmentRecord } from '../../domain/environment/record.ts';
import {
  recordApplied,
  recordDark,
  recordRemoved,
  recordWithdrawn,
  stepAside,
} from '../../domain/environment/settle.ts';
import { SupersededError } from '../../domain/errors.ts';
import { headerAt } from '../../domain/rollout/due.ts';
import { changeRecord, type Changed } from './change-record.ts';
import type { IntakePorts } from './intake-ports.ts';
import { startDueWork } from './start-due-work.ts';
import { subjectOf } from './subject-of.ts';

/** Answer of all recordings; `refused` only to what people decided too late. */
export interface RecordedAnswer {
  readonly kind: 'recorded' | 'refused';
}

const RECORDED: RecordedAnswer = { kind: 'recorded' };

/** The commit answers through the route. */
export async function recordAppliedCommit(
  ports: IntakePorts,
  { claim, digest, commit, side, url }: Extract<IntakeInput, { action: 'record-applied' }>,
): Promise<RecordedAnswer> {
  const now = ports.clock.now();
  const { service, generation } = claim;
  await settle(ports, claim.environment, (record) =>
    recordApplied(record, service, { commit, digest, generation, url, side, at: now }),
  );
  await told(ports, claim, `${commit.slice(0, 10)} answers at ${url}`, commit);
  return RECORDED;
}

/** The commit answers by its header, and waits to be released. */
export async function recordDarkCommit(
  ports: IntakePorts,
  { claim, digest, side }: Extract<IntakeInput, { action: 'record-dark' }>,
): Promise<RecordedAnswer> {
  const { environment, service, generation, commit } = claim;
  const rollout = (await ports.rollouts.load(environment, service))?.rollout;
  const header = rollout && headerAt(rollout);
  if (rollout?.phase !== 'dark' || rollout.darkUntil === undefined || header === undefined) {
    throw new SupersededError(`The rollout of ${service} in ${environment} is not dark any more.`);
  }
  const dark = { commit, digest, generation, side, header, until: rollout.darkUntil, at: ports.clock.now() };
  await settle(ports, environment, (record) => recordDark(record, service, dark, rollout.stable));
  await told(ports, claim, `${commit.slice(0, 10)} is delivered dark and waits to be released`, commit);
  return RECORDED;
}

/** All objects of the service are gone. */
export async function recordServiceWithdrawn(
  ports: IntakePorts,
  { claim }: { readonly claim: Claim },
): Promise<RecordedAnswer> {
  await settle(ports, claim.environment, (record) => recordWithdrawn(record, claim.service, claim.generation));
  await told(ports, claim, 'Withdrawn');
  return RECORDED;
}

/** The namespace is gone. */
export async function recordEnvironmentRemoved(
  ports: IntakePorts,
  { removal }: { readonly removal: RemovalClaim },
): Promise<RecordedAnswer> {
  const now = ports.clock.now();
  await settle(ports, removal.environment, (record) => recordRemoved(record, removal.generation, now));
  await told(ports, removal, 'The environment is removed');
  return RECORDED;
}

/** The execution was superseded and leaves. Leaving twice, or without having been responsible, is no error. */
export async function stepAsideFrom(
  ports: IntakePorts,
  { claim, execution }: { readonly claim: FailureSubject; readonly execution: string },
): Promise<RecordedAnswer> {
  const subject = await subjectOf(ports, claim, execution);
  if (subject === undefined) return RECORDED;
  const { environment, service, generation } = subject;
  const latest = service === undefined ? undefined : await ports.rollouts.load(environment, service);
  const isPromoted = latest?.generation === generation && latest.rollout.phase === 'promoted';
  const promoted = isPromoted ? { ...latest.rollout.candidate, at: ports.clock.now() } : undefined;
  const changed = await changeRecord(ports, environment, (record): Change =>
    service === undefined ? { kind: 'unchanged' } : stepAside(record, service, generation, promoted),
  );
  if (changed !== undefined) await startDueWork(ports, changed.record);
  return RECORDED;
}

async function settle(
  ports: IntakePorts,
  id: string,
  transition: (record: EnvironmentRecord) => Change,
): Promise<Changed> {
  const changed = await changeRecord(ports, id, transition);
  if (changed === undefined) throw new SupersededError(`There is no record of ${id} any more.`);
  await startDueWork(ports, changed.record);
  if (changed.kind === 'refused') throw new SupersededError(changed.message);
  return changed;
}

async function told(ports: IntakePorts, claim: Claim | RemovalClaim, message: string, commit?: string): Promise<void> {
  await ports.history.append({
    environment: claim.environment,
    at: ports.clock.now(),
    stage: 'intake',
    message,
    level: 'info',
    generation: claim.generation,
    ...('service' in claim && { service: claim.service }),
    ...(commit !== undefined && { commit }),
  });
}
