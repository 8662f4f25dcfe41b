/** What sweeps remember, as one item of the table. */
import { TABLE } from '../../contracts/table.ts';
import type { SweepState } from '../../domain/sweep/state.ts';
import type { SweepStates } from '../../ports/sweep-state.ts';
import { versionCondition, withoutKeys, type Table } from './table.ts';

const KEY = { [TABLE.partitionKey]: 'sweep', [TABLE.sortKey]: 'state' } as const;

/** The state in this table. */
export function dynamoSweepStates(table: Table): SweepStates {
  return {
    async load() {
      const item = await table.get('sweep', 'state');
      return item && (withoutKeys(item) as SweepState);
    },
    save: (state) => table.put({ ...state, version: state.version + 1, ...KEY }, versionCondition(state.version)),
  };
}
