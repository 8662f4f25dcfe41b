/**
 * What a rollout wants to know of AWS now, and what it was told. Separate from measuring, because nobody here can look outside the
 * cluster's network: the state machine asks another function and comes back.
 */
import type { LookoutAnswer, LookoutRequest, MetricReading, Seen } from '../../contracts/lookout.ts';
import { alarmsOf, nextAlarmLook, risesAt, watchAlarms } from '../../domain/analysis/alarms.ts';
import { dueQuestions } from '../../domain/analysis/cloud-watch.ts';
import type { ServicePlace } from '../../domain/manifests/manifest.ts';
import { confirmationOf, nextConfirmation, unconfirmed } from '../../domain/rollout/confirmation.ts';
import type { Decision } from '../../domain/rollout/decision.ts';
import type { Rollout } from '../../domain/rollout/rollout.ts';
import { measuresNow } from './measure.ts';
import type { SeenInCluster } from './observe.ts';

/** What is known of the outside in one round. */
export interface Outside {
  readonly metrics: ReadonlyMap<string, MetricReading>;
  /** The rollout, which remembers what was seen of its alarms. */
  readonly rollout: Rollout;
}

/** What has to be asked before the next decision; undefined when nothing is due. */
export function requestNow(rollout: Rollout, place: ServicePlace, cluster: SeenInCluster): LookoutRequest | undefined {
  const { phase, step, stepSince, shifted } = rollout;
  const metrics = measuresNow(rollout, cluster) ? dueQuestions(rollout, place, cluster.now) : [];
  const alarms = cluster.now >= (nextAlarmLook(rollout) ?? Infinity) ? alarmsOf(rollout, place) : [];
  const balancer = confirmsNow(rollout, cluster) ? cluster.balancer : undefined;
  if (metrics.length + alarms.length === 0 && balancer === undefined) return undefined;
  return {
    about: JSON.stringify([phase, step, stepSince, shifted.at, balancer?.weights, balancer?.pods]),
    metrics,
    alarms,
    ...(balancer !== undefined && { loadBalancer: balancer.question }),
  };
}

/** A route that its Gateway has not accepted yet cannot be at the load balancer. */
function confirmsNow(rollout: Rollout, { balancer, unsettled, now }: SeenInCluster): boolean {
  if (balancer === undefined || unsettled !== undefined) return false;
  return now >= (nextConfirmation(rollout, balancer) ?? Infinity);
}

/** The cluster as it holds with what the load balancer has confirmed so far. */
export function asConfirmed(rollout: Rollout, cluster: SeenInCluster): SeenInCluster {
  const { balancer } = cluster;
  const missing = balancer && unconfirmed(rollout.confirmation, balancer);
  if (missing === undefined) return cluster;
  return { ...cluster, unsettled: cluster.unsettled ?? missing, unreachable: missing };
}

/** What was seen of what is asked now; undefined when it has to be asked. `canLook`: somebody looks outside for this installation. */
export function seenOf(
  rollout: Rollout,
  request: LookoutRequest | undefined,
  seen: Seen | undefined,
  { canLook, now, balancer }: Pick<SeenInCluster, 'now' | 'balancer'> & { readonly canLook: boolean },
): Outside | undefined {
  if (request === undefined) return { metrics: new Map(), rollout };
  const answer = canLook ? seen : NOBODY_LOOKS;
  const blind = answer?.kind === 'unseen' ? answer.because : undefined;
  if (blind === undefined && (answer?.kind !== 'seen' || answer.about !== request.about)) return undefined;
  const told = answer?.kind === 'seen' ? answer : unseen(request, blind ?? '');
  const alarms =
    request.alarms.length === 0
      ? {}
      : { alarms: watchAlarms(rollout.alarms, told.alarms, now, rollout.despiteAlarms === true) };
  return {
    metrics: new Map(told.metrics.map(({ name, reading }) => [name, reading])),
    rollout: {
      ...rollout,
      ...alarms,
      ...(request.loadBalancer !== undefined &&
        balancer !== undefined && { confirmation: confirmationOf(balancer, told.loadBalancer, now) }),
    },
  };
}

const NOBODY_LOOKS: Seen = {
  kind: 'unseen',
  because: 'the settings do not let AWS be asked any more (metrics.cloudWatch, wayIn.gateway.controller)',
};

function unseen({ metrics, alarms, loadBalancer }: LookoutRequest, because: string): Omit<LookoutAnswer, 'about'> {
  return {
    kind: 'seen',
    ...(loadBalancer !== undefined && { loadBalancer: { kind: 'unseen', missing: because } }),
    metrics: metrics.map(({ name }) => ({ name, reading: { kind: 'error', because } as const })),
    alarms: alarms.map((name) => ({ name, state: 'unknown', because }) as const),
  };
}

/** Decisions that what is outside may change; every other one, and what people order, is carried out first. */
export function canWait({ kind }: Decision, { plan, phase, step }: Rollout, isOrdered: boolean): boolean {
  const rises = (kind === 'shift' || kind === 'promote') && phase === 'stepping' && risesAt(plan, step);
  return !isOrdered && (kind === 'hold' || kind === 'next-step' || kind === 'ask' || rises);
}
