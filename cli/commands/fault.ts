/** `fault NAME SERVICE KIND [DEPENDENCY]`: lets a service of a branch environment meet a fault for a while, and tells what became of it. */
import { EXPERIMENTS, LONGEST_EXPERIMENT_SECONDS, type ExperimentInput } from '../../lambdas/contracts/experiment.ts';
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
    const input: ExperimentInput = {
      environment: record.id,
      service: key,
      fault: wanted,
      ...(dependency !== undefined && { dependency }),
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
