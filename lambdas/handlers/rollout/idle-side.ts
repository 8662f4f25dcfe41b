/**
 * The side that lost its traffic: how long it stays for whoever changes their mind, and its end. Separate from the rollout, because
 * a new release may begin meanwhile and take the side.
 */
import { FIELD_MANAGERS, LABELS, otherSide, type Side } from '../../contracts/kubernetes.ts';
import type { Delivery, KeepAnswer } from '../../contracts/payloads.ts';
import { rememberedSeconds } from '../../domain/borrowing/names.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { replicasManifest, sideOfPlainService } from '../../domain/manifests/traffic.ts';
import { readRoute } from '../../domain/rollout/route.ts';
import { millisecondsOf } from '../../domain/rollout/times.ts';
import { servingVersion } from '../../domain/rollout/serving.ts';
import { namespace, sideName, type ServicePlace } from '../../domain/manifests/manifest.ts';
import type { Version } from '../../domain/rollout/rollout.ts';
import type { StoredRollout } from '../../domain/rollout/stored.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { autoscalersOf, removeAutoscaler } from './autoscalers.ts';
import { deploymentOf } from './observe.ts';
import type { TrafficPorts } from './ports.ts';
import { ROUTE_KIND, SERVICE_KIND, serviceRouteOf } from './service-route.ts';

/** How long the side stays that this delivery's rollout left without traffic. */
export async function keepIdleSide(ports: TrafficPorts, claim: Delivery): Promise<KeepAnswer> {
  const found = await idleSide(ports, claim);
  if (found === undefined) return { kind: 'nothing-to-keep' };
  const { stored, side } = found;
  const drain = millisecondsOf(ports.installation.environments[claim.kind].rollout, 'drain') / 1_000;
  if (stored === undefined) return { kind: 'keep', seconds: Math.max(1, drain), side, approval: '', dark: false };
  const { phase, plan, darkUntil } = stored.rollout;
  // What could be decided about a rollout ends with the delivery that it belongs to.
  const approval = stored.generation === claim.generation ? (stored.approval ?? '') : '';
  if (phase === 'dark') {
    const left = ((darkUntil ?? ports.clock.now()) - ports.clock.now()) / 1_000;
    return { kind: 'keep', seconds: Math.max(1, Math.ceil(left)), side, approval, dark: true };
  }
  const keep = phase === 'promoted' ? Math.max(plan.keepSeconds, drain) : drain;
  const since = stored.endedAt ?? ports.clock.now();
  // Who called the side by its name may still know its address.
  const longest = Math.max(keep, rememberedSeconds(ports.installation, claim.kind));
  const seconds = Math.max(1, Math.ceil(longest - (ports.clock.now() - since) / 1_000));
  return { kind: 'keep', seconds, side, approval, dark: false };
}

/** Lets the side go, if it is still idle. A side that somebody took meanwhile stays. */
export async function retireSide(
  ports: TrafficPorts,
  claim: Delivery,
  side: Side,
): Promise<{ readonly kind: 'retired' | 'in-use' }> {
  const begun = ports.clock.now();
  const found = await idleSide(ports, claim);
  if (found?.side !== side) return { kind: 'in-use' };
  const route = serviceRouteOf(ports, found.record, claim);
  const { name } = route.place;
  const stored = await ports.cluster.get({ ...ROUTE_KIND, namespace: namespace(route.place), name });
  const written = readRoute(stored, { candidate: sideName(name, side), stable: sideName(name, otherSide(side)) });
  const plain = await ports.cluster.get({ ...SERVICE_KIND, namespace: namespace(route.place), name });
  // INVARIANT: nothing is scaled down that a route or the plain Service still leads to.
  const routed = stored !== undefined && (written === undefined || written.candidatePercent > 0 || written.header);
  if (routed || sideOfPlainService(plain) === side) return { kind: 'in-use' };
  if (await isGone(ports, route.place, side)) return { kind: 'retired' };
  // First, because it would not let the number go below its minimum.
  await removeAutoscaler(ports.cluster, route.place, side);
  await ports.cluster.apply(replicasManifest(route.place, side, 0), FIELD_MANAGERS.traffic, { force: true });
  const message = `Retired ${sideName(name, side)}`;
  await ports.history.append(deliveryEvent(claim, { stage: 'rollout', message, now: ports.clock.now(), begun }));
  return { kind: 'retired' };
}

async function isGone({ cluster }: TrafficPorts, place: ServicePlace, side: Side): Promise<boolean> {
  const [deployment, scalers] = await Promise.all([deploymentOf(cluster, place, side), autoscalersOf(cluster, place)]);
  return scalers[side] === undefined && (deployment === undefined || deployment.spec?.replicas === 0);
}

/** A side without traffic, and the rollout that left it so; none when no rollout knows of its pods. */
interface IdleSide {
  readonly side: Side;
  readonly stored: StoredRollout | undefined;
}

/** The side that does not serve: of this claim's own rollout once that has ended, else what others left. */
async function idleSide(
  ports: TrafficPorts,
  claim: Delivery,
): Promise<(IdleSide & { readonly record: EnvironmentRecord }) | undefined> {
  const record = await ports.records.load(claim.environment);
  const latest = await ports.rollouts.load(claim.environment, claim.service);
  const applied = record?.services[claim.service]?.applied;
  if (record === undefined || applied === undefined) return undefined;
  if (latest?.generation !== claim.generation) {
    const left = await leftSide(ports, record, claim);
    return left && { ...left, record };
  }
  if (!isOver(latest)) return undefined;
  const { side } = idleVersion(latest);
  return side === servingVersion(applied, latest)?.side ? undefined : { record, stored: latest, side };
}

/**
 * The side with pods that an earlier delivery left: its rollout ended and it may have died before it could let the side go; or it ended
 * before its rollout began, because a newer commit was wanted by then; or its version was dark and is obsolete now. Undefined while
 * somebody newer works on the service, who may need it.
 */
export async function leftSide(
  ports: TrafficPorts,
  record: EnvironmentRecord,
  claim: Delivery,
): Promise<IdleSide | undefined> {
  const { applied, owner } = record.services[claim.service] ?? {};
  if (applied === undefined || (owner !== undefined && owner.generation > claim.generation)) return undefined;
  const latest = await ports.rollouts.load(claim.environment, claim.service);
  if (latest !== undefined && (!isOver(latest) || latest.generation > claim.generation)) return undefined;
  const serving = servingVersion(applied, latest);
  if (serving === undefined) return undefined;
  const side = otherSide(serving.side);
  const deployment = await deploymentOf(ports.cluster, serviceRouteOf(ports, record, claim).place, side);
  if (deployment === undefined || deployment.spec?.replicas === 0) return undefined;
  const commit = deployment.spec?.template.metadata?.labels?.[LABELS.commit];
  // What was dark is given up by whoever delivers after it; the state that kept it ended at that moment.
  const known = latest !== undefined && latest.rollout.phase !== 'dark' ? idleVersion(latest) : undefined;
  return { side, stored: known?.side === side && known.commit === commit ? latest : undefined };
}

function isOver({ rollout: { phase } }: StoredRollout): boolean {
  return phase === 'promoted' || phase === 'rolled-back' || phase === 'dark';
}

/** The version that an ended rollout left without traffic. */
function idleVersion({ rollout: { phase, candidate, stable } }: StoredRollout): Version {
  return phase === 'promoted' ? stable : candidate;
}
