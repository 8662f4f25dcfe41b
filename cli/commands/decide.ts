/** `decide ID DECISION`: answer what a rollout asks, or stop, hurry or turn it, as whoever the AWS credentials say. */
import { DECISIONS, type DecideInput, type DecisionWord } from '../../lambdas/contracts/payloads.ts';
import { nearest } from '../../lambdas/domain/naming/nearest.ts';
import { CommandError, type Command } from '../command.ts';
import { sendDecision } from '../send-decision.ts';
import { printable } from '../terminal.ts';

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
    await sendDecision(world, input);
  },
};

function decisionOf(word: string): DecisionWord {
  const known = DECISIONS.find((decision) => decision === word);
  if (known !== undefined) return known;
  const guess = nearest(word, DECISIONS);
  const hint = guess === undefined ? '' : ` Did you mean ${guess}?`;
  throw new CommandError(`There is no decision ${printable(word)}.${hint} Decisions: ${DECISIONS.join(', ')}.`, 2);
}
