/** Who started executions, in the table. */
import { executionKey, TABLE } from '../../contracts/table.ts';
import type { Starter, Starters } from '../../ports/starters.ts';
import { versionCondition, withoutKeys, type Table } from './table.ts';

/** 90 days, like the history of executions in Step Functions. */
const KEPT_SECONDS = 90 * 86_400;

/** Starters in this table. */
export function dynamoStarters(table: Table, now: () => number): Starters {
  return {
    async load(execution) {
      const item = await table.get(executionKey(execution), TABLE.starterSort);
      return item && (withoutKeys(item) as Starter);
    },
    async save(starter) {
      const item = {
        ...starter,
        version: starter.version + 1,
        [TABLE.partitionKey]: executionKey(starter.execution),
        [TABLE.sortKey]: TABLE.starterSort,
        [TABLE.timeToLive]: Math.ceil(now() / 1_000) + KEPT_SECONDS,
      };
      return table.put(item, versionCondition(starter.version));
    },
  };
}
