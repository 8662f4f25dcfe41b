/**
 * The configuration of `orders` as the cluster has it, and as the layers say by the model's own reading of them: the last that says
 * something wins. Separate from the code under test, which must come to the same.
 */
import { namespaceOf, SIDES, type Side } from '../../lambdas/contracts/kubernetes.ts';
import type { EnvironmentRecord } from '../../lambdas/domain/environment/record.ts';
import type { ConfigurationFile } from '../../lambdas/domain/configuration/file.ts';
import type { FakeCluster } from '../fakes/cluster.ts';
import { INSTALLATION, SHARED_LAYERS } from './places.ts';
import { DEFAULTS } from './versions.ts';
import type { World } from './world.ts';

/** The only service that has one. */
export const CONFIGURED = 'orders';

/** The file that a pod has; undefined for a pod of a service that has none. */
export function configurationOf(cluster: FakeCluster, namespace: string, pod: string): ConfigurationFile | undefined {
  const side = SIDES.find((known) => pod.startsWith(`${CONFIGURED}-${known}-`));
  return side === undefined ? undefined : fileOf(cluster, namespace, side);
}

function fileOf(cluster: FakeCluster, namespace: string, side: Side): ConfigurationFile | undefined {
  const map = cluster.peek('ConfigMap', namespace).find(({ metadata }) => metadata.name === `${CONFIGURED}-${side}`);
  const text = (map?.['data'] as Record<string, string> | undefined)?.['configuration.json'];
  return text === undefined ? undefined : (JSON.parse(text) as ConfigurationFile);
}

/** What the layers of an environment come to. */
export async function resolved(
  { layers }: World,
  { kind, id }: Pick<EnvironmentRecord, 'kind' | 'id'>,
): Promise<Record<string, unknown>> {
  let values: Record<string, unknown> = DEFAULTS;
  for (const layer of ['integration', kind, id]) {
    values = { ...values, ...(await layers.latest(layer, CONFIGURED))?.values };
  }
  return values;
}

/** Disagreements about the configuration of an environment. */
export async function compareConfiguration(world: World, record: EnvironmentRecord): Promise<readonly string[]> {
  const service = record.services[CONFIGURED];
  if (record.phase !== 'active' || service?.applied === undefined) return [];
  const file = fileOf(world.cluster, namespaceOf(INSTALLATION, record.id), service.applied.side);
  const wanted = await resolved(world, record);
  const same = Object.entries(wanted).every(([key, value]) => file?.values[key] === value);
  return same
    ? []
    : [`${record.id}: ${CONFIGURED} has ${JSON.stringify(file?.values)}, and its layers say ${JSON.stringify(wanted)}`];
}

/** Layers of environments that are gone. */
export function compareLayers({ layers }: World, there: readonly string[]): readonly string[] {
  return layers
    .names()
    .filter((layer) => !(SHARED_LAYERS as readonly string[]).includes(layer) && !there.includes(layer))
    .map((layer) => `the layer ${layer} has no environment`);
}
