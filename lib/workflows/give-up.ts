/**
 * The end of a bounded wait: makes an error of it, in the form in which functions fail, so that one failure path reads both.
 * Separate because every wait of every state machine ends like this.
 */
import { Pass } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { REJECTED_ERROR, TRANSIENT_ERROR } from '../../lambdas/contracts/errors.ts';
import type { FailurePath } from './failure-path.ts';

/** `reason` is the inside of a JSONata expression that gives a sentence. */
export function giveUp(
  scope: Construct,
  sentence: string,
  failures: FailurePath,
  error: { readonly name: typeof REJECTED_ERROR | typeof TRANSIENT_ERROR; readonly reason: string },
): Pass {
  const state = Pass.jsonata(scope, sentence, {
    outputs: {},
    assign: {
      error: {
        Error: error.name,
        Cause: `{% $string({'errorType': '${error.name}', 'errorMessage': ${error.reason}}) %}`,
      },
    },
  });
  state.next(failures.record);
  return state;
}
