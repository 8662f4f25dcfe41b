/** Who pushed which commits, in the table: an item per commit and person, so that telling it twice and at once needs no condition. */
import { pushKey, TABLE } from '../../contracts/table.ts';
import type { Pushed } from '../../contracts/payloads.ts';
import type { Pushes } from '../../ports/pushes.ts';
import type { Table } from './table.ts';

/** 400 days: a commit may be promoted long after it was pushed. */
const KEPT_SECONDS = 400 * 86_400;
/** Merges of merges that are followed back. */
const DEPTH = 5;

/** Pushes in this table. */
export function dynamoPushes(table: Table, now: () => number): Pushes {
  const told = async (repository: string, commit: string): Promise<readonly Pushed[]> =>
    (await table.query({
      condition: {
        expression: '#pk = :pk AND begins_with(#sk, :sk)',
        names: { '#pk': TABLE.partitionKey, '#sk': TABLE.sortKey },
        values: { ':pk': pushKey(repository), ':sk': `${commit}#` },
      },
    })) as unknown as readonly Pushed[];
  return {
    async remember(repository, pushed) {
      await table.put({
        ...pushed,
        [TABLE.partitionKey]: pushKey(repository),
        [TABLE.sortKey]: `${pushed.commit}#${pushed.by ?? ''}#${pushed.mergedFrom ?? ''}`,
        [TABLE.timeToLive]: Math.ceil(now() / 1_000) + KEPT_SECONDS,
      });
    },
    async pushersOf(repository, commit) {
      const pushers = new Set<string>();
      let commits: readonly string[] = [commit];
      for (let depth = 0; depth < DEPTH && commits.length > 0; depth += 1) {
        const pushes = (await Promise.all(commits.map((one) => told(repository, one)))).flat();
        for (const { by } of pushes) if (by !== undefined) pushers.add(by);
        commits = pushes.flatMap(({ mergedFrom }) => mergedFrom ?? []);
      }
      return [...pushers];
    },
  };
}
