/**
 * Chooses the side and the plan of a delivery before anything of it is applied: a plan that cannot be carried out is told to the
 * author while what serves stays untouched.
 */
import type { Delivery, PlanAnswer } from '../../contracts/payloads.ts';
import { RejectedError, TransientError } from '../../domain/errors.ts';
import type { Limits } from '../../domain/manifests/environment.ts';
import { mostBaseline } from '../../domain/rollout/baseline.ts';
import { checkPlan } from '../../domain/rollout/check-plan.ts';
import { AT_ONCE, drainLeft, planDelivery, type DeliveryPlan } from '../../domain/rollout/plan-delivery.ts';
import { limitsProblem, quotaProblem } from '../../domain/rollout/fits-quota.ts';
import { servingVersion } from '../../domain/rollout/serving.ts';
import type { Plan } from '../../domain/rollout/step.ts';
import { millisecondsOf } from '../../domain/rollout/times.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import { hasRoute, protocolOf } from '../../domain/service/reach.ts';
import { volumesOf } from '../../domain/service/volumes.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import { ifThere, unfinishedRollout } from './find-unfinished.ts';
import { leftSide } from './idle-side.ts';
import { planBeforeRoute } from '../../domain/rollout/inside.ts';
import { definitionOf } from '../service-definition.ts';
import type { TrafficPorts } from './ports.ts';

/** Where the delivery runs, and whether traffic is moved to it. */
export async function planRollout(ports: TrafficPorts, delivery: Delivery): Promise<PlanAnswer> {
  const { clock, history } = ports;
  const begun = clock.now();
  await requireEnded(ports, delivery);
  const plan = await planOf(ports, delivery);
  if (plan.kind === 'in-place') await requireRoom(ports, delivery);
  else if (plan.plan !== AT_ONCE) await requireRoom(ports, delivery, plan.plan);
  const waitSeconds = await secondsToDrain(ports, delivery);
  const drains = waitSeconds === 0 ? '' : ` once that has drained (${String(waitSeconds)} s)`;
  const way = plan.kind === 'in-place' ? 'in place' : `beside it, as ${plan.side}${drains}`;
  const message = `Delivers ${way}: ${plan.because}`;
  await history.append(deliveryEvent(delivery, { stage: 'rollout', message, now: clock.now(), begun }));
  const { side, because } = plan;
  return plan.kind === 'roll-out'
    ? { kind: plan.kind, side, because, waitSeconds, jobsRan: plan.dark === true }
    : { kind: plan.kind, side, because, leftIdle: await findsLeftSide(ports, delivery) };
}

/** A rollout that was left after this delivery looked for one is ended by its next attempt, which looks again. */
async function requireEnded(ports: TrafficPorts, delivery: Delivery): Promise<void> {
  const unfinished = await unfinishedRollout(ports, delivery);
  if (unfinished === undefined) return;
  throw new TransientError(
    `The rollout of ${unfinished.delivery.commit.slice(0, 8)} was left half-way and has to end first.`,
  );
}

/** Whether an earlier delivery left a side with pods, which goes when its time is over. */
async function findsLeftSide(ports: TrafficPorts, delivery: Delivery): Promise<boolean> {
  return (await leftSide(ports, await requireOwner(ports.records, delivery), delivery)) !== undefined;
}

/**
 * No container larger than one may be, and room for all of them. With a plan both sides run beside each other until the old one goes; the
 * way back to it is never refused. In place, pods for which there is no room would leave the service half replaced: by a version of which
 * people are told that it failed.
 */
