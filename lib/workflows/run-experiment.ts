/**
 * The state machine *run experiment*: a person lets a service of a branch environment meet a fault for a while, and it is undone whatever
 * happens. Read it top to bottom. There is none for lasting environments.
 *
 * Variables: `$begun` (when, and for how long), `$ended` (what became of it), `$rounds`, `$error`.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Errors,
  Fail,
  Pass,
  Succeed,
  Wait,
  WaitTime,
  type IChainable,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { REJECTED_ERROR } from '../../lambdas/contracts/errors.ts';
import { READY_ROUNDS, READY_WITHIN_SECONDS } from '../../lambdas/contracts/experiment.ts';
import type { DeployInput, RolloutInput } from '../../lambdas/contracts/inputs.ts';
import { Ask } from './ask.ts';
import { ANSWER, EXECUTION_INPUT } from './expressions.ts';

/** A delivery that is under way at the end, pods that start again, and an API that is away get half an hour: 90 rounds of 20 s, at 15 events each. */
const UNDO_ROUNDS = 90;
/** What delayed, and delays nobody any more, is taken away in 15 rounds; what is left then is found by a sweep. */
const CLEAR_ROUNDS = 15;
const ROUND_SECONDS = 20;

/** A quarter of an hour, as long for retries of its beginning, and 105 rounds that take 171 s each when no answer ever comes. */
export const RUN_EXPERIMENT_TIMEOUT = Duration.hours(6);

export interface RunExperimentParts {
  readonly deploy: IFunction;
  readonly rollout: IFunction;
}

const DELAYS = '$exists($states.context.Execution.Input.delayMs)';

/** The definition; its first state. */
export function runExperiment(scope: Construct, { deploy, rollout }: RunExperimentParts): IChainable {
  const refused = Fail.jsonata(scope, 'The experiment is refused', {
    // Nobody's trouble but that of the person who wanted it: no alarm.
    error: 'rejected',
    cause: '{% $error.Cause %}',
  });
  const failed = Fail.jsonata(scope, 'The experiment failed, and is undone', {
    error: '{% $error.Error %}',
    cause: '{% $error.Cause %}',
  });
  const left = Fail.jsonata(scope, 'It could not be undone', {
    error: 'experiment-left',
    cause:
      "{% 'The experiment is not undone (' & $states.input.on & '). The next delivery of the service undoes it, and so does a sweep when it finds what is left.' %}",
  });
  const over = Succeed.jsonata(scope, 'The experiment is over', { outputs: '{% $ended %}' });

  // Ends in the outcome that `$error` says, with nothing left of what delays.
  const clear = clearDelay(scope, { deploy, rollout }, { over, refused, failed, left });
  const begin = new Ask<RolloutInput>(scope, 'Bring the fault about', rollout, {
    input: { action: 'begin-experiment', experiment: EXECUTION_INPUT },
    assign: { begun: ANSWER, rounds: 0, error: null },
  });
  const last = Wait.jsonata(scope, 'Let it last', { time: WaitTime.seconds('{% $begun.seconds %}'), outputs: {} });
  const undo = new Ask<RolloutInput>(scope, 'Undo it', rollout, {
    input: { action: 'end-experiment', experiment: EXECUTION_INPUT, begun: '{% $begun.at %}' },
    assign: { rounds: '{% $rounds + 1 %}', ended: ANSWER },
    output: ANSWER,
    policy: 'quick-look',
  });
  const pause = Wait.jsonata(scope, 'Wait before the next look', {
    time: WaitTime.duration(Duration.seconds(ROUND_SECONDS)),
  });
  // Callers remember for a while the address of what delays, which delays nothing any more.
  const forget = Wait.jsonata(scope, 'Wait until nobody remembers', {
    time: WaitTime.seconds('{% $ended.seconds %}'),
    assign: { rounds: 0 },
    outputs: {},
  });
  const undone = Choice.jsonata(scope, 'Is it undone?')
    .when(Condition.jsonata(`{% $states.input.kind = 'ended' and ${DELAYS} %}`), forget)
    .when(Condition.jsonata("{% $states.input.kind = 'ended' and $error = null %}"), over)
    .when(Condition.jsonata("{% $states.input.kind = 'ended' %}"), failed)
    .when(Condition.jsonata(`{% $rounds < ${String(UNDO_ROUNDS)} %}`), pause)
    .otherwise(left);
  const nothingLeft = Choice.jsonata(scope, 'Is something in the way already?')
    .when(Condition.jsonata(`{% ${DELAYS} %}`), clear)
    .otherwise(refused);

  begin.addCatch(nothingLeft, {
    errors: [REJECTED_ERROR],
    assign: { error: '{% $states.errorOutput %}', rounds: 0 },
    outputs: {},
  });
  // Nobody knows how far it came.
  begin.addCatch(undo, {
    errors: [Errors.ALL],
    assign: { error: '{% $states.errorOutput %}', begun: { at: null }, rounds: 0 },
  });
  undo.addCatch(undone, {
    errors: [Errors.ALL],
    assign: { rounds: '{% $rounds + 1 %}' },
    outputs: { kind: 'waiting', on: "{% $states.errorOutput.Error & ': ' & $states.errorOutput.Cause %}" },
  });
  pause.next(undo);
  forget.next(clear);
  undo.next(undone);
  begin.next(last.next(undo));
  return prepareDelay(scope, deploy, { begin, clear });
}

