/** What the stage `deploy` needs from the world, and of the settings. */
import type { Installation } from '../../domain/manifests/installation.ts';
import type { Builds } from '../../ports/builds.ts';
import type { Charts, ParseChart } from '../../ports/charts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { History } from '../../ports/history.ts';
import type { PodProxy } from '../../ports/pod-proxy.ts';
import type { Records } from '../../ports/records.ts';

export interface DeployPorts {
  readonly cluster: Cluster;
  readonly pods: PodProxy;
  readonly records: Pick<Records, 'load'>;
  readonly builds: Pick<Builds, 'load'>;
  readonly history: Pick<History, 'append'>;
  readonly clock: Clock;
  readonly installation: Installation;
  /** Where images are: the installation's repository, without a tag. */
  readonly imageRepository: string;
  readonly charts: Pick<Charts, 'load'>;
  readonly parseChart: ParseChart;
}

/** What preparing experiments needs beyond that. */
export interface PreparePorts extends DeployPorts {
  /** Text of the program that delays a dependency. */
  readonly delayProgram: string;
}
