/**
 * What decides while there is nothing to decide: nothing. Separate because it is measured before anything else is pushed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { countCalls, type Calls } from '../calls.ts';
import type { Figure } from '../figures.ts';
import type { ClusterStage } from './cluster-stage.ts';

const SECONDS = 20;
/** The sweep runs every few minutes; a window that it falls into is measured again. */
const WINDOWS = 2;

export async function measureQuiet(stage: ClusterStage): Promise<readonly Figure[]> {
  let calls: Calls = {};
  for (let window = 0; window < WINDOWS; window += 1) {
    calls = await countCalls(stage.laptop, () => sleep(SECONDS * 1000));
    if (calls['states:StartExecution'] === undefined) break;
  }
  return [
    {
      what: `calls of all functions while nothing is rolled out, in ${String(SECONDS)} s`,
      measured: Object.values(calls).reduce((sum, count) => sum + count, 0),
      unit: '',
      limit: 0,
      ...(Object.keys(calls).length > 0 && { note: JSON.stringify(calls) }),
    },
  ];
}
