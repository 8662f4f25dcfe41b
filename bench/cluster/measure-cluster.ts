/**
 * `npm run bench -- --cluster KUBECONFIG --registry HOST`: the figures that need a real cluster, on one laptop, one after the other.
 * Separate from the laptop's own figures, which need nothing but this machine.
 */
import type { Figure } from '../figures.ts';
import { measureCanaries } from './canaries.ts';
import { openClusterStage, REPOSITORY, type ClusterPlace, type ClusterStage } from './cluster-stage.ts';
import { measureManyEnvironments, REPOSITORIES } from './many-environments.ts';
import { measureNewEnvironments } from './new-environments.ts';
import { measureQuiet } from './quiet.ts';
import { measureRouter } from './router.ts';
import { measureSwitches, type Rounds } from './switches.ts';

/** How often everything is measured. */
export interface ClusterRounds extends Rounds {
  readonly canaries: number;
  readonly environments: number;
  /** Environments that are there at the same time. */
  readonly many: number;
}

/** Names of the measurements, in their order. */
export const CLUSTER_MEASUREMENTS = ['quiet', 'environments', 'canaries', 'switches', 'router', 'many'] as const;
export type ClusterMeasurement = (typeof CLUSTER_MEASUREMENTS)[number];

/** Takes them, those of many environments on a laptop of their own; no laptop leaves anything behind in the cluster. */
export async function measureCluster(
  place: ClusterPlace,
  wanted: readonly ClusterMeasurement[],
  rounds: ClusterRounds,
): Promise<readonly Figure[]> {
  const [many, others] = [true, false].map((is) => wanted.filter((name) => (name === 'many') === is));
  return [
    ...(await onLaptop(place, [REPOSITORY], others ?? [], rounds)),
    ...(await onLaptop(place, REPOSITORIES, many ?? [], rounds)),
  ];
}

async function onLaptop(
  place: ClusterPlace,
  repositories: readonly string[],
  wanted: readonly ClusterMeasurement[],
  rounds: ClusterRounds,
): Promise<readonly Figure[]> {
  if (wanted.length === 0) return [];
  const stage = await openClusterStage(place, repositories);
  const figures: Figure[] = [];
  try {
    for (const name of wanted) {
      console.error(`measuring ${name} on the cluster …`);
      figures.push(...(await measure(stage, name, rounds)));
    }
    return figures;
  } catch (error) {
    console.error(stage.laptop.lastLines(60).join('\n'));
    throw error;
  } finally {
    const left = await stage.laptop.stop();
    if (left.length > 0) console.error(`The laptop left behind: ${left.join('\n')}`);
  }
}

function measure(stage: ClusterStage, name: ClusterMeasurement, rounds: ClusterRounds): Promise<readonly Figure[]> {
  switch (name) {
    case 'quiet':
      return measureQuiet(stage);
    case 'environments':
      return measureNewEnvironments(stage, rounds.environments);
    case 'canaries':
      return measureCanaries(stage, rounds.canaries);
    case 'switches':
      return measureSwitches(stage, rounds);
    case 'router':
      return measureRouter(stage);
    case 'many':
      return measureManyEnvironments(stage, rounds.many);
  }
}