async function requireRoom(ports: TrafficPorts, delivery: Delivery, plan?: Plan): Promise<void> {
  const record = await requireOwner(ports.records, delivery);
  const latest = await ports.rollouts.load(delivery.environment, delivery.service);
  const definedAt = async (repository: string, commit: string | undefined) =>
    commit === undefined ? undefined : (await ports.builds.load(repository, commit))?.definition;
  // What is dark is there already, whether it is released or dropped.
  if (latest?.rollout.phase === 'dark' && latest.rollout.candidate.commit === delivery.commit) return;
  const serving = servingVersion(record.services[delivery.service]?.applied, latest);
  if (plan === undefined && serving?.commit === delivery.commit) return;
  const candidate = await definitionOf(ports.builds, delivery);
  const { quota, limits } = ports.installation.environments[delivery.kind];
  requireFittingContainers(delivery, candidate, limits);
  const stable = plan && (await definedAt(delivery.repository, serving?.commit));
  if (plan !== undefined && stable === undefined) return;
  const beside = Object.entries(record.services).filter(([key]) => key !== delivery.service);
  const others = await Promise.all(beside.map(([, { repository, applied }]) => definedAt(repository, applied?.commit)));
  const known = others.filter((definition) => definition !== undefined);
  const baselinePercent = plan === undefined ? 0 : mostBaseline(plan);
  const problem = quotaProblem({ ...(stable && { stable }), candidate, baselinePercent, others: known }, quota);
  if (problem === undefined) return;
  const [what, other] =
    plan === undefined
      ? ['this version', '']
      : ['both sides of the rollout', ' or let it replace pods in place (rollout: {strategy: rolling})'];
  throw new RejectedError(
    `The environment ${delivery.environment} has no room for ${what}: ${problem}. Ask for less in the service file ` +
      `(replicas, resources)${other}, withdraw a service of this environment, or ` +
      `raise environments.${delivery.kind}.quota in the settings. Nothing was changed.`,
  );
}

function requireFittingContainers(delivery: Delivery, candidate: ServiceDefinition, limits: Limits): void {
  const problem = limitsProblem(candidate, limits);
  if (problem === undefined) return;
  const where = candidate.chart === undefined ? 'service file' : 'chart';
  throw new RejectedError(
    `No container of the environment ${delivery.environment} may be so large: ${problem}. Ask for less in the ${where} ` +
      `(resources), or raise environments.${delivery.kind}.limits in the settings. Nothing was changed.`,
  );
}

async function secondsToDrain({ rollouts, clock, installation }: TrafficPorts, delivery: Delivery): Promise<number> {
  const drain = millisecondsOf(installation.environments[delivery.kind].rollout, 'drain');
  const latest = await rollouts.load(delivery.environment, delivery.service);
  return Math.ceil(drainLeft(delivery.commit, latest, drain, clock.now()) / 1_000);
}

/** The plan itself. */
export async function planOf(ports: TrafficPorts, delivery: Delivery): Promise<DeliveryPlan> {
  const record = await requireOwner(ports.records, delivery);
  const { applied } = record.services[delivery.service] ?? {};
  const latest = await ports.rollouts.load(delivery.environment, delivery.service);
  const definition = await definitionOf(ports.builds, delivery);
  const serving = await ifThere(ports, record, delivery, servingVersion(applied, latest));
  if (serving !== undefined) await refuseOtherProtocol(ports, delivery, serving.commit, definition);
  // Two versions cannot share a volume.
  const alone = volumesOf(definition, undefined).length > 0;
  const chosen = alone ? undefined : ports.choosePlan(delivery.kind, definition);
  const stable = serving && (await ports.builds.load(delivery.repository, serving.commit))?.definition;
  const opens = stable !== undefined && !hasRoute(stable) && hasRoute(definition);
  const wanted = opens ? chosen && planBeforeRoute(chosen) : chosen;
  const plan = planDelivery(delivery.commit, serving, latest, wanted, alone);
  const problems = plan.kind === 'roll-out' ? checkPlan(plan.plan) : [];
  if (problems.length === 0) return plan;
  throw new RejectedError(
    `The rollout plan cannot be carried out: ${problems.join('; ')}. Nothing was changed; correct the plan and push again.`,
  );
}

/** What serves and what comes must speak the same, or whoever calls the service would have to change at the same moment. */
async function refuseOtherProtocol(
  ports: TrafficPorts,
  delivery: Delivery,
  serving: string,
  definition: ServiceDefinition,
): Promise<void> {
  const before = (await ports.builds.load(delivery.repository, serving))?.definition;
  if (before === undefined || protocolOf(before) === protocolOf(definition)) return;
  const { name } = definition;
  throw new RejectedError(
    `The service ${name} speaks ${protocolOf(before)} in ${delivery.environment}, and its service file says now: protocol: ${protocolOf(definition)}. ` +
      `Those who call it would be cut off in the middle. Give the new protocol a port of its own under \`ports\`, or retire the service first ` +
      `(npx espalier remove ${delivery.environment} ${delivery.service}) and push again. Nothing was changed.`,
  );
}
