/** Records of environments in the table, and which environment a branch has. */
import { branchKey, environmentKey, TABLE } from '../../contracts/table.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import type { Records } from '../../ports/records.ts';
import { versionCondition, withoutKeys, type Condition, type Item, type Table } from './table.ts';

/** Value of the index key of every record. */
const RECORD_OF = 'environment';
const BRANCH_SORT = 'environment';

/** Records in this table. The table forgets tombstones some time after their time; here they are gone at once. */
export function dynamoRecords(table: Table, now: () => number): Records {
  const alive = (item: Item | undefined): EnvironmentRecord | undefined => {
    if (item === undefined) return undefined;
    const record = withoutKeys(item) as EnvironmentRecord;
    return record.forgetAt !== undefined && record.forgetAt <= now() ? undefined : record;
  };
  return {
    load: async (id) => alive(await table.get(environmentKey(id), TABLE.recordSort)),
    async save(record) {
      const next = { ...record, version: record.version + 1 };
      const item = {
        ...next,
        [TABLE.partitionKey]: environmentKey(record.id),
        [TABLE.sortKey]: TABLE.recordSort,
        [TABLE.kindIndexKey]: RECORD_OF,
        ...(record.forgetAt !== undefined && { [TABLE.timeToLive]: Math.ceil(record.forgetAt / 1_000) }),
      };
      const answer = await table.put(item, saveCondition(record.version, now()));
      return answer === 'saved' ? { kind: 'saved', record: next } : { kind: 'conflict' };
    },
    async all() {
      const items = await table.query({
        index: TABLE.kindIndex,
        condition: {
          expression: '#kind = :kind',
          names: { '#kind': TABLE.kindIndexKey },
          values: { ':kind': RECORD_OF },
        },
      });
      return items.flatMap((item) => alive(item) ?? []);
    },
    async idOfBranch(branch) {
      const item = await table.get(branchKey(branch), BRANCH_SORT);
      return typeof item?.['id'] === 'string' ? item['id'] : undefined;
    },
    async rememberBranch(branch, id, instead) {
      const item = { [TABLE.partitionKey]: branchKey(branch), [TABLE.sortKey]: BRANCH_SORT, branch, id };
      // Another id for a known branch: whoever was first is right.
      await table.put(item, {
        expression: 'attribute_not_exists(#pk) OR #id IN (:id, :instead)',
        names: { '#pk': TABLE.partitionKey, '#id': 'id' },
        values: { ':id': id, ':instead': instead ?? id },
      });
    },
  };
}

function saveCondition(version: number, now: number): Condition {
  const condition = versionCondition(version);
  return version === 0
    ? {
        expression: `${condition.expression} OR #forgetAt <= :now`,
        names: { ...condition.names, '#forgetAt': 'forgetAt' },
        values: { ':now': now },
      }
    : condition;
}
