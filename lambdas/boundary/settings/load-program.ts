/** Reads the program that lies beside the code of the function `deploy`. Separate because no other function has one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DELAY_PROGRAM } from '../../contracts/experiment.ts';
import { ownDirectory } from './load-settings.ts';

/** The text of the program that delays a dependency. */
export function loadDelayProgram(directory: string = ownDirectory()): string {
  return readFileSync(join(directory, DELAY_PROGRAM), 'utf8');
}
