/**
 * A laptop that may be killed at any moment and started again on the same state. Separate from the tour's laptop, which lives once and
 * must end cleanly.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../tour/deviation.ts';
import { settingsFor, type Endpoints, type Laptop } from '../../tour/laptop.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'local', 'main.ts');
/** Eight seconds by itself; builds and pods of the run before may still have the processors. */
const READY_SECONDS = 180;
const KEPT_LINES = 200;

/** Where and under which name it runs; without anything said: on this machine alone, under the settings' name. */
export interface LaptopOptions {
  /** Further arguments of `npm run local`. */
  readonly arguments?: readonly string[];
  readonly installation?: string;
  /** Keys of the settings that take the place of the project's. */
  readonly settings?: object;
}

export class KillableLaptop {
  readonly directory: string;
  readonly #options: LaptopOptions;
  readonly #arguments: readonly string[];
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, options: LaptopOptions, settings: string | undefined) {
    this.directory = directory;
    this.#options = options;
    const given = settings === undefined ? [] : ['--settings', settings];
    this.#arguments = ['--state', directory, ...(options.arguments ?? []), ...given];
  }

  /** A laptop with a state of its own; `start` it. */
  static async create(options: LaptopOptions = {}): Promise<KillableLaptop> {
    const directory = await mkdtemp(join(tmpdir(), 'espalier-faults-'));
    const { installation, settings } = options;
    if (installation === undefined && settings === undefined) return new KillableLaptop(directory, options, undefined);
    const changed = { ...settings, ...(installation !== undefined && { installation }) };
    return new KillableLaptop(directory, options, await settingsFor(directory, changed));
  }

  get installation(): string {
    return this.#options.installation ?? 'espalier';
  }

  /** Starts on whatever state is there, and answers once everything can be reached. */
  async start(): Promise<Endpoints> {
    const file = join(this.directory, 'endpoints.json');
    await rm(file, { force: true });
    const child = spawn(process.execPath, [MAIN, ...this.#arguments], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#lines.push(...text.split('\n'));
        this.#lines.splice(0, Math.max(0, this.#lines.length - KEPT_LINES));
      });
    }
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', resolve));
    return until('the laptop is ready', READY_SECONDS, async (saw) => {
      if (child.exitCode !== null) throw new Error(`The laptop ended by itself:\n${this.lastLines(30).join('\n')}`);
      saw(this.lastLines(3));
      const text = await readFile(file, 'utf8').catch(() => '');
      return text === '' ? undefined : (JSON.parse(text) as Endpoints);
    });
  }

  /** As a power cut would: nothing can be saved any more. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** Ends it and forgets its state. */
  async stop(): Promise<void> {
    this.#child?.kill('SIGINT');
    await this.#ended;
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  lastLines(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }

  /** As the tour's stage sees a laptop. */
  asLaptop(endpoints: Endpoints): Laptop {
    return {
      endpoints,
      directory: this.directory,
      installation: this.installation,
      real: this.#arguments.includes('--cluster'),
      startedIn: 0,
      lastLines: (count) => this.lastLines(count),
      stop: () => this.stop().then(() => []),
    };
  }
}

/** Whoever interrupts a run leaves no laptop behind. */
export function stopOnSignal(laptop: KillableLaptop): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void laptop.stop().finally(() => process.exit(130)));
  }
}
