/**
 * What of a laptop is still running after it stopped, where the system shows it (Linux). Separate because a process in its last moment is
 * none that was left: the system shows it a little longer than it runs.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';

/** Milliseconds in which a process that was ended may still be shown. */
const LAST_MOMENTS = 3_000;
const PAUSE = 50;

/** Processes that work in this directory or were started with it, each as its number and its command, and do not end within moments. */
export async function processesLeft(directory: string, patience: number = LAST_MOMENTS): Promise<readonly string[]> {
  const begun = Date.now();
  for (;;) {
    const left = await processesOf(directory);
    if (left.length === 0 || Date.now() - begun > patience) return left;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

async function processesOf(directory: string): Promise<readonly string[]> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const cwd = await readlink(`/proc/${id}/cwd`).catch(() => '');
      const command = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
      const ours = Number(id) !== process.pid && (cwd.startsWith(directory) || command.includes(directory));
      return ours ? [`${id} ${command.replaceAll('\0', ' ')}`] : [];
    }),
  );
  return found.flat();
}
