/**
 * Takes a program of this machine away for some seconds: it stands still, or it is killed and started again as it was. Separate because
 * the way back must not depend on who took it away: another process brings it back, even when everything of ours is killed meanwhile.
 */
import { spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const STAND_STILL = 'kill -STOP "$1"; sleep "$2"; kill -CONT "$1"';
/** The shell becomes the program, so that the new process id is known at once. */
const KILL = 'kill -KILL "$1"; sleep "$2"; shift 2; exec "$@"';

/** Stops the process for so many seconds, and answers when it runs on. */
export async function standsStill(pid: number, seconds: number): Promise<void> {
  const waking = spawn('sh', ['-c', STAND_STILL, 'sh', String(pid), String(seconds)], {
    detached: true,
    stdio: 'ignore',
  });
  await new Promise((resolve) => waking.once('exit', resolve));
}

/**
 * Kills the process and starts the same command so many seconds later, with its folder, variables and log. Files `*.pid` of the folder
 * `pidFiles` that name the process name its successor from then on, for whoever ends the cluster one day.
 */
export async function restarts(pid: number, seconds: number, pidFiles?: string): Promise<void> {
  const own = `/proc/${String(pid)}`;
  const words = readFileSync(`${own}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const variables = readFileSync(`${own}/environ`, 'utf8').split('\0').filter(Boolean);
  const log = openSync(readlinkSync(`${own}/fd/1`), 'a');
  // The words as they were: some programs do what the name says by which they are called.
  const successor = spawn('sh', ['-c', KILL, 'sh', String(pid), String(seconds), ...words], {
    cwd: readlinkSync(`${own}/cwd`),
    env: Object.fromEntries(
      variables.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
    detached: true,
    stdio: ['ignore', log, log],
  });
  successor.unref();
  if (pidFiles !== undefined) {
    for (const name of readdirSync(pidFiles).filter((each) => each.endsWith('.pid'))) {
      const file = join(pidFiles, name);
      if (Number(readFileSync(file, 'utf8')) === pid) writeFileSync(file, `${String(successor.pid)}\n`);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
