/**
 * Begins a rollout: remembers which two versions take part and by which plan. Separate from advancing, because it happens once and
 * whoever begins ends what an earlier rollout of the service still promised.
 */
import { FIELD_MANAGERS } from '../../contracts/kubernetes.ts';
import type { Delivery, RolloutClaim } from '../../contracts/payloads.ts';
import type { Applied, Instant } from '../../domain/environment/record.ts';
import { SupersededError, TransientError } from '../../domain/errors.ts';
import { sideServiceManifest } from '../../domain/manifests/traffic.ts';
import { resumesAt } from '../../domain/rollout/plan-delivery.ts';
import { NO_TALLY } from '../../domain/analysis/tally.ts';
import type { RollBackReason, Rollout } from '../../domain/rollout/rollout.ts';
import { servingVersion } from '../../domain/rollout/serving.ts';
import { stableMinimum } from '../../domain/rollout/sizes.ts';
import { describeReason } from '../../domain/rollout/describe.ts';
import { describeStep } from '../../domain/rollout/step.ts';
import { millisecondsOf } from '../../domain/rollout/times.ts';
import type { StoredRollout } from '../../domain/rollout/stored.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import { hasRoute } from '../../domain/service/reach.ts';
import { applyAll } from '../apply-all.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import { definitionOf } from '../service-definition.ts';
import { autoscalersOf } from './autoscalers.ts';
import { deploymentOf } from './observe.ts';
import { planOf } from './plan-rollout.ts';
import type { TrafficPorts } from './ports.ts';
import { serviceRouteOf, type ServiceRoute } from './service-route.ts';

/**
 * Remembers the rollout. Beginning twice is no error; nor is beginning what an earlier delivery left, which its successor only brings
 * to an end.
 */
export async function beginRollout(ports: TrafficPorts, claim: RolloutClaim): Promise<{ readonly kind: 'begun' }> {
  const { delivery } = claim;
  const begun = ports.clock.now();
  const latest = await ports.rollouts.load(delivery.environment, delivery.service);
  if (latest?.generation === delivery.generation) return beginAgain(ports, delivery, latest);
  const record = await requireOwner(ports.records, delivery);
  if (latest !== undefined && latest.generation > delivery.generation) {
    throw new SupersededError(`Generation ${String(latest.generation)} rolls out already.`);
  }

  const route = serviceRouteOf(ports, record, delivery, await definitionOf(ports.builds, delivery));
  const rollout = await firstState(ports, claim, route, latest);
  // The route may name a side only when its Service is there.
  await applyAll(ports.cluster, FIELD_MANAGERS.traffic, [
    sideServiceManifest(route.place, rollout.candidate.side, route.reached),
    sideServiceManifest(route.place, rollout.stable.side, route.reached),
  ]);
  const { environment, service, generation } = delivery;
  const stored = { environment, service, generation, version: latest?.version ?? 0, rollout, taken: [] };
  if ((await ports.rollouts.save(stored)).kind === 'conflict') {
    throw new TransientError('Another execution changed the rollout while it was to begin.');
  }
  const steps = rollout.plan.steps
    .slice(rollout.resumeAt ?? 0)
    .map(describeStep)
    .join(' → ');
  const message =
    rollout.reason === undefined
      ? `Rolls out by ${rollout.plan.name}: ${steps}`
      : `Returns to ${rollout.stable.side}: ${describeReason(rollout.reason)}`;
  await ports.history.append(deliveryEvent(delivery, { stage: 'rollout', message, now: ports.clock.now(), begun }));
  return { kind: 'begun' };
}

/** A way back that was given up has its time anew with whoever takes it up. */
async function beginAgain(
  ports: TrafficPorts,
  delivery: Delivery,
  latest: StoredRollout,
): Promise<{ readonly kind: 'begun' }> {
  if (latest.rollout.phase !== 'rolling-back') return { kind: 'begun' };
  const record = await ports.records.load(delivery.environment);
  if (record?.services[delivery.service]?.owner?.generation === delivery.generation) return { kind: 'begun' };
  const rollout = { ...latest.rollout, returningSince: ports.clock.now() };
  if ((await ports.rollouts.save({ ...latest, rollout })).kind === 'conflict') {
    throw new TransientError('Another execution changed the rollout while it was to be taken up.');
  }
  return { kind: 'begun' };
}

