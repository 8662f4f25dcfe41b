/**
 * Layers of the configuration in the table: an item per version and no other, so that a change is one conditional write and the newest
 * item is what holds.
 */
import { layerKey, TABLE } from '../../contracts/table.ts';
import type { LayerVersion } from '../../domain/configuration/version.ts';
import type { Layers } from '../../ports/configuration.ts';
import { withoutKeys, type Item, type Query, type Table } from './table.ts';

/** Digits that sort like numbers; a layer that changes every minute has enough for 190 years. */
const DIGITS = 8;

/** Layers in this table. */
export function dynamoLayers(table: Table): Layers {
  const newestFirst = async (layer: string, service: string, most?: number): Promise<readonly LayerVersion[]> => {
    const items = await table.query({
      condition: {
        expression: '#pk = :pk AND begins_with(#sk, :service)',
        names: { '#pk': TABLE.partitionKey, '#sk': TABLE.sortKey },
        values: { ':pk': layerKey(layer), ':service': `${service}#` },
      },
      backwards: true,
      ...(most !== undefined && { most }),
    });
    return items.map(read);
  };
  return {
    latest: async (layer, service) => (await newestFirst(layer, service, 1))[0],
    async version(layer, service, version) {
      const item = await table.get(layerKey(layer), sortKey(service, version));
      return item && read(item);
    },
    history: (layer, service) => newestFirst(layer, service),
    save: (version) =>
      table.put(
        {
          ...version,
          [TABLE.partitionKey]: layerKey(version.layer),
          [TABLE.sortKey]: sortKey(version.service, version.version),
        },
        { expression: 'attribute_not_exists(#pk)', names: { '#pk': TABLE.partitionKey } },
      ),
    drop: ({ layer, service, version }) => table.remove(layerKey(layer), sortKey(service, version)),
    async forget(layer) {
      const items = await table.query(partition(layerKey(layer)));
      for (const { [TABLE.sortKey]: sk } of items) await table.remove(layerKey(layer), String(sk));
    },
  };
}

function sortKey(service: string, version: number): string {
  return `${service}#${String(version).padStart(DIGITS, '0')}`;
}

function read(item: Item): LayerVersion {
  return withoutKeys(item) as LayerVersion;
}

function partition(pk: string): Query {
  return { condition: { expression: '#pk = :pk', names: { '#pk': TABLE.partitionKey }, values: { ':pk': pk } } };
}
