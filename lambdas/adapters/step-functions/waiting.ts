/** States that wait for a task token. */
import {
  InvalidToken,
  SendTaskSuccessCommand,
  TaskDoesNotExist,
  TaskTimedOut,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { Waiting } from '../../ports/rollouts.ts';
import { translated } from '../aws/translate-error.ts';

/** The waiting states of this account's state machines. */
export function stepFunctionsWaiting(client: SFNClient): Waiting {
  return {
    async wake(token, output) {
      try {
        await translated('Waking a state that waits', () =>
          client.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(output) })),
        );
        return 'woken';
      } catch (error) {
        // Its time was over, its execution ended, or somebody else woke it.
        if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken) {
          return 'gone';
        }
        throw error;
      }
    },
  };
}
