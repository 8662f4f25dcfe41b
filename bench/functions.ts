/**
 * Size and cold import of every function, as bundled for AWS, beside an empty module in the same kind of process.
 * Separate because it needs no laptop.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SETTINGS_ASSET } from '../lambdas/boundary/settings/load-settings.ts';
import { parseSettings } from '../lambdas/boundary/settings/settings.ts';
import { TIERS } from '../lambdas/contracts/kinds.ts';
import { FUNCTION_VARIABLES } from '../lambdas/contracts/variables.ts';
import { bundleOf } from '../lib/bundling/bundle.ts';
import { FUNCTIONS, type FunctionName } from '../lib/bundling/functions.ts';
import { median, smallest, type Figure } from './figures.ts';

/** Cold imports of one bundle; the first of a series warms the file cache and is not counted. Whatever else runs only adds: the fastest counts. */
const IMPORTS = 9;
const LARGEST_KB = 450;
/**
 * Functions that may be larger, by what is in them (esbuild's metafile): the client of CodeCommit registers the schemas of all its errors
 * when it is loaded, 66 KB that cannot be shaken off; `build` also reads service files, whose messages name line and column (yaml, 113 KB),
 * and asks ECR and CodeBuild (38 KB).
 */
const LARGER: Partial<Record<FunctionName, { readonly kilobytes: number; readonly because: string }>> = {
  build: { kilobytes: 550, because: 'CodeCommit, ECR and CodeBuild, and YAML with positions' },
  intake: { kilobytes: 475, because: 'CodeCommit, CodeBuild, Step Functions and SNS' },
};
const SLOWEST_MS = 80;

const MACHINES = JSON.stringify(Object.fromEntries(TIERS.map((tier) => [tier, `arn:aws:states:::${tier}`])));
/** Every variable that some function reads while it is loaded; what they say does not matter. */
const ENVIRONMENT = {
  ...Object.fromEntries(Object.values(FUNCTION_VARIABLES).map((name) => [name, 'bench'])),
  [FUNCTION_VARIABLES.tier]: TIERS[0],
  [FUNCTION_VARIABLES.deliverMachines]: MACHINES,
  [FUNCTION_VARIABLES.withdrawMachines]: MACHINES,
  [FUNCTION_VARIABLES.targetGroups]: '{}',
  [FUNCTION_VARIABLES.gatewayAddresses]: '{}',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
};

/** Rows for all functions. */
export async function measureFunctions(): Promise<readonly Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'espalier-bench-'));
  try {
    const empty = join(directory, 'empty.cjs');
    await writeFile(empty, '');
    await writeFile(join(directory, SETTINGS_ASSET), JSON.stringify(parseSettings('repositories: ["*"]', 'bench')));
    const nothing = await coldImports(empty);
    const figures: Figure[] = [];
    for (const name of FUNCTIONS) {
      const file = join(directory, `${name}.cjs`);
      const code = bundleOf(name);
      await writeFile(file, code);
      const times = await coldImports(file);
      figures.push({
        what: `bundle of ${name}`,
        measured: Buffer.byteLength(code) / 1024,
        unit: 'KB',
        limit: LARGER[name]?.kilobytes ?? LARGEST_KB,
        ...(LARGER[name] !== undefined && { note: LARGER[name].because }),
      });
      figures.push({
        what: `cold import of ${name}`,
        measured: smallest(times),
        unit: 'ms',
        limit: SLOWEST_MS,
        note: `fastest of ${String(IMPORTS)}, median ${median(times).toFixed(0)} ms; an empty module: ${smallest(nothing).toFixed(1)} ms`,
      });
    }
    return figures;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Milliseconds that `require` takes in a fresh process with the variables of a function. */
async function coldImports(file: string): Promise<readonly number[]> {
  const script = `const begun = performance.now(); require(${JSON.stringify(file)}); console.log(performance.now() - begun);`;
  const times: number[] = [];
  for (let round = 0; round <= IMPORTS; round += 1) {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { env: ENVIRONMENT });
    if (round > 0) times.push(Number(stdout.trim().split('\n').at(-1)));
  }
  return times;
}
