/**
 * Starts `npm run local` in a temporary directory and ends it without leaving anything behind.
 * Separate because the bench and the tests of the laptop need exactly the same.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { Deviation } from './deviation.ts';
import { processesLeft } from './processes-left.ts';

/** `DIR/endpoints.json`. */
export interface Endpoints {
  readonly aws: string;
  readonly region: string;
  readonly git: Readonly<Record<string, string>>;
  /** `host:port` of the way in. */
  readonly gateway: string;
  readonly kubeconfig: string;
}

export interface Laptop {
  readonly endpoints: Endpoints;
  /** The state directory, as for `--local`. */
  readonly directory: string;
  readonly installation: string;
  /** Whether its pods are containers of a real cluster. */
  readonly real: boolean;
  /** Milliseconds from start to ready. */
  readonly startedIn: number;
  /** The last lines it printed. */
  lastLines(count: number): readonly string[];
  /** Interrupts it, waits for its end, and answers the processes it left behind (which there must not be). */
  stop(): Promise<readonly string[]>;
}

/** A laptop that must stop, and one that also empties a real cluster. */
const STOP_SECONDS = { alone: 20, leavingNothing: 300 };
const READY_SECONDS = 60;
const KEPT_LINES = 2_000;

/** Starts it, with further arguments of `npm run local`, and waits until `endpoints.json` is there. */
export async function startLaptop(options: {
  readonly arguments?: readonly string[];
  /** A name other than the settings', where several installations may meet. */
  readonly installation?: string;
  /** Keys of the settings that take the place of the project's. */
  readonly settings?: object;
  readonly onLine?: (line: string) => void;
}): Promise<Laptop> {
  const directory = await mkdtemp(join(tmpdir(), 'espalier-'));
  const main = fileURLToPath(new URL('../local/main.ts', import.meta.url));
  const begun = performance.now();
  const given = [...(options.arguments ?? [])];
  const { installation, settings } = options;
  if (installation !== undefined || settings !== undefined)
    given.push('--settings', await settingsFor(directory, { ...settings, ...(installation && { installation }) }));
  // A process group of its own: Ctrl-C reaches it by `stop` alone, which waits until it has tidied up.
  const child = spawn(process.execPath, [main, '--state', directory, ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const lines: string[] = [];
  const read = (stream: NodeJS.ReadableStream): void => {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        options.onLine?.(line);
      }
    });
  };
  read(child.stdout);
  read(child.stderr);
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${String(code)}`));
  });
  const stop = async (): Promise<readonly string[]> => {
    child.kill('SIGINT');
    const seconds = STOP_SECONDS[given.includes('--leave-nothing') ? 'leavingNothing' : 'alone'];
    const late = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    const how = await ended;
    clearTimeout(late);
    const left = await processesLeft(directory);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    if (how === 'SIGKILL') return ['the laptop itself did not end on SIGINT', ...left];
    return how === 'exit code 0' ? left : [`the laptop: ${how}\n${lines.slice(-30).join('\n')}`, ...left];
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().then(() => process.exit(130)));
  }
  try {
    const endpoints = await Promise.race([
      readEndpoints(directory, () => child.exitCode !== null || child.signalCode !== null),
      ended.then((how): never => {
        throw new Deviation('the laptop starts', `it ended (${how}):\n${lines.slice(-30).join('\n')}`);
      }),
    ]);
    const startedIn = performance.now() - begun;
    return {
      endpoints,
      directory,
      installation: installation ?? 'espalier',
      real: given.includes('--cluster'),
      startedIn,
      lastLines: (count) => lines.slice(-count),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The project's settings with some keys changed, as a file of this directory. */
export async function settingsFor(directory: string, changed: object): Promise<string> {
  const project = await readFile(new URL('../settings.yaml', import.meta.url), 'utf8');
  const path = join(directory, 'settings.yaml');
  await writeFile(path, stringify({ ...(parse(project) as object), ...changed }));
  return path;
}

async function readEndpoints(directory: string, hasEnded: () => boolean): Promise<Endpoints> {
  const deadline = Date.now() + READY_SECONDS * 1000;
  while (Date.now() < deadline && !hasEnded()) {
    try {
      return JSON.parse(await readFile(join(directory, 'endpoints.json'), 'utf8')) as Endpoints;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Deviation(`${directory}/endpoints.json within ${String(READY_SECONDS)} s`, 'nothing');
}
