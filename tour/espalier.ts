/**
 * Runs `npx espalier …` as a person would, against the tour's laptop. Separate because it is the one place where the tour starts the
 * command line itself.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Stage } from './stage.ts';

const BIN = fileURLToPath(new URL('../bin/espalier-cli.mjs', import.meta.url));

/** What it printed; throws with both outputs when it fails. */
export async function espalier(stage: Pick<Stage, 'say' | 'laptop'>, ...words: string[]): Promise<string> {
  stage.say(`$ npx espalier ${words.join(' ')}`);
  const { directory, installation } = stage.laptop;
  const where = ['--local', directory, '--installation', installation];
  const { stdout } = await promisify(execFile)(process.execPath, [BIN, ...words, ...where]);
  for (const line of stdout.trimEnd().split('\n')) stage.say(line);
  return stdout;
}
