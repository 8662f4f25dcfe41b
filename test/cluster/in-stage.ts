/**
 * A world as the functions of one stage of branch environments meet it on a real cluster: with the rights of their own group and no
 * more. Separate because every test of handlers there does everything under the identity that does it in the product.
 */
import { clusterGroup } from '../../lambdas/contracts/kubernetes.ts';
import type { ClusterWorld } from '../handlers/cluster-world.ts';
import { realClusterAs } from './kubeconfig.ts';

type Stage = Parameters<typeof clusterGroup>[1];

/** Everything of a world but its cluster, for whoever brings one. */
export function aroundOf(world: ClusterWorld) {
  const { records, builds, history, clock, prober, installation, imageRepository, addresses, charts, parseChart } =
    world;
  return {
    records,
    builds,
    history,
    clock,
    prober,
    installation,
    imageRepository,
    addresses,
    charts,
    parseChart,
  };
}

/** The world with the cluster as this stage may use it. */
export function inStage(world: ClusterWorld, stage: Stage) {
  const cluster = realClusterAs(stage, [clusterGroup(world.installation.installation, stage, 'branch')]);
  return { ...aroundOf(world), cluster, pods: cluster.pods };
}
