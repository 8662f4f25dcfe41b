/** What the stage `foundation` needs from the world, and of the settings. */
import type { TargetGroups } from '../../contracts/foundation.ts';
import type { Installation } from '../../domain/manifests/installation.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';

export interface FoundationPorts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly installation: Installation;
  /** Whether the cluster runs in EKS Auto Mode. */
  readonly autoMode: boolean;
  readonly targetGroups: TargetGroups;
}
