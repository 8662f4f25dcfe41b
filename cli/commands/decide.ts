/** `decide ID DECISION`: answer what a rollout asks, or stop, hurry or turn it, through the same state machine as in the console. */
import { DECISIONS, type DecideInput, type DecisionWord } from '../../lambdas/contracts/payloads.ts';
import { nearest } from '../../lambdas/domain/naming/nearest.ts';
import { CommandError, type Command } from '../command.ts';
import { printable } from '../terminal.ts';

const POLL_MS = 300;

export const decide: Command = {
  name: 'decide',
  words: ['ID', 'DECISION', '[COMMENT]'],
  switches: {},
  summary: `decide about a rollout: ${DECISIONS.join(', ')}`,
  async run(world, [approval = '', word = '', comment]) {
    const input: DecideInput = {
      approval,
      decision: decisionOf(word),
      ...(comment !== undefined && { comment }),
    };
    const execution = await world.workflows.start('decide-approval', 'branch', input);
    let state = await world.workflows.state(execution);
    while (state.kind === 'running') {
      await world.clock.sleep(POLL_MS);
      state = await world.workflows.state(execution);
    }
    if (state.kind === 'failed') throw new CommandError(printable(reasonIn(state.cause)));
    const { message } = (state.output ?? {}) as { readonly message?: string };
    world.output.show({ decided: input }, [printable(message ?? `"${word}" counts.`)]);
  },
};

function decisionOf(word: string): DecisionWord {
  const known = DECISIONS.find((decision) => decision === word);
  if (known !== undefined) return known;
  const guess = nearest(word, DECISIONS);
  const hint = guess === undefined ? '' : ` Did you mean ${guess}?`;
  throw new CommandError(`There is no decision ${printable(word)}.${hint} Decisions: ${DECISIONS.join(', ')}.`, 2);
}

/** A refusal is a sentence; an error of the function is JSON that holds one. */
function reasonIn(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { readonly errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch {
    return cause;
  }
}
