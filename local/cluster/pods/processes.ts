/**
 * Processes that must not outlive their pod, even when this process is killed: each leads a group of its own, and its id and start
 * time are on disk while it runs. Separate because only this file ends processes, and only such as it can prove to be ours.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface ProcessRecord {
  readonly pid: number;
  readonly startedAt: string;
}

const recordName = 'process.json';

/** When a process started, in the system's own words: an id may be used again, an id and a start time are not. */
function startOf(pid: number): string | undefined {
  try {
    // Field 22 of /proc/PID/stat, counted after the command's closing bracket: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    if (existsSync('/proc/self/stat'))
      return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** Remembers a process just started in `directory`. */
export function rememberProcess(directory: string, pid: number): void {
  const record: ProcessRecord = { pid, startedAt: startOf(pid) ?? '' };
  writeFileSync(join(directory, recordName), JSON.stringify(record));
}

/** Forgets it when it has ended. */
export function forgetProcess(directory: string): void {
  rmSync(join(directory, recordName), { force: true });
}

/** Sends a signal to a process's whole group; absent ones are fine. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

/** Ends every remembered process below `root`; answers how many were still running. */
export function endRemembered(root: string): number {
  let ended = 0;
  for (const path of globSync(join(root, '*', '*', recordName))) {
    const { pid, startedAt } = JSON.parse(readFileSync(path, 'utf8') || '{"pid":0}') as ProcessRecord;
    if (pid > 1 && startOf(pid) === startedAt) {
      signalGroup(pid, 'SIGKILL');
      ended += 1;
    }
    rmSync(path, { force: true });
  }
  return ended;
}
