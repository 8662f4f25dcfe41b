/**
 * Measures when a measurement is due. Separate from advancing, because a rollout looks at the cluster far more often than at metrics.
 */
import type { ServicePlace } from '../../domain/manifests/manifest.ts';
import type { Analysis } from '../../domain/rollout/decide.ts';
import type { StoredRollout } from '../../domain/rollout/stored.ts';
import type { SeenInCluster } from './observe.ts';
import type { TrafficPorts } from './ports.ts';

/** The rollout with its tally counted on, the verdict so far, and the measurement in words. */
export interface Measured {
  readonly stored: StoredRollout;
  readonly analysis?: Analysis;
  readonly told?: string;
}

/** Measures at most once per interval, only while the plan pauses or analyses and the weights hold. */
export async function measureWhenDue(
  ports: TrafficPorts,
  stored: StoredRollout,
  place: ServicePlace,
  { now, unsettled }: SeenInCluster,
): Promise<Measured> {
  const { rollout, measuredAt = 0 } = stored;
  const step = rollout.plan.steps[rollout.step];
  const measures = rollout.phase === 'stepping' && (step?.kind === 'analyse' || step?.kind === 'pause');
  const waits = rollout.question !== undefined || rollout.pausedSince !== undefined || unsettled !== undefined;
  const due = now - Math.max(measuredAt, rollout.stepSince) >= rollout.plan.intervalSeconds * 1_000;
  // At the end of an analysis the verdict counts, whenever the last measurement was.
  const ended = step?.kind === 'analyse' && now >= rollout.stepSince + step.seconds * 1_000;
  if (!measures || waits || !(due || ended)) return { stored };
  const measured = await ports.analyst.measure(rollout, place, now);
  if (measured === undefined) return { stored };
  const { analysis, tally } = measured;
  return {
    stored: { ...stored, measuredAt: now, rollout: { ...rollout, tally } },
    analysis,
    ...('measurement' in analysis && { told: analysis.measurement }),
  };
}
