/**
 * Which sides of which services of an environment have a configuration, or should have one. Separate because changes, confirmations and
 * the sweep must all see the same ones.
 */
import { LABELS, SIDES, type Side } from '../../contracts/kubernetes.ts';
import type { EnvironmentRecord, ServiceRecord } from '../../domain/environment/record.ts';
import { componentLabels } from '../../domain/manifests/manifest.ts';
import { namespaceOf } from '../../contracts/kubernetes.ts';
import { isConfigured } from '../../domain/service/configuration.ts';
import type { KubernetesObject } from '../../ports/cluster.ts';
import type { SideOf } from './configure-side.ts';
import type { ConfigurationPorts } from './ports.ts';

/** A side, and what it has in the cluster. */
export interface KnownSide {
  /** Key of the service. */
  readonly key: string;
  readonly of: SideOf;
  readonly present: KubernetesObject | undefined;
}

/**
 * Sides of services that were applied, and sides of rollouts that a delivery has configured already, by what the cluster says.
 * A service whose build is forgotten cannot be configured; its next delivery builds it again.
 */
export async function configuredSides(
  ports: ConfigurationPorts,
  record: EnvironmentRecord,
  service: string | null = null,
): Promise<readonly KnownSide[]> {
  const namespace = namespaceOf(ports.installation.installation, record.id);
  const maps = await ports.cluster.list(
    { apiVersion: 'v1', kind: 'ConfigMap', namespace },
    { [LABELS.component]: 'configuration' },
  );
  const found: KnownSide[] = [];
  for (const [key, known] of Object.entries(record.services)) {
    if ((service !== null && service !== key) || !known.touched || known.name === undefined) continue;
    for (const side of SIDES) {
      const present = maps.find((map) => isOf(map, key, side));
      const commit = commitOf(known, side, present);
      const definition =
        commit === undefined ? undefined : (await ports.builds.load(known.repository, commit))?.definition;
      if (commit === undefined || definition === undefined || !isConfigured(definition)) continue;
      const place = {
        installation: ports.installation.installation,
        environment: record.id,
        kind: record.kind,
        branch: record.branch,
        key,
        repository: known.repository,
        name: definition.name,
      };
      found.push({ key, of: { place, side, commit, definition }, present });
    }
  }
  return found;
}

function isOf({ metadata }: KubernetesObject, key: string, side: Side): boolean {
  const wanted = { ...componentLabels({ key }, 'configuration'), [LABELS.side]: side };
  return Object.entries(wanted).every(([label, value]) => metadata.labels?.[label] === value);
}

/**
 * What a side runs: what its delivery has configured there, else what is recorded as applied. A side that lost its traffic is left as it
 * was; who wants it again delivers it again.
 */
function commitOf(
  { applied, owner }: ServiceRecord,
  side: Side,
  present: KubernetesObject | undefined,
): string | undefined {
  const labelled = present?.metadata.labels?.[LABELS.commit];
  if (labelled !== undefined && labelled === owner?.commit) return labelled;
  return applied?.side === side ? applied.commit : undefined;
}
