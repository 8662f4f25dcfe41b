/**
 * The state machine *decide approval*: people start it in the console to answer what a rollout asks. Where it matters who they are, it
 * waits, bounded, until CloudTrail tells who started it: Step Functions itself does not.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, Errors, Fail, Succeed, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { REJECTED_ERROR } from '../../lambdas/contracts/errors.ts';
import type { ApprovalInput } from '../../lambdas/contracts/inputs.ts';
import { Ask } from './ask.ts';
import { AwaitDecision } from './await-decision.ts';
import { ANSWER, EXECUTION_INPUT } from './expressions.ts';

/** A quarter of an hour of waiting to hear who started it, and the retries of its three tasks. */
export const DECIDE_APPROVAL_TIMEOUT = Duration.minutes(30);

/** The definition; its first state. */
export function decideApproval(scope: Construct, { approval }: { readonly approval: IFunction }): IChainable {
  const take = new Ask<ApprovalInput>(scope, 'Take the decision', approval, {
    input: { action: 'decide', input: EXECUTION_INPUT },
    assign: { answer: ANSWER },
  });
  const wait = new AwaitDecision(scope, 'Wait to hear who started this', approval, {
    for: 'starter',
    seconds: '{% $answer.seconds %}',
    asked: { because: '{% $answer.because %}' },
    output: {},
  });
  const takeAsStarter = new Ask<ApprovalInput>(scope, 'Take the decision of this person', approval, {
    input: { action: 'decide-as-starter', input: EXECUTION_INPUT },
    assign: { answer: ANSWER },
  });
  const taken = Succeed.jsonata(scope, 'The decision counts', { outputs: '{% $answer %}' });
  const refused = Fail.jsonata(scope, 'The decision does not count', {
    // Nobody's trouble but that of the person who decided: no alarm.
    error: 'rejected',
    cause: '{% $answer.reason %}',
  });
  const unheard = Fail.jsonata(scope, 'Nobody told who decides', {
    error: 'rejected',
    cause:
      "{% 'Nothing was decided: CloudTrail did not tell in time who started this, which takes a trail that logs management events. ' & 'Decide on the command line instead: npx espalier decide ' & $states.context.Execution.Input.approval & ' ' & $states.context.Execution.Input.decision %}",
  });
  const failed = Fail.jsonata(scope, 'The decision could not be taken', {
    error: `{% $error.Error = '${REJECTED_ERROR}' ? 'rejected' : $error.Error %}`,
    cause: '{% $error.Cause %}',
  });
  for (const task of [take, takeAsStarter]) {
    task.addCatch(failed, { errors: [Errors.ALL], assign: { error: '{% $states.errorOutput %}' } });
  }
  wait.addCatch(unheard, { errors: [Errors.TIMEOUT] });
  wait.addCatch(failed, { errors: [Errors.ALL], assign: { error: '{% $states.errorOutput %}' } });
  const counts = Choice.jsonata(scope, 'Does the decision count?')
    .when(Condition.jsonata("{% $answer.kind = 'taken' or $answer.kind = 'counted' %}"), taken)
    .when(Condition.jsonata("{% $answer.kind = 'who' %}"), wait)
    .otherwise(refused);
  take.next(counts);
  wait.next(takeAsStarter);
  takeAsStarter.next(counts);
  return take;
}
