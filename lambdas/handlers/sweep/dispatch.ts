/** From an action to its use case. Separate from the composition in handler.ts, so that tests and the model go the same way. */
import type { SweepInput } from '../../contracts/inputs.ts';
import { compareBranchesWithRecords } from './compare-branches.ts';
import { beginSweep, finishSweep } from './lease.ts';
import type { SweepPorts } from './sweep-ports.ts';

/** Runs one action of the function `sweep`. */
export function runSweep(ports: SweepPorts, input: SweepInput): Promise<object> {
  switch (input.action) {
    case 'begin':
      return beginSweep(ports, input);
    case 'compare-branches':
      return compareBranchesWithRecords(ports);
    case 'finish':
      return finishSweep(ports, input);
  }
}
