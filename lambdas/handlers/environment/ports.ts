/** What the stage `environment` needs from the world, and of the settings. */
import type { Installation } from '../../domain/manifests/installation.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { History } from '../../ports/history.ts';
import type { Records } from '../../ports/records.ts';

export interface EnvironmentPorts {
  readonly cluster: Cluster;
  readonly records: Pick<Records, 'load'>;
  readonly history: Pick<History, 'append'>;
  readonly clock: Clock;
  readonly installation: Installation;
}
