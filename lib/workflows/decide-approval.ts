/**
 * The state machine *decide approval*: people start it in the console to answer what a rollout asks. Who may start it may decide.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, Errors, Fail, Succeed, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { REJECTED_ERROR } from '../../lambdas/contracts/errors.ts';
import type { ApprovalInput } from '../../lambdas/contracts/inputs.ts';
import { Ask } from './ask.ts';
import { ANSWER, EXECUTION_INPUT } from './expressions.ts';

/** Taking a decision is one write and one wake. */
export const DECIDE_APPROVAL_TIMEOUT = Duration.minutes(15);

/** The definition; its first state. */
export function decideApproval(scope: Construct, { approval }: { readonly approval: IFunction }): IChainable {
  const take = new Ask<ApprovalInput>(scope, 'Take the decision', approval, {
    input: { action: 'decide', input: EXECUTION_INPUT },
    assign: { answer: ANSWER },
  });
  const taken = Succeed.jsonata(scope, 'The decision counts', { outputs: '{% $answer %}' });
  const refused = Fail.jsonata(scope, 'The decision does not count', {
    // Nobody's trouble but that of the person who decided: no alarm.
    error: 'rejected',
    cause: '{% $answer.reason %}',
  });
  const failed = Fail.jsonata(scope, 'The decision could not be taken', {
    error: `{% $error.Error = '${REJECTED_ERROR}' ? 'rejected' : $error.Error %}`,
    cause: '{% $error.Cause %}',
  });
  take.addCatch(failed, { errors: [Errors.ALL], assign: { error: '{% $states.errorOutput %}' } });
  take.next(
    Choice.jsonata(scope, 'Does the decision count?')
      .when(Condition.jsonata("{% $answer.kind = 'taken' %}"), taken)
      .otherwise(refused),
  );
  return take;
}