/** What delays is ready before any name leads to it. */
function prepareDelay(
  scope: Construct,
  deploy: IFunction,
  { begin, clear }: { readonly begin: Ask<RolloutInput>; readonly clear: Ask<RolloutInput> },
): IChainable {
  const prepare = new Ask<DeployInput>(scope, 'Prepare what delays', deploy, {
    input: { action: 'prepare-experiment', experiment: EXECUTION_INPUT },
    assign: { rounds: '{% $rounds + 1 %}' },
    output: ANSWER,
  });
  const tooLate = Pass.jsonata(scope, 'Give up waiting for what delays', {
    outputs: {},
    assign: {
      error: {
        Error: REJECTED_ERROR,
        Cause: `{% $string({'errorType': '${REJECTED_ERROR}', 'errorMessage': 'Nothing is late: what delays was not ready within ${String(READY_WITHIN_SECONDS / 60)} minutes: ' & $states.input.on}) %}`,
      },
      rounds: 0,
    },
  });
  const ready = Choice.jsonata(scope, 'Is what delays ready?')
    .when(Condition.jsonata("{% $states.input.kind = 'ready' %}"), begin)
    .when(Condition.jsonata(`{% $rounds < ${String(READY_ROUNDS)} %}`), prepare)
    .otherwise(tooLate);
  prepare.addCatch(clear, {
    errors: [Errors.ALL],
    assign: { error: '{% $states.errorOutput %}', rounds: 0 },
    outputs: {},
  });
  prepare.next(ready);
  tooLate.next(clear);
  return Choice.jsonata(scope, 'Does it delay?')
    .when(Condition.jsonata(`{% ${DELAYS} %}`), prepare, { assign: { rounds: 0 } })
    .otherwise(begin);
}

/** The ways out of an experiment. */
interface Ends {
  readonly over: Succeed;
  readonly refused: Fail;
  readonly failed: Fail;
  readonly left: Fail;
}

/** First its address, and then what is behind it. */
function clearDelay(
  scope: Construct,
  { deploy, rollout }: RunExperimentParts,
  { over, refused, failed, left }: Ends,
): Ask<RolloutInput> {
  const close = new Ask<RolloutInput>(scope, 'Take the way to it away', rollout, {
    input: { action: 'close-experiment', experiment: EXECUTION_INPUT },
  });
  const clear = new Ask<DeployInput>(scope, 'Take what delays away', deploy, {
    input: { action: 'clear-experiment', experiment: EXECUTION_INPUT },
  });
  const ended = Choice.jsonata(scope, 'How did it end?')
    .when(Condition.jsonata('{% $error = null %}'), over)
    .when(Condition.jsonata(`{% $error.Error = '${REJECTED_ERROR}' %}`), refused)
    .otherwise(failed);
  const pause = Wait.jsonata(scope, 'Wait before it is tried again', {
    time: WaitTime.duration(Duration.seconds(ROUND_SECONDS)),
    outputs: {},
  });
  const again = Choice.jsonata(scope, 'Is it tried again?')
    .when(Condition.jsonata(`{% $rounds < ${String(CLEAR_ROUNDS)} %}`), pause)
    .otherwise(left);
  for (const task of [close, clear]) {
    // What was ordered cannot be read: nothing was made of it either.
    task.addCatch(ended, { errors: [REJECTED_ERROR], outputs: {} });
    task.addCatch(again, {
      errors: [Errors.ALL],
      assign: { rounds: '{% $rounds + 1 %}' },
      outputs: { on: "{% $states.errorOutput.Error & ': ' & $states.errorOutput.Cause %}" },
    });
  }
  pause.next(close);
  clear.next(ended);
  close.next(clear);
  return close;
}
