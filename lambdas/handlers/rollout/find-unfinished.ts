/**
 * The rollout that an execution left which died, was stopped by somebody, or was not let go on. Separate from planning, because it is asked
 * first of all: a delivery that fails before its plan, at its build say, must not leave requests shared between two versions.
 */
import type { Delivery, RolloutClaim, UnfinishedAnswer } from '../../contracts/payloads.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import type { Version } from '../../domain/rollout/rollout.ts';
import { isUnfinished } from '../../domain/rollout/serving.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import { deploymentOf } from './observe.ts';
import type { TrafficPorts } from './ports.ts';
import { serviceRouteOf } from './service-route.ts';

/** Answers the rollout to end first, and says so in the event log. */
export async function findUnfinished(ports: TrafficPorts, delivery: Delivery): Promise<UnfinishedAnswer> {
  const { clock, history } = ports;
  const begun = clock.now();
  const rollout = await unfinishedRollout(ports, delivery);
  if (rollout === undefined) return { kind: 'nothing-unfinished' };
  const message = `Brings traffic to one side first: the rollout of ${rollout.delivery.commit.slice(0, 8)} was left half-way`;
  await history.append(deliveryEvent(delivery, { stage: 'rollout', message, now: clock.now(), begun }));
  return { kind: 'unfinished', rollout };
}

/** Its candidate may have requests, so nothing may replace it yet; undefined when there is none. */
export async function unfinishedRollout(ports: TrafficPorts, delivery: Delivery): Promise<RolloutClaim | undefined> {
  const record = await requireOwner(ports.records, delivery);
  const { applied } = record.services[delivery.service] ?? {};
  const latest = await ports.rollouts.load(delivery.environment, delivery.service);
  if (latest === undefined || latest.generation >= delivery.generation || !isUnfinished(applied, latest)) {
    return undefined;
  }
  if ((await ifThere(ports, record, delivery, latest.rollout.stable)) === undefined) return undefined;
  const { commit, digest, side } = latest.rollout.candidate;
  const { despiteAlarms: _despiteAlarms, ...claimed } = delivery;
  return { delivery: { ...claimed, generation: latest.generation, commit }, digest, side };
}

/** The version, if the cluster has its pods: a withdrawal that died half-way leaves a record of what serves nobody. */
export async function ifThere(
  ports: TrafficPorts,
  record: EnvironmentRecord,
  delivery: Delivery,
  version: Version | undefined,
): Promise<Version | undefined> {
  if (version === undefined) return undefined;
  const { place } = serviceRouteOf(ports, record, delivery);
  return (await deploymentOf(ports.cluster, place, version.side)) === undefined ? undefined : version;
}
