/** Measures a rollout: what its metrics say about the candidate since the present step began. */
import type { MetricReading } from '../contracts/lookout.ts';
import type { Analysis } from '../domain/rollout/observation.ts';
import type { Tally } from '../domain/analysis/tally.ts';
import type { Rollout } from '../domain/rollout/rollout.ts';
import type { ServicePlace } from '../domain/manifests/manifest.ts';

export interface Analyst {
  /**
   * One measurement and the verdict that follows from it; undefined when nothing is measured in this step. `outside` has the readings
   * that were asked for outside the network, by name of the metric.
   */
  measure(
    rollout: Rollout,
    place: ServicePlace,
    now: number,
    outside: ReadonlyMap<string, MetricReading>,
  ): Promise<
    | { readonly analysis: Analysis; readonly tally: Tally; readonly samples?: NonNullable<Rollout['samples']> }
    | undefined
  >;
}
