/**
 * `npm run bench -- --cluster KUBECONFIG --registry HOST`: the figures that need a real cluster, on one laptop, one after the other.
 * Separate from the laptop's own figures, which need nothing but this machine.
 */
import type { Figure } from '../figures.ts';
import { measureCanaries } from './canaries.ts';
import { openClusterStage, type ClusterPlace, type ClusterStage } from './cluster-stage.ts';
import { measureNewEnvironments } from './new-environments.ts';
import { measureQuiet } from './quiet.ts';
import { measureRouter } from './router.ts';
import { measureSwitches, type Rounds } from './switches.ts';

/** How often everything is measured. */
export interface ClusterRounds extends Rounds {
  readonly canaries: number;
  readonly environments: number;
}

/** Names of the measurements, in their order. */
export const CLUSTER_MEASUREMENTS = ['quiet', 'environments', 'canaries', 'switches', 'router'] as const;
export type ClusterMeasurement = (typeof CLUSTER_MEASUREMENTS)[number];

/** Takes them; the laptop leaves nothing behind in the cluster. */
export async function measureCluster(
  place: ClusterPlace,
  wanted: readonly ClusterMeasurement[],
  rounds: ClusterRounds,
): Promise<readonly Figure[]> {
  const stage = await openClusterStage(place);
  const figures: Figure[] = [];
  try {
    for (const name of CLUSTER_MEASUREMENTS) {
      if (!wanted.includes(name)) continue;
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
  }
}
