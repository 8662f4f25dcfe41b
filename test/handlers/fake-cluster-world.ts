/** The cluster's half of deliveries on the fake cluster and on virtual time. */
import type { Installation } from '../../lambdas/domain/manifests/installation.ts';
import { VirtualClock } from '../fakes/clock.ts';
import { FakeCluster } from '../fakes/cluster.ts';
import { installationOf } from '../fakes/installation.ts';
import { FakeProber } from '../fakes/prober.ts';
import { ClusterWorld } from './cluster-world.ts';

/** A world whose cluster and prober are the fakes. */
export class FakeClusterWorld extends ClusterWorld {
  override readonly cluster: FakeCluster;
  override readonly prober: FakeProber;

  constructor(installation: Installation = installationOf('shop')) {
    const clock = new VirtualClock();
    const cluster = new FakeCluster(clock);
    const prober = new FakeProber(cluster);
    super({ cluster, prober, clock, installation });
    this.cluster = cluster;
    this.prober = prober;
  }
}