async function firstState(
  ports: TrafficPorts,
  { delivery, digest, side }: RolloutClaim,
  route: ServiceRoute,
  latest: StoredRollout | undefined,
): Promise<Rollout> {
  const applied = (await requireOwner(ports.records, delivery)).services[delivery.service]?.applied;
  const chosen = await planOf(ports, delivery);
  const serving = servingVersion(applied, latest);
  if (applied === undefined || serving === undefined || chosen.kind !== 'roll-out' || chosen.side !== side) {
    throw new SupersededError('What serves has changed since the side was chosen.');
  }
  const now = ports.clock.now();
  const after = await afterDark(ports, latest, digest, now);
  const resumeAt = after?.resumeAt ?? resumesAt(latest, digest, chosen.plan);
  const defined = (await ports.builds.load(delivery.repository, serving.commit))?.definition;
  const present = (await deploymentOf(ports.cluster, route.place, serving.side))?.spec?.replicas;
  const stableBounds = defined?.autoscale ?? (await autoscalersOf(ports.cluster, route.place))[serving.side];
  return {
    plan: chosen.plan,
    candidate: { side, commit: delivery.commit, digest },
    stable: { side: serving.side, commit: serving.commit, digest: serving.digest },
    phase: 'preparing',
    step: 0,
    ...(resumeAt !== undefined && { resumeAt }),
    ...after?.returning,
    stepSince: now,
    startedAt: now,
    shifted: { candidatePercent: 0, at: settledSince(applied, latest) ?? now },
    pausedFor: 0,
    stableReplicas: stableMinimum(present ?? 1, defined?.replicas ?? 1),
    ...(stableBounds !== undefined && { stableBounds }),
    ...waysOf(defined, await definitionOf(ports.builds, delivery)),
    deadline: millisecondsOf(ports.installation.environments[delivery.kind].rollout, 'deadline'),
    tally: NO_TALLY,
    ...(delivery.despiteAlarms === true && { despiteAlarms: true as const }),
  };
}

/** Since when all traffic was seen to go to what serves; undefined when an earlier rollout was stopped before it had seen that. */
function settledSince(applied: Applied, latest: StoredRollout | undefined): Instant | undefined {
  return latest === undefined ? applied.at : latest.endedAt;
}

/** Weights can be moved only where a route leads to both versions; else the plain Service moves, and the way in follows at the end. */
function waysOf(stable: ServiceDefinition | undefined, candidate: ServiceDefinition): Pick<Rollout, 'way' | 'wayIn'> {
  const before = stable === undefined || hasRoute(stable);
  const after = hasRoute(candidate);
  if (before && after) return {};
  return { way: 'plain-service', ...(before !== after && { wayIn: after ? 'opens' : 'closes' }) };
}

/** What becomes of a version that was dark: the rest of its plan when it was released, the way back when it was dropped or forgotten. */
async function afterDark(
  ports: TrafficPorts,
  latest: StoredRollout | undefined,
  digest: string,
  now: number,
): Promise<
  | {
      readonly resumeAt?: number;
      readonly returning?: Pick<Rollout, 'phase' | 'reason' | 'returningSince' | 'step'>;
    }
  | undefined
> {
  if (latest?.rollout.phase !== 'dark' || latest.rollout.candidate.digest !== digest) return undefined;
  const { step, darkUntil = now } = latest.rollout;
  const decided = latest.approval === undefined ? undefined : (await ports.approvals.load(latest.approval))?.decided;
  if (decided?.decision === 'release') return { resumeAt: step + 1 };
  const returning = (reason: RollBackReason) =>
    ({ returning: { phase: 'rolling-back', reason, returningSince: now, step } }) as const;
  if (decided?.decision === 'drop') {
    const { by, comment } = decided;
    return returning({ kind: 'dropped', by, ...(comment !== undefined && { comment }) });
  }
  // Otherwise somebody delivers it again by hand: from the beginning, as any other version.
  return now >= darkUntil ? returning({ kind: 'unreleased' }) : undefined;
}
