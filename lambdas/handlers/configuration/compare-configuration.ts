/**
 * What a sweep has to put right in the configuration of a tier: changes that did not arrive, objects that were edited or deleted, tenants
 * without an environment.
 */
import { ANNOTATIONS, namespaceOf } from '../../contracts/kubernetes.ts';
import { tierOf } from '../../contracts/kinds.ts';
import type { ComparisonAnswer } from '../../contracts/inputs.ts';
import type { SweepItem } from '../../contracts/payloads.ts';
import { CONFIGURATION_FILE } from '../../contracts/variables.ts';
import { configMapManifest } from '../../domain/manifests/configuration.ts';
import { sideName } from '../../domain/manifests/manifest.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { secretVariables } from '../../domain/service/configuration.ts';
import { ownNamespace } from '../own-namespace.ts';
import { configuredSides, type KnownSide } from './configured-sides.ts';
import { readSide } from './configure-side.ts';
import type { ConfigurationPorts } from './ports.ts';

/** Compares everything of this function's tier. */
export async function compareConfiguration(ports: ConfigurationPorts): Promise<ComparisonAnswer<SweepItem>> {
  // INVARIANT: tenants first, records afterwards. A tenant is only registered for a record that is there already.
  const tenants = (await ports.tenants.all()).filter(({ kind }) => tierOf(kind) === ports.tier);
  const records = (await ports.records.all()).filter(({ kind }) => tierOf(kind) === ports.tier);
  const items: SweepItem[] = [];
  for (const { environment } of tenants) {
    const record = await ports.records.load(environment);
    if (record !== undefined && record.phase !== 'removed') continue;
    items.push({ kind: 'remove-tenant', environment, because: 'its environment is gone' });
  }
  for (const record of records) {
    const because = record.phase === 'active' ? await differenceIn(ports, record) : undefined;
    if (because !== undefined) items.push({ kind: 'configure', environment: record.id, because });
  }
  return { items, questions: [] };
}

/** The first thing that differs, in words; a service that is being delivered is left to its delivery. */
async function differenceIn(ports: ConfigurationPorts, record: EnvironmentRecord): Promise<string | undefined> {
  const idle = Object.values(record.services).some((service) => service.touched && service.owner === undefined);
  if (!idle || (await ownNamespace(ports.cluster, ports.installation.installation, record.id)) === undefined) {
    return undefined;
  }
  for (const known of await configuredSides(ports, record)) {
    if (record.services[known.key]?.owner !== undefined) continue;
    const because = await differenceOf(ports, record, known);
    if (because !== undefined) return because;
  }
  return undefined;
}

async function differenceOf(
  ports: ConfigurationPorts,
  record: EnvironmentRecord,
  { of, present }: KnownSide,
): Promise<string | undefined> {
  const name = sideName(of.place.name, of.side);
  if (present === undefined) return `ConfigMap ${name} is missing`;
  const { file } = await readSide(ports, record, of);
  const wanted = configMapManifest(of.place, { side: of.side, commit: of.commit, file });
  const annotations = (present.metadata['annotations'] ?? {}) as Record<string, string | undefined>;
  if (annotations[ANNOTATIONS.configuration] !== file.version) return `${name} does not have the newest configuration`;
  const data = (present['data'] ?? {}) as Record<string, string | undefined>;
  const edited = Object.entries(wanted['data'] as Record<string, string>).find(([key, value]) => data[key] !== value);
  if (edited !== undefined) {
    return `${edited[0] === CONFIGURATION_FILE.name ? 'the file' : edited[0]} in ConfigMap ${name} was edited`;
  }
  if (secretVariables(of.definition).length === 0) return undefined;
  const namespace = namespaceOf(ports.installation.installation, record.id);
  const secret = await ports.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  return secret === undefined ? `Secret ${name} is missing` : undefined;
}
