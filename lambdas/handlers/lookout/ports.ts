/** What the function `lookout` needs from the world. */
import type { LoadBalancers } from '../../ports/load-balancers.ts';
import type { CloudWatchAlarms, CloudWatchMetrics } from '../../ports/metrics.ts';

export interface LookoutPorts {
  readonly metrics: CloudWatchMetrics;
  readonly alarms: CloudWatchAlarms;
  readonly loadBalancers: LoadBalancers;
}
