/**
 * The first task of *deliver service*: is this execution responsible, and for what? Separate from deliveries by hand, which make
 * themselves responsible.
 */
import { tierOf } from '../../contracts/kinds.ts';
import type { ClaimAnswer, DeliverInput, Delivery } from '../../contracts/payloads.ts';
import { checkpoint, markStarted } from '../../domain/environment/claim.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { stepAside } from '../../domain/environment/settle.ts';
import { isUnfinished } from '../../domain/rollout/serving.ts';
import { changeRecord } from './change-record.ts';
import type { IntakePorts } from './intake-ports.ts';
import { startDueWork } from './start-due-work.ts';

/** Takes up what was saved before this execution was started. */
export async function claimDelivery(
  ports: IntakePorts,
  { input, execution }: { readonly input: DeliverInput; readonly execution: string },
): Promise<ClaimAnswer> {
  const { environment, service, generation } = input;
  const changed = await changeRecord(ports, environment, (record) => {
    const owner = record.services[service]?.owner;
    if (owner?.workflow !== 'deliver-service' || owner.execution !== execution) return notResponsible(generation);
    return checkpoint(record, service, generation) === 'go-on'
      ? markStarted(record, service, generation)
      : stepAside(record, service, generation);
  });
  if (changed === undefined || changed.kind === 'refused') {
    return {
      kind: 'nothing-to-do',
      message: `Generation ${String(generation)} of ${service} in ${environment} is not this execution's (any more). To deliver a branch again, start with {"repository": …, "branch": …}.`,
    };
  }
  const delivery = deliveryOf(changed.record, service);
  if (delivery !== undefined) return claimed(ports, changed.record, delivery);
  await startDueWork(ports, changed.record);
  return { kind: 'nothing-to-do', message: `A newer commit of ${service} is wanted in ${environment} by now.` };
}

/** The answer to who is responsible. */
export async function claimed(
  ports: Pick<IntakePorts, 'rollouts'>,
  record: EnvironmentRecord,
  delivery: Delivery,
): Promise<ClaimAnswer> {
  const { environment, service } = delivery;
  const latest = await ports.rollouts.load(environment, service);
  return { kind: 'claimed', delivery, leftHalfWay: isUnfinished(record.services[service]?.applied, latest) };
}

/** What the present owner of a service delivers; undefined when nobody delivers. */
export function deliveryOf(record: EnvironmentRecord, key: string): Delivery | undefined {
  const service = record.services[key];
  const owner = service?.owner;
  if (service === undefined || owner?.workflow !== 'deliver-service' || owner.commit === undefined) return undefined;
  return {
    environment: record.id,
    service: key,
    generation: owner.generation,
    kind: record.kind,
    tier: tierOf(record.kind),
    branch: record.branch ?? record.id,
    repository: service.repository,
    commit: owner.commit,
  };
}

function notResponsible(generation: number) {
  return { kind: 'refused', reason: 'superseded', message: `Generation ${String(generation)} is not yours.` } as const;
}
