/** What the function `lookout` needs from the world. */
import type { CloudWatchMetrics } from '../../ports/metrics.ts';

export interface LookoutPorts {
  readonly metrics: CloudWatchMetrics;
}
