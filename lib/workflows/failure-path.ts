/**
 * Where every failure of a delivery or withdrawal ends: the record says failed with the reason, the author gets one notice.
 * Separate because both state machines share it and no task may end anywhere else.
 */
import { Errors, Fail, Succeed, type TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { SUPERSEDED_ERROR } from '../../lambdas/contracts/errors.ts';
import type { IntakeInput, NoticeInput } from '../../lambdas/contracts/inputs.ts';
import { Ask } from './ask.ts';
import { ANSWER, EXECUTION_INPUT, type Expression } from './expressions.ts';

const ERROR: Expression = '{% $states.errorOutput %}';

export class FailurePath {
  /** Takes a failure that no task reported; `$error` and `$claim` must be set. */
  readonly record: Ask<IntakeInput>;
  /** Leaves what is delivered to somebody newer. */
  readonly stepAside: Ask<IntakeInput>;
  readonly #scope: Construct;

  /** States after `beginning` rely on the variable `$claim`; the catch of the claim itself sets it to the execution's input. */
  constructor(scope: Construct, functions: { readonly intake: IFunction; readonly notice: IFunction }) {
    this.#scope = scope;
    const failed = Fail.jsonata(scope, 'Failed', {
      comment: 'The record says why, and the author was told.',
      error: '{% $failure.kind %}',
      cause: '{% $failure.reason %}',
    });
    const untold = this.untold('Failed, and nobody could be told', '{% $failure.reason %}');
    const quietEnd = Succeed.jsonata(scope, 'Somebody newer is responsible', { outputs: { kind: 'superseded' } });

    const tell = new Ask<NoticeInput>(scope, 'Tell the author', functions.notice, {
      input: { action: 'announce', what: 'failed', claim: '{% $claim %}', failure: '{% $failure %}' },
    });
    tell.addCatch(untold);
    tell.next(failed);

    this.record = new Ask<IntakeInput>(scope, 'Record the failure', functions.intake, {
      input: { action: 'record-failure', claim: '{% $claim %}', error: '{% $error %}' },
      assign: { failure: ANSWER },
    });
    this.record.addCatch(quietEnd, { errors: [SUPERSEDED_ERROR] });
    this.record.addCatch(tell, {
      assign: { failure: { kind: 'bug', reason: "{% 'The failure could not be recorded: ' & $string($error) %}" } },
    });
    this.record.next(tell);

    this.stepAside = new Ask<IntakeInput>(scope, 'Step aside', functions.intake, {
      input: { action: 'step-aside', claim: '{% $claim %}' },
    });
    this.stepAside.addCatch(quietEnd, { errors: [SUPERSEDED_ERROR] });
    this.stepAside.addCatch(this.record, { errors: [Errors.ALL], assign: { error: ERROR } });
    this.stepAside.next(quietEnd);
  }

  /** Lets a task end here: quietly when somebody newer is responsible, else as a failure. */
  guard<Task extends TaskStateBase>(task: Task): Task {
    task.addCatch(this.stepAside, { errors: [SUPERSEDED_ERROR] });
    task.addCatch(this.record, { errors: [Errors.ALL], assign: { error: ERROR } });
    return task;
  }

  /** The same for the task that claims: before it there is no claim, only what the execution was started with. */
  guardClaim<Task extends TaskStateBase>(task: Task): Task {
    task.addCatch(this.stepAside, { errors: [SUPERSEDED_ERROR], assign: { claim: EXECUTION_INPUT } });
    task.addCatch(this.record, { errors: [Errors.ALL], assign: { error: ERROR, claim: EXECUTION_INPUT } });
    return task;
  }

  /** An end at which the record is right and only the notice was lost: operators hear of it by the alarm on failed executions. */
  untold(sentence: string, cause: Expression): Fail {
    return Fail.jsonata(this.#scope, sentence, { error: 'notice-lost', cause });
  }
}
