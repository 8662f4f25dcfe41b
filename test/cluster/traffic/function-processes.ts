/**
 * The processes that run one function of a laptop, so that a scenario can end them at the worst moment. Separate because which they are
 * is read from the cloud assembly and the system.
 */
import { globSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Laptop } from '../../../tour/laptop.ts';

interface Template {
  readonly Resources?: Readonly<
    Record<
      string,
      {
        readonly Type: string;
        readonly Properties?: { readonly FunctionName?: unknown; readonly Code?: { readonly S3Key?: unknown } };
      }
    >
  >;
}

/** Ends every process of a function as a machine that fails does; answers how many there were. */
export function endProcesses(laptop: Laptop, functionName: string): number {
  const asset = assetOf(laptop, `${laptop.installation}-${functionName}`);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && directoryOf(name).endsWith(asset));
  for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  return pids.length;
}

/** Folder of a function's code within the assembly. */
function assetOf({ directory }: Laptop, name: string): string {
  const folder = join(directory, 'cdk.out');
  for (const file of globSync('*.template.json', { cwd: folder })) {
    const { Resources = {} } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Template;
    const found = Object.values(Resources).find(({ Properties }) => Properties?.FunctionName === name);
    const key = found?.Properties?.Code?.S3Key;
    if (typeof key === 'string') return join(folder, `asset.${key.replace(/\.zip$/, '')}`);
  }
  throw new Error(`The assembly has no function ${name}.`);
}

function directoryOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
