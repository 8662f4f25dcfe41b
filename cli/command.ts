/**
 * What a command is, and how it fails. Separate because every command and the dispatcher share it.
 */
import type { Settings } from '../lambdas/boundary/settings/settings.ts';
import type { Builds } from '../lambdas/ports/builds.ts';
import type { Clock } from '../lambdas/ports/clock.ts';
import type { Decisions } from '../lambdas/ports/decisions.ts';
import type { Layers } from '../lambdas/ports/configuration.ts';
import type { EksClusters } from '../lambdas/ports/eks-clusters.ts';
import type { History } from '../lambdas/ports/history.ts';
import type { Records } from '../lambdas/ports/records.ts';
import type { Rollouts } from '../lambdas/ports/rollouts.ts';
import type { Workflows } from '../lambdas/ports/workflows.ts';
import type { Output } from './terminal.ts';

/** All that commands need of the world. */
export interface World {
  readonly records: Pick<Records, 'load' | 'all' | 'idOfBranch'>;
  readonly history: Pick<History, 'of'>;
  readonly rollouts: Pick<Rollouts, 'load'>;
  readonly builds: Pick<Builds, 'load'>;
  readonly layers: Pick<Layers, 'latest' | 'history'>;
  readonly workflows: Workflows;
  readonly decisions: Decisions;
  readonly clusters: EksClusters;
  readonly clock: Clock;
  readonly output: Output;
  /** Who is at the terminal, as the history of a change names them. */
  author(): string;
  /** The settings file of the working directory, when there is one. */
  settings(): Promise<Settings | undefined>;
  /** The text of a file that a person names; undefined when there is none. */
  text(path: string): Promise<string | undefined>;
}

/** An option with a value. */
export interface Option {
  /** How usage names the value. */
  readonly value: string;
  readonly meaning: string;
  readonly needed?: true;
}

/** One command: its words after the name, and switches beyond the common ones. */
export interface Command {
  readonly name: string;
  /** `NAME` is needed, `[SERVICE]` is not; `[WORDS…]` may be any number. */
  readonly words: readonly string[];
  readonly switches: Readonly<Record<string, string>>;
  /** Options with a value, `--environment NAME`. */
  readonly options?: Readonly<Record<string, Option>>;
  readonly summary: string;
  run(
    world: World,
    words: readonly string[],
    switches: ReadonlySet<string>,
    options?: Readonly<Record<string, string>>,
  ): Promise<void>;
}

/** A command that cannot do what was asked: says what was found, what is allowed, what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
