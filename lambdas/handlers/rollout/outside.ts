/**
 * What a rollout wants to know of AWS now, and what it was told. Separate from measuring, because nobody here can look outside the
 * cluster's network: the state machine asks another function and comes back.
 */
import type { LookoutRequest, MetricReading, Seen } from '../../contracts/lookout.ts';
import { dueQuestions } from '../../domain/analysis/cloud-watch.ts';
import type { ServicePlace } from '../../domain/manifests/manifest.ts';
import type { Decision } from '../../domain/rollout/decide.ts';
import type { StoredRollout } from '../../domain/rollout/stored.ts';
import { measuresNow } from './measure.ts';
import type { SeenInCluster } from './observe.ts';

/** What is known of the outside in one round. */
export interface Outside {
  readonly metrics: ReadonlyMap<string, MetricReading>;
}

/** Nothing was due. */
const NOTHING: Outside = { metrics: new Map() };

/** What has to be asked before the next decision; undefined when nothing is due. */
export function requestNow(
  { rollout }: StoredRollout,
  place: ServicePlace,
  cluster: SeenInCluster,
): LookoutRequest | undefined {
  const metrics = measuresNow(rollout, cluster) ? dueQuestions(rollout, place, cluster.now) : [];
  if (metrics.length === 0) return undefined;
  const { phase, step, stepSince, shifted } = rollout;
  return { about: JSON.stringify([phase, step, stepSince, shifted.at]), metrics };
}

/** What was seen of what is asked now; undefined when it has to be asked. `canLook`: somebody looks outside for this installation. */
export function seenOf(
  request: LookoutRequest | undefined,
  seen: Seen | undefined,
  canLook: boolean,
): Outside | undefined {
  if (request === undefined) return NOTHING;
  if (!canLook) return unseen(request, 'the settings do not let CloudWatch be asked (metrics.cloudWatch)');
  if (seen?.kind === 'unseen') return unseen(request, seen.because);
  if (seen?.about !== request.about) return undefined;
  return { metrics: new Map(seen.metrics.map(({ name, reading }) => [name, reading])) };
}

function unseen({ metrics }: LookoutRequest, because: string): Outside {
  return { metrics: new Map(metrics.map(({ name }) => [name, { kind: 'error', because }])) };
}

/** Decisions that what is outside may change; every other one is carried out first. */
export function canWait({ kind }: Decision): boolean {
  return kind === 'hold' || kind === 'next-step' || kind === 'ask';
}
