/** What the stage `configuration` needs in the cluster's network: the cluster and the table, and nothing of AWS beside it. */
import type { Tier } from '../../contracts/kinds.ts';
import type { Installation } from '../../domain/manifests/installation.ts';
import type { Builds } from '../../ports/builds.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Layers, SecretStates, Tenants } from '../../ports/configuration.ts';
import type { History } from '../../ports/history.ts';
import type { PodProxy } from '../../ports/pod-proxy.ts';
import type { Records } from '../../ports/records.ts';
import type { Sealing } from '../../ports/secrets.ts';

export interface ConfigurationPorts {
  readonly tier: Tier;
  readonly cluster: Cluster;
  readonly pods: PodProxy;
  readonly records: Pick<Records, 'load' | 'all' | 'save'>;
  readonly builds: Pick<Builds, 'load'>;
  readonly layers: Pick<Layers, 'latest' | 'forget'>;
  readonly tenants: Tenants;
  readonly secrets: SecretStates;
  readonly sealing: Sealing;
  readonly history: Pick<History, 'append'>;
  readonly clock: Clock;
  readonly installation: Installation;
}
