/**
 * The state machine *roll out*: moves traffic to the candidate side by its plan, and back when that is not well.
 * It decides nothing: each round asks the function, which looks at the cluster. Traffic always ends verified on one side.
 *
 * Variables: `$rollout` (what is rolled out), `$next` (what the function answered), `$seen` (what was seen outside the network since;
 * null when nothing was), `$asked` (the approval that people were told of last), `$told` (the place of which they were told last),
 * `$error`, `$gaveUp`.
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
import type { LookoutInput, NoticeInput, RolloutInput } from '../../lambdas/contracts/inputs.ts';
import { Ask } from './ask.ts';
import { AwaitDecision } from './await-decision.ts';
import { ANSWER, EXECUTION_INPUT, type Expression } from './expressions.ts';

export interface RollOutParts {
  readonly rollout: IFunction;
  readonly approval: IFunction;
  readonly notice: IFunction;
  /** Only where rollouts have to know what is outside the network. */
  readonly lookout?: IFunction;
}

/** The function answers within seconds, whoever is away; a rollout that waits for it looks at nothing else. */
const LOOKOUT_TIMEOUT = Duration.seconds(20);

/** Longest that a rollout may last: the waits of a plan are bounded by a week each. */
export const ROLL_OUT_TIMEOUT = Duration.days(60);

const ERROR: Expression = '{% $states.errorOutput %}';
const NOTHING: Expression = '{% null %}';

/** The definition; its first state. */
export function rollOut(scope: Construct, { rollout, approval, notice, lookout }: RollOutParts): IChainable {
  const claim = '{% $rollout %}';
  const superseded = Succeed.jsonata(scope, 'Somebody newer is responsible', {
    outputs: { kind: 'rolled-back', superseded: true, reason: 'a newer delivery is under way' },
  });
  const stuck = Fail.jsonata(scope, 'Stuck', {
    comment: 'The next delivery of the service begins by returning traffic to what serves.',
    error: '{% $error.Error %}',
    cause: '{% $error.Cause %}',
  });

  const begin = new Ask<RolloutInput>(scope, 'Begin the rollout', rollout, {
    input: { action: 'begin-rollout', rollout: EXECUTION_INPUT },
    assign: { rollout: EXECUTION_INPUT, gaveUp: false, seen: NOTHING, asked: 'nothing', told: 'nothing' },
  });
  const advance = new Ask<RolloutInput>(scope, 'Decide what comes next', rollout, {
    input: { action: 'advance-rollout', rollout: claim, seen: '{% $seen %}' },
    assign: { next: ANSWER, seen: NOTHING },
  });
  const giveUp = new Ask<RolloutInput>(scope, 'Turn back to what served before', rollout, {
    input: { action: 'give-up-rollout', rollout: claim, error: '{% $error %}' },
    assign: { gaveUp: true },
  });
  const tell = new Ask<NoticeInput>(scope, 'Tell people that they are asked', notice, {
    input: {
      action: 'announce',
      what: 'asked',
      claim: '{% $rollout.delivery %}',
      approval: '{% $next.approval %}',
      question: '{% $next.question %}',
    },
    assign: { asked: '{% $next.approval %}' },
  });
  const tellProgress = new Ask<NoticeInput>(scope, 'Tell people how far it is', notice, {
    input: { action: 'announce', what: 'progress', claim: '{% $rollout.delivery %}' },
    assign: { told: '{% $next.tell %}' },
    policy: 'service-trouble',
  });
  const wait = new AwaitDecision(scope, 'Wait, or until somebody decides', approval, {
    for: { approval: '{% $next.approval %}' },
    seconds: '{% $next.seconds %}',
    asked: {
      service: '{% $rollout.delivery.service %}',
      environment: '{% $rollout.delivery.environment %}',
      commit: '{% $rollout.delivery.commit %}',
      question: '{% $exists($next.question) ? $next.question : $next.because %}',
    },
    output: {},
  });
  const plainWait = Wait.jsonata(scope, 'Wait', { time: WaitTime.seconds('{% $next.seconds %}'), outputs: {} });
  const promoted = Succeed.jsonata(scope, 'Promoted', { outputs: { kind: 'promoted' } });
  const rolledBack = Succeed.jsonata(scope, 'Rolled back', { outputs: '{% $next %}' });
  const dark = Succeed.jsonata(scope, 'Dark until it is released', { outputs: { kind: 'dark' } });

  const afterTelling = Choice.jsonata(scope, 'Is it to wait?')
    .when(Condition.jsonata("{% $next.kind = 'wait' %}"), wait)
    .otherwise(advance);
  const next = Choice.jsonata(scope, 'What comes next?')
    .when(Condition.jsonata("{% $next.kind = 'promoted' %}"), promoted)
    .when(Condition.jsonata("{% $next.kind = 'rolled-back' %}"), rolledBack)
    .when(Condition.jsonata("{% $next.kind = 'dark' %}"), dark)
    .when(Condition.jsonata("{% $next.kind = 'ask' and $next.approval != $asked %}"), tell)
    .when(Condition.jsonata("{% $next.tell != '' and $next.tell != $told %}"), tellProgress)
    .when(Condition.jsonata("{% $next.kind = 'wait' or $next.kind = 'ask' %}"), wait);
  if (lookout !== undefined) {
    const look = new Ask<LookoutInput>(scope, 'Look outside the network', lookout, {
      input: { action: 'look-outside', request: '{% $next.request %}' },
      assign: { seen: ANSWER },
      policy: 'quick-look',
      timeout: LOOKOUT_TIMEOUT,
    });
    // Whoever cannot look has seen nothing: what that means is decided like everything else.
    look.addCatch(advance, {
      errors: [Errors.ALL],
      assign: { seen: { kind: 'unseen', because: "{% 'nobody could look: ' & $states.errorOutput.Error %}" } },
    });
    look.next(advance);
    next.when(Condition.jsonata("{% $next.kind = 'look-outside' %}"), look);
  }
  next.otherwise(advance);
  const again = Choice.jsonata(scope, 'Was it turned back before?')
    .when(Condition.jsonata('{% $gaveUp %}'), stuck)
    .otherwise(giveUp);

  begin.addCatch(superseded, { errors: [SUPERSEDED_ERROR] });
  begin.addCatch(stuck, { errors: [Errors.ALL], assign: { error: ERROR } });
  advance.addCatch(superseded, { errors: [SUPERSEDED_ERROR] });
  advance.addCatch(again, { errors: [Errors.ALL], assign: { error: ERROR } });
  giveUp.addCatch(superseded, { errors: [SUPERSEDED_ERROR] });
  giveUp.addCatch(stuck, { errors: [Errors.ALL], assign: { error: ERROR } });
  // A lost message and a state that nobody can wake stop no rollout: its time passes all the same.
  tell.addCatch(wait);
  // Nor is anybody waited for to whom it cannot be told.
  tellProgress.addCatch(afterTelling, { assign: { told: '{% $next.tell %}' } });
  wait.addCatch(advance, { errors: [Errors.TIMEOUT] });
  wait.addCatch(plainWait);

  begin.next(advance).next(next);
  giveUp.next(advance);
  tellProgress.next(afterTelling);
  tell.next(wait).next(advance);
  plainWait.next(advance);
  return begin;
}
