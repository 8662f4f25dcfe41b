/** `fault NAME SERVICE KIND [DEPENDENCY]`: lets a service of a branch environment meet a fault for a while, and tells what became of it. */
import {
  EXPERIMENTS,
  LEAST_DELAY_MS,
  LONGEST_DELAY_MS,
  LONGEST_EXPERIMENT_SECONDS,
  type ExperimentInput,
} from '../../lambdas/contracts/experiment.ts';
import { tierOf } from '../../lambdas/contracts/kinds.ts';
import { nearest } from '../../lambdas/domain/naming/nearest.ts';
import { CommandError, type Command } from '../command.ts';
import { findEnvironment, findService } from '../find-environment.ts';
import { followWorkflow } from '../follow-workflow.ts';
import { printable } from '../terminal.ts';

const SECONDS = '60';

export const fault: Command = {
  name: 'fault',
  words: ['NAME', 'SERVICE', 'KIND', '[DEPENDENCY]'],
  switches: { 'no-wait': 'do not follow it to its end' },
  options: {
    seconds: { value: 'N', meaning: `how long it lasts (${SECONDS}; at most ${String(LONGEST_EXPERIMENT_SECONDS)})` },
    delay: { value: 'TIME', meaning: 'of a dependency: it does not fail, it answers late (750ms, 2s)' },
    reason: { value: 'TEXT', meaning: 'what you want to see, for the event log' },
  },
  summary: `an experiment in a feature environment: ${EXPERIMENTS.join(', ')}; undone by itself`,
  async run(world, [name = '', service = '', kind = '', dependency], switches, options = {}) {
    const record = await findEnvironment(world, name);
    if (tierOf(record.kind) !== 'branch') {
      throw new CommandError(
        `${record.id} is a lasting environment (${record.kind}), which other people rely on. Experiments are allowed in environments of feature branches: push the same commits to one.`,
      );
    }
    const key = findService(record, service);
    const wanted = EXPERIMENTS.find((known) => known === kind);
    if (wanted === undefined) {
      const guess = nearest(kind, EXPERIMENTS);
      throw new CommandError(
        `There is no fault ${printable(kind)}. ${guess === undefined ? `There are: ${EXPERIMENTS.join(', ')}.` : `Did you mean ${guess}?`}`,
        2,
      );
    }
    if ((wanted === 'dependency') !== (dependency !== undefined)) {
      throw new CommandError(
        wanted === 'dependency'
          ? 'Say which dependency: npx espalier fault NAME SERVICE dependency DEPENDENCY'
          : `The fault ${wanted} takes no dependency; write: npx espalier fault NAME SERVICE ${wanted}`,
        2,
      );
    }
    const delay = options['delay'];
    if (delay !== undefined && wanted !== 'dependency') {
      throw new CommandError(
        `The fault ${wanted} takes no --delay; dependencies answer late: npx espalier fault NAME SERVICE dependency DEPENDENCY --delay 750ms`,
        2,
      );
    }
    const input: ExperimentInput = {
      environment: record.id,
      service: key,
      fault: wanted,
      ...(dependency !== undefined && { dependency }),
      ...(delay !== undefined && { delayMs: millisecondsOf(delay) }),
      seconds: secondsOf(options['seconds'] ?? SECONDS),
      author: world.author(),
      ...(options['reason'] !== undefined && { reason: options['reason'] }),
    };
    const execution = await world.workflows.start('run-experiment', 'branch', input);
    if (switches.has('no-wait')) {
      world.output.show({ execution }, [`Started ${execution}. It ends by itself after ${String(input.seconds)} s.`]);
      return;
    }
    await followWorkflow(
      world,
      execution,
      async () => record.id,
      async () => true,
    );
    const state = await world.workflows.state(execution);
    const { message } = (state.kind === 'succeeded' ? state.output : {}) as { readonly message?: string };
    world.output.show({ experiment: input, message }, [printable(message ?? 'The experiment is over.')]);
  },
};

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST_EXPERIMENT_SECONDS) return seconds;
  throw new CommandError(
    `--seconds is ${printable(text)}; allowed: a whole number from 1 to ${String(LONGEST_EXPERIMENT_SECONDS)}.`,
    2,
  );
}

function millisecondsOf(text: string): number {
  const [, number, unit] = /^(\d{1,5}(?:\.\d{1,3})?)(ms|s)$/.exec(text) ?? [];
  const milliseconds = Math.round(Number(number) * (unit === 's' ? 1_000 : 1));
  if (milliseconds >= LEAST_DELAY_MS && milliseconds <= LONGEST_DELAY_MS) return milliseconds;
  throw new CommandError(
    `--delay is ${printable(text)}; allowed: a time from ${String(LEAST_DELAY_MS)}ms to ${String(LONGEST_DELAY_MS / 1_000)}s, such as 750ms or 2s.`,
    2,
  );
}
