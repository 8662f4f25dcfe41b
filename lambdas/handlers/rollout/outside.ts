/**
 * What a rollout wants to know of AWS now, and what it was told. Separate from measuring, because nobody here can look outside the
 * cluster's network: the state machine asks another function and comes back.
 */
import type { LookoutRequest, MetricReading, Seen } from '../../contracts/lookout.ts';
import { alarmsOf, nextAlarmLook, risesAt, watchAlarms } from '../../domain/analysis/alarms.ts';
import { dueQuestions } from '../../domain/analysis/cloud-watch.ts';
import type { Instant } from '../../domain/environment/record.ts';
import type { ServicePlace } from '../../domain/manifests/manifest.ts';
import type { Decision } from '../../domain/rollout/decide.ts';
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
  if (metrics.length + alarms.length === 0) return undefined;
  return { about: JSON.stringify([phase, step, stepSince, shifted.at]), metrics, alarms };
}

/** What was seen of what is asked now; undefined when it has to be asked. `canLook`: somebody looks outside for this installation. */
export function seenOf(
  rollout: Rollout,
  request: LookoutRequest | undefined,
  seen: Seen | undefined,
  { canLook, now }: { readonly canLook: boolean; readonly now: Instant },
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
    rollout: { ...rollout, ...alarms },
  };
}

const NOBODY_LOOKS: Seen = {
  kind: 'unseen',
  because: 'the settings do not let CloudWatch be asked (metrics.cloudWatch)',
};

function unseen({ metrics, alarms }: LookoutRequest, because: string) {
  return {
    metrics: metrics.map(({ name }) => ({ name, reading: { kind: 'error', because } as const })),
    alarms: alarms.map((name) => ({ name, state: 'unknown', because }) as const),
  };
}

/** Decisions that what is outside may change; every other one, and what people order, is carried out first. */
export function canWait({ kind }: Decision, { plan, phase, step }: Rollout, isOrdered: boolean): boolean {
  const rises = (kind === 'shift' || kind === 'promote') && phase === 'stepping' && risesAt(plan, step);
  return !isOrdered && (kind === 'hold' || kind === 'next-step' || kind === 'ask' || rises);
}
