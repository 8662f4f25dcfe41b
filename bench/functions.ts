/**
 * Size and cold import of every function, as bundled for AWS, beside an empty module in the same kind of process.
 * Separate because it needs no laptop.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleOf } from '../lib/bundling/bundle.ts';
import { FUNCTIONS } from '../lib/bundling/functions.ts';
import { median, type Figure } from './figures.ts';

/** Cold imports of one bundle; the first of a series warms the file cache and is not counted. */
const IMPORTS = 7;
const LARGEST_KB = 450;
const SLOWEST_MS = 80;

/** Rows for all functions. */
export async function measureFunctions(): Promise<readonly Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'espalier-bench-'));
  try {
    const empty = join(directory, 'empty.cjs');
    await writeFile(empty, '');
    const nothing = await coldImport(empty);
    const figures: Figure[] = [];
    for (const name of FUNCTIONS) {
      const file = join(directory, `${name}.cjs`);
      const code = bundleOf(name);
      await writeFile(file, code);
      figures.push({
        what: `bundle of ${name}`,
        measured: Buffer.byteLength(code) / 1024,
        unit: 'KB',
        limit: LARGEST_KB,
      });
      figures.push({
        what: `cold import of ${name}`,
        measured: await coldImport(file),
        unit: 'ms',
        limit: SLOWEST_MS,
        note: `median of ${String(IMPORTS)}; an empty module: ${nothing.toFixed(1)} ms`,
      });
    }
    return figures;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Milliseconds that `require` takes in a fresh process with the variables of a function. */
async function coldImport(file: string): Promise<number> {
  const script = `const begun = performance.now(); require(${JSON.stringify(file)}); console.log(performance.now() - begun);`;
  const times: number[] = [];
  for (let round = 0; round <= IMPORTS; round += 1) {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
      env: { AWS_REGION: 'eu-central-1', AWS_LAMBDA_FUNCTION_NAME: 'bench', ESPALIER_INSTALLATION: 'bench' },
    });
    if (round > 0) times.push(Number(stdout.trim().split('\n').at(-1)));
  }
  return median(times);
}
