/** What the stage `rollout` needs from the world, and of the settings. */
import type { Installation } from '../../domain/manifests/installation.ts';
import type { Addresses } from '../../domain/way-in/reach.ts';
import type { Builds } from '../../ports/builds.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster, Prober } from '../../ports/cluster.ts';
import type { History } from '../../ports/history.ts';
import type { Records } from '../../ports/records.ts';

export interface RolloutPorts {
  readonly cluster: Cluster;
  readonly prober: Prober;
  readonly records: Pick<Records, 'load'>;
  readonly builds: Pick<Builds, 'load'>;
  readonly history: Pick<History, 'append'>;
  readonly clock: Clock;
  readonly installation: Installation;
  /** Addresses of the managed gateway's load balancers. */
  readonly addresses: Addresses;
}
