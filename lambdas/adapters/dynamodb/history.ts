/** Histories of environments in the table, kept for a time. */
import { randomUUID } from 'node:crypto';
import { environmentKey, TABLE } from '../../contracts/table.ts';
import type { History, HistoryEvent } from '../../ports/history.ts';
import { withoutKeys, type Table } from './table.ts';

/** 90 days, like the history of executions in Step Functions. */
const KEPT_SECONDS = 90 * 86_400;
/** Sorts behind every unique ending of the same moment. */
const LAST = '~';

/** Histories in this table. */
export function dynamoHistory(table: Table): History {
  return {
    async append(event) {
      await table.put({
        ...event,
        [TABLE.partitionKey]: environmentKey(event.environment),
        [TABLE.sortKey]: `${sortKey(event.at)}#${randomUUID().slice(0, 8)}`,
        [TABLE.timeToLive]: Math.ceil(event.at / 1_000) + KEPT_SECONDS,
      });
    },
    async of(environment, filter = {}) {
      const items = await table.query({
        condition: {
          expression: '#pk = :pk AND #sk BETWEEN :from AND :to',
          names: { '#pk': TABLE.partitionKey, '#sk': TABLE.sortKey },
          values: {
            ':pk': environmentKey(environment),
            ':from': filter.after === undefined ? TABLE.eventPrefix : `${sortKey(filter.after)}#${LAST}`,
            ':to': `${TABLE.eventPrefix}${LAST}`,
          },
        },
      });
      return items
        .map((item) => withoutKeys(item) as HistoryEvent)
        .filter((event) => filter.service === undefined || event.service === filter.service)
        .filter((event) => filter.generation === undefined || event.generation === filter.generation);
    },
  };
}

/** ISO times sort like time. */
function sortKey(at: number): string {
  return `${TABLE.eventPrefix}${new Date(at).toISOString()}`;
}
