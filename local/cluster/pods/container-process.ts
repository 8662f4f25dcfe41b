/**
 * The process that a container is here: start, commands beside it, and its end. Separate from the container's states, which go on
 * over many processes.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { commandHere } from './launch.ts';
import type { Launch } from './launch.ts';
import { openLog } from './log-files.ts';
import { pause } from './probe.ts';
import { forgetProcess, rememberProcess, signalGroup } from './processes.ts';

/** How a process ended. */
export interface Exit {
  readonly code: number;
  readonly reason: string;
  readonly message?: string;
}

/** Even a preStop that used up all its time leaves a process two seconds after SIGTERM, as the kubelet does. */
const leastGraceMs = 2_000;

export class ContainerProcess {
  readonly pid: number | undefined;
  /** Resolves when the process and everything it started are gone. */
  readonly exit: Promise<Exit>;
  #launch: Launch;
  #child: ChildProcess;
  #over = new AbortController();

  /** Starts it; its log and its record are in `directory`. */
  constructor(launch: Launch, directory: string) {
    const { file, args, cwd, env } = launch;
    mkdirSync(cwd, { recursive: true });
    const log = openLog(directory);
    this.#launch = launch;
    this.#child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    this.pid = this.#child.pid;
    if (this.pid !== undefined) rememberProcess(directory, this.pid);
    this.exit = new Promise((resolve) => {
      const end = (exit: Exit): void => {
        if (this.pid !== undefined) signalGroup(this.pid, 'SIGKILL');
        forgetProcess(directory);
        this.#over.abort();
        resolve(exit);
      };
      this.#child.on('error', (error) =>
        end({ code: 128, reason: 'StartError', message: `cannot start ${file}: ${error.message}` }),
      );
      this.#child.on('exit', (code, signal) => {
        const number = code ?? 128 + (signal ? constants.signals[signal] : 0);
        end({ code: number, reason: number === 0 ? 'Completed' : 'Error' });
      });
    });
  }

  /** Ends it: `first` (a preStop), SIGTERM, and SIGKILL when the grace period is over. */
  async terminate(graceMs: number, first?: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const deadline = Date.now() + graceMs;
    const { signal } = this.#over;
    if (first && graceMs > 0) await Promise.race([first(signal), pause(graceMs, signal)]);
    if (!signal.aborted) this.#child.kill('SIGTERM');
    await pause(Math.max(deadline - Date.now(), Math.min(graceMs, leastGraceMs)), signal);
    if (!signal.aborted && this.pid !== undefined) signalGroup(this.pid, 'SIGKILL');
    await this.exit;
  }

  /** Runs a command beside it, in the same place with the same variables; resolves to its exit code. */
  async execute(command: readonly string[], timeoutMs: number): Promise<number> {
    const { cwd, env, here } = this.#launch;
    const { file, args } = commandHere(command, here);
    const child = spawn(file, args, { cwd, env, detached: true, stdio: 'ignore' });
    const timer = setTimeout(() => child.pid && signalGroup(child.pid, 'SIGKILL'), timeoutMs);
    return await new Promise((resolve) => {
      child.on('error', () => resolve(127)).on('exit', (code) => resolve(code ?? 137));
      child.on('close', () => clearTimeout(timer));
    });
  }
}
