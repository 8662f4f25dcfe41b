/**
 * What is below a layer: the environments that see it, and the keys that their versions of a service declare. Separate because a change
 * is checked against exactly those to which it is brought.
 */
import { tierOf } from '../../contracts/kinds.ts';
import type { ConfigurationItem } from '../../contracts/payloads.ts';
import { layersOf } from '../../domain/configuration/layers.ts';
import type { DeclaredKey, DeclaredKeys } from '../../domain/configuration/version.ts';
import type { EnvironmentRecord, ServiceRecord } from '../../domain/environment/record.ts';
import { isConfigured, secretVariables } from '../../domain/service/configuration.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import type { CentrePorts } from './ports.ts';

/** A service of an environment that is there, at the commit that it runs or is about to run. */
export interface Below {
  readonly record: EnvironmentRecord;
  readonly key: string;
  readonly definition: ServiceDefinition;
}

/** Every occurrence of a service below a layer. */
export async function belowLayer(ports: CentrePorts, layer: string, service: string): Promise<readonly Below[]> {
  const records = (await ports.records.all()).filter(
    (record) => record.phase === 'active' && layersOf(record).includes(layer),
  );
  const found: Below[] = [];
  for (const record of records) {
    for (const [key, known] of Object.entries(record.services)) {
      if (!known.touched || known.name !== service) continue;
      for (const definition of await definitionsOf(ports, known)) found.push({ record, key, definition });
    }
  }
  return found;
}

/** The definition of what is applied, and of what is on its way. */
async function definitionsOf(ports: CentrePorts, known: ServiceRecord): Promise<readonly ServiceDefinition[]> {
  const commits = new Set([known.applied?.commit, known.owner?.commit].filter((commit) => commit !== undefined));
  const items = await Promise.all([...commits].map((commit) => ports.builds.load(known.repository, commit)));
  return items.flatMap((item) => item?.definition ?? []);
}

/** The keys of a service as all its versions below a layer declare them. */
export function declaredKeys(below: readonly Below[]): DeclaredKeys {
  const keys = new Map<string, DeclaredKey[]>();
  for (const { record, definition } of below) {
    for (const [name, { type }] of Object.entries(definition.configuration?.keys ?? {})) {
      keys.set(name, [...(keys.get(name) ?? []), { type, environment: record.id }]);
    }
  }
  return keys;
}

/** Where a change is to be brought. Only versions that declare something are concerned. */
export function itemsOf(below: readonly Below[]): readonly ConfigurationItem[] {
  const items = new Map<string, ConfigurationItem>();
  for (const { record, key, definition } of below) {
    if (!isConfigured(definition)) continue;
    const known = items.get(record.id);
    const secrets = known?.secrets === true || secretVariables(definition).length > 0;
    items.set(record.id, { environment: record.id, tier: tierOf(record.kind), service: key, secrets });
  }
  return [...items.values()];
}

/** All configured services of one environment. */
export async function itemOf(ports: CentrePorts, record: EnvironmentRecord): Promise<ConfigurationItem> {
  const definitions = await Promise.all(
    Object.values(record.services)
      .filter(({ touched }) => touched)
      .map((known) => definitionsOf(ports, known)),
  );
  const secrets = definitions.flat().some((definition) => secretVariables(definition).length > 0);
  return { environment: record.id, tier: tierOf(record.kind), secrets };
}
