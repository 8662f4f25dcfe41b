/**
 * The state machine *run experiment*: a person lets a service of a branch environment meet a fault for a while, and it is undone whatever
 * happens. Read it top to bottom. There is none for lasting environments.
 *
 * Variables: `$begun` (when, and for how long), `$rounds`, `$error`.
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
import { REJECTED_ERROR } from '../../lambdas/contracts/errors.ts';
import type { RolloutInput } from '../../lambdas/contracts/inputs.ts';
import { Ask } from './ask.ts';
import { ANSWER, EXECUTION_INPUT } from './expressions.ts';

/** A delivery that is under way at the end, pods that start again, and an API that is away get half an hour: 90 rounds of 20 s, at 15 events each. */
const UNDO_ROUNDS = 90;
const ROUND_SECONDS = 20;

/** A quarter of an hour, as long for retries of its beginning, and 90 rounds that take 171 s each when no answer ever comes. */
export const RUN_EXPERIMENT_TIMEOUT = Duration.hours(5);

/** The definition; its first state. */
export function runExperiment(scope: Construct, { rollout }: { readonly rollout: IFunction }): IChainable {
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
  const over = Succeed.jsonata(scope, 'The experiment is over', { outputs: '{% $states.input %}' });

  const begin = new Ask<RolloutInput>(scope, 'Bring the fault about', rollout, {
    input: { action: 'begin-experiment', experiment: EXECUTION_INPUT },
    assign: { begun: ANSWER, rounds: 0, error: null },
  });
  const last = Wait.jsonata(scope, 'Let it last', { time: WaitTime.seconds('{% $begun.seconds %}'), outputs: {} });
  const undo = new Ask<RolloutInput>(scope, 'Undo it', rollout, {
    input: { action: 'end-experiment', experiment: EXECUTION_INPUT, begun: '{% $begun.at %}' },
    assign: { rounds: '{% $rounds + 1 %}' },
    output: ANSWER,
    policy: 'quick-look',
  });
  const pause = Wait.jsonata(scope, 'Wait before the next look', {
    time: WaitTime.duration(Duration.seconds(ROUND_SECONDS)),
  });
  const undone = Choice.jsonata(scope, 'Is it undone?')
    .when(Condition.jsonata("{% $states.input.kind = 'ended' and $error = null %}"), over)
    .when(Condition.jsonata("{% $states.input.kind = 'ended' %}"), failed)
    .when(Condition.jsonata(`{% $rounds < ${String(UNDO_ROUNDS)} %}`), pause)
    .otherwise(left);

  begin.addCatch(refused, { errors: [REJECTED_ERROR], assign: { error: '{% $states.errorOutput %}' } });
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
  undo.next(undone);
  return begin.next(last.next(undo));
}
