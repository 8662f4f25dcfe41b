/** Builds in the table. */
import { buildKey, TABLE } from '../../contracts/table.ts';
import type { BuildItem, Builds } from '../../ports/builds.ts';
import { versionCondition, withoutKeys, type Table } from './table.ts';

/** A build that nobody asked for in half a year is forgotten; its image, if it is still there, is found again by its tag. */
const KEPT_SECONDS = 180 * 86_400;

/** Builds in this table. */
export function dynamoBuilds(table: Table, now: () => number): Builds {
  return {
    async load(repository, commit) {
      const item = await table.get(buildKey(repository), commit);
      return item && (withoutKeys(item) as BuildItem);
    },
    async save(build) {
      const next = { ...build, version: build.version + 1 };
      const item = {
        ...next,
        [TABLE.partitionKey]: buildKey(build.repository),
        [TABLE.sortKey]: build.commit,
        [TABLE.timeToLive]: Math.ceil(now() / 1_000) + KEPT_SECONDS,
      };
      const answer = await table.put(item, versionCondition(build.version));
      return answer === 'saved' ? { kind: 'saved', item: next } : { kind: 'conflict' };
    },
    async unfinished(repository) {
      const items = await table.query({
        condition: {
          expression: '#pk = :pk',
          names: { '#pk': TABLE.partitionKey, '#state': 'state' },
          values: { ':pk': buildKey(repository), ':building': 'building' },
        },
        filter: '#state = :building',
      });
      return items.map((item) => withoutKeys(item) as BuildItem);
    },
  };
}
