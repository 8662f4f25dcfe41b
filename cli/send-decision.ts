/** Sends a decision and says what came of it. Separate because two commands decide. */
import type { DecideInput } from '../lambdas/contracts/payloads.ts';
import { CommandError, type World } from './command.ts';
import { printable } from './terminal.ts';

/** Throws a CommandError with the reason when it does not count. */
export async function sendDecision(world: World, input: DecideInput): Promise<void> {
  const answer = await world.decisions.decide(input);
  if (answer.kind === 'refused') throw new CommandError(printable(answer.reason));
  if (answer.kind === 'who') throw new CommandError(printable(answer.because));
  world.output.show({ decided: input, answer }, [printable(answer.message)]);
}
