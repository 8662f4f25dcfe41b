/**
 * The state machine *retire side*: keeps the side without traffic for a while, for whoever changes their mind or releases what is dark,
 * and lets it go.
 * Separate from *deliver service*, which has ended by then, so that the next delivery need not wait.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Errors,
  Fail,
  Succeed,
  Wait,
  WaitTime,
  type IChainable,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { SUPERSEDED_ERROR } from '../../lambdas/contracts/errors.ts';
import type { IntakeInput, RolloutInput } from '../../lambdas/contracts/inputs.ts';
import { Ask } from './ask.ts';
import { AwaitDecision } from './await-decision.ts';
import { ANSWER } from './expressions.ts';

export interface RetireSideParts {
  readonly rollout: IFunction;
  readonly approval: IFunction;
  readonly intake: IFunction;
}

/** A side is kept for a day at most, and what is dark for a month. */
export const RETIRE_SIDE_TIMEOUT = Duration.days(32);

/** The definition; its first state. */
export function retireSide(scope: Construct, { rollout, approval, intake }: RetireSideParts): IChainable {
  const claim = '{% $states.context.Execution.Input.delivery %}';
  const done = Succeed.jsonata(scope, 'Done', { outputs: {} });
  const failed = Fail.jsonata(scope, 'Not retired', {
    comment: 'The side stays as it is; the next rollout of the service takes it.',
    error: '{% $error.Error %}',
    cause: '{% $error.Cause %}',
  });
  const guard = <Task extends Ask<unknown>>(task: Task): Task => {
    task.addCatch(done, { errors: [SUPERSEDED_ERROR] });
    task.addCatch(failed, { errors: [Errors.ALL], assign: { error: '{% $states.errorOutput %}' } });
    return task;
  };

  const keep = guard(
    new Ask<RolloutInput>(scope, 'Look how long the idle side stays', rollout, {
      input: { action: 'keep-idle-side', claim },
      assign: { keep: ANSWER },
    }),
  );
  const wait = new AwaitDecision(scope, 'Keep the idle side, or until somebody decides', approval, {
    for: { approval: '{% $keep.approval %}' },
    seconds: '{% $keep.seconds %}',
    asked: { side: '{% $keep.side %}', service: '{% $states.context.Execution.Input.delivery.service %}' },
  });
  const plainWait = Wait.jsonata(scope, 'Keep the idle side', {
    time: WaitTime.seconds('{% $keep.seconds %}'),
    outputs: {},
  });
  const retire = guard(
    new Ask<RolloutInput>(scope, 'Retire the idle side', rollout, {
      input: { action: 'retire-side', claim, side: '{% $keep.side %}' },
    }),
  );
  const rollBack = guard(
    new Ask<IntakeInput>(scope, 'Go back to the version before', intake, {
      input: { action: 'roll-back', claim, approval: '{% $keep.approval %}' },
      output: ANSWER,
    }),
  );
  const again = guard(
    new Ask<IntakeInput>(scope, 'Deliver it once more', intake, {
      input: { action: 'deliver-again', claim, approval: '{% $keep.approval %}' },
      output: ANSWER,
    }),
  );
  // What is dark goes as it came, by a delivery: traffic and record stay in one hand.
  const over = Choice.jsonata(scope, 'Was it never released?')
    .when(Condition.jsonata('{% $keep.dark %}'), again)
    .otherwise(retire);
  // Another version is wanted by now, and its delivery need not take the side.
  const taken = Choice.jsonata(scope, 'Was it decided too late?')
    .when(Condition.jsonata("{% $states.input.kind = 'refused' %}"), retire)
    .otherwise(done);
  const kept = Choice.jsonata(scope, 'Is there an idle side?')
    .when(Condition.jsonata("{% $keep.kind = 'keep' %}"), wait)
    .otherwise(done);
  const decided = Choice.jsonata(scope, 'What was decided?')
    .when(Condition.jsonata("{% $states.input.kind = 'decided' and $states.input.decision = 'roll-back' %}"), rollBack)
    .when(
      Condition.jsonata(
        "{% $states.input.kind = 'decided' and $states.input.decision in ['retry', 'release', 'drop'] %}",
      ),
      again,
    )
    .otherwise(retire);

  wait.addCatch(over, { errors: [Errors.TIMEOUT] });
  wait.addCatch(plainWait);
  keep.next(kept);
  wait.next(decided);
  plainWait.next(over);
  retire.next(done);
  rollBack.next(taken);
  again.next(taken);
  return keep;
}
