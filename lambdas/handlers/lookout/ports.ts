/** What the function `lookout` needs from the world. */
import type { CloudWatchAlarms, CloudWatchMetrics } from '../../ports/metrics.ts';

export interface LookoutPorts {
  readonly metrics: CloudWatchMetrics;
  readonly alarms: CloudWatchAlarms;
}
