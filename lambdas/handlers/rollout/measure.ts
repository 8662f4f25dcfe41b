/**
 * Measures when a measurement is due. Separate from advancing, because a rollout looks at the cluster far more often than at metrics.
 */
import type { MetricReading } from '../../contracts/lookout.ts';
import type { ServicePlace } from '../../domain/manifests/manifest.ts';
import type { Analysis } from '../../domain/rollout/observation.ts';
import type { Rollout } from '../../domain/rollout/rollout.ts';
import type { StoredRollout } from '../../domain/rollout/stored.ts';
import type { SeenInCluster } from './observe.ts';
import type { TrafficPorts } from './ports.ts';

/** The rollout with its tally counted on, the verdict so far, and the measurement in words. */
export interface Measured {
  readonly stored: StoredRollout;
  readonly analysis?: Analysis;
  readonly told?: string;
}

/** Whether measurements mean something: only while the plan pauses or analyses and the weights hold. */
export function measuresNow(rollout: Rollout, { unsettled }: Pick<SeenInCluster, 'unsettled'>): boolean {
  const kind = rollout.phase === 'stepping' ? rollout.plan.steps[rollout.step]?.kind : undefined;
  const waits = rollout.question !== undefined || rollout.pausedSince !== undefined || unsettled !== undefined;
  return !waits && (kind === 'analyse' || kind === 'pause');
}

/** Measures at most once per interval, when something was asked outside, and at every look while there are too few requests. */
export async function measureWhenDue(
  ports: TrafficPorts,
  stored: StoredRollout,
  place: ServicePlace,
  cluster: SeenInCluster,
  outside: ReadonlyMap<string, MetricReading>,
): Promise<Measured> {
  const { rollout, measuredAt = 0 } = stored;
  const { now } = cluster;
  const step = rollout.plan.steps[rollout.step];
  const due = now - Math.max(measuredAt, rollout.stepSince) >= rollout.plan.intervalSeconds * 1_000;
  // At the end of an analysis the verdict counts, whenever the last measurement was.
  const ended = step?.kind === 'analyse' && now >= rollout.stepSince + step.seconds * 1_000;
  if (!measuresNow(rollout, cluster) || !(due || ended || outside.size > 0)) return { stored };
  const measured = await ports.analyst.measure(rollout, place, now, outside);
  if (measured === undefined) return { stored };
  const { analysis, tally, samples } = measured;
  const tooFew = analysis.kind === 'going-on' && analysis.tooFew === true;
  return {
    stored: {
      ...stored,
      ...(!tooFew && { measuredAt: now }),
      rollout: { ...rollout, tally, ...(samples !== undefined && { samples }) },
    },
    analysis,
    ...('measurement' in analysis && { told: analysis.measurement }),
  };
}
