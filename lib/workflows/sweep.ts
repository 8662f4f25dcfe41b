/**
 * The state machine *sweep*: compares branches, records and namespaces, and starts what is missing. Read it top to bottom.
 * What cannot be compared or put right now is left to the next sweep: one broken environment never stops the others.
 *
 * Variables: `$cluster` and `$branches` (what the comparisons found), `$foundation`, `$results`.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Fail,
  Map,
  Pass,
  ProvideItems,
  Succeed,
  type IChainable,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { EnvironmentInput, IntakeInput, SweepClusterInput, SweepInput } from '../../lambdas/contracts/inputs.ts';
import { Ask } from './ask.ts';
import { ANSWER, type Expression } from './expressions.ts';

export interface SweepParts {
  readonly sweep: IFunction;
  readonly sweepCluster: IFunction;
  readonly intake: IFunction;
  /** Only branch environments can be orphans: lasting ones are never removed. */
  readonly environment: IFunction;
  readonly foundation: IFunction;
}

/** Longest that a sweep lasts. Its lease must not be shorter. */
export const SWEEP_TIMEOUT = Duration.minutes(30);
/** Items put right at once: gentle to CodeCommit's and Step Functions' rates, still 500 lost pushes within minutes. */
const CONCURRENCY = 5;

/** The definition; its first state. */
export function sweep(scope: Construct, parts: SweepParts): IChainable {
  const begin = new Ask<SweepInput>(scope, 'Begin the sweep', parts.sweep, {
    input: { action: 'begin' },
    output: ANSWER,
  });
  const compareCluster = new Ask<SweepClusterInput>(scope, 'Compare the cluster with the records', parts.sweepCluster, {
    input: { action: 'compare-namespaces' },
    assign: { cluster: ANSWER, clusterFailure: [] },
  });
  const compareBranches = new Ask<SweepInput>(scope, 'Compare branches with the records', parts.sweep, {
    input: { action: 'compare-branches' },
    assign: { branches: ANSWER, branchesFailure: [] },
  });
  const putRight = Map.jsonata(scope, 'Put right', {
    maxConcurrency: CONCURRENCY,
    // An array constructor flattens both lists and stays an array for one item or none.
    items: ProvideItems.jsonata('{% [$cluster.items, $branches.items] %}'),
    assign: { results: '{% [$states.result] %}' },
    outputs: {},
  }).itemProcessor(putOneRight(scope, parts));
  const foundation = new Ask<{ readonly action: 'apply'; readonly execution: string }>(
    scope,
    'Apply the foundation again',
    parts.foundation,
    { input: { action: 'apply' }, assign: { foundation: ANSWER, foundationFailure: [] } },
  );
  const finish = new Ask<SweepInput>(scope, 'Finish the sweep', parts.sweep, {
    input: {
      action: 'finish',
      questions: '{% [$cluster.questions, $branches.questions, $foundation.questions] %}',
      failures: FAILURES,
    },
  });

  const unfinished = Fail.jsonata(scope, 'The sweep did not finish', {
    error: 'sweep-unfinished',
    cause: '{% $string($states.input) %}',
  });
  const ended = Choice.jsonata(scope, 'Was everything compared and put right?')
    .when(Condition.jsonata(`{% $count(${inside(FAILURES)}) = 0 %}`), Succeed.jsonata(scope, 'Swept'))
    .otherwise(
      Fail.jsonata(scope, 'Swept, but not everything', {
        error: 'sweep-incomplete',
        cause: `{% $join(${inside(FAILURES)}, ' · ') %}`,
      }),
    );

  // A comparison that failed finds nothing: nothing is started and nothing removed because of it.
  const nothingFound = { items: [], questions: [] };
  compareCluster.addCatch(compareBranches, {
    assign: { cluster: nothingFound, clusterFailure: [failed('The cluster could not be compared')] },
    outputs: {},
  });
  compareBranches.addCatch(putRight, {
    assign: { branches: nothingFound, branchesFailure: [failed('The branches could not be compared')] },
    outputs: {},
  });
  putRight.addCatch(foundation, {
    assign: { results: [{ kind: 'failed', reason: failed('Not everything could be put right') }] },
    outputs: {},
  });
  foundation.addCatch(finish, {
    assign: { foundation: { questions: [] }, foundationFailure: [failed('The foundation could not be applied')] },
    outputs: {},
  });
  begin.addCatch(unfinished);
  finish.addCatch(unfinished);

  const begun = Choice.jsonata(scope, 'Is another sweep running?')
    .when(Condition.jsonata("{% $states.input.kind = 'busy' %}"), Succeed.jsonata(scope, 'Another sweep is running'))
    .otherwise(compareCluster);
  compareCluster.next(compareBranches).next(putRight).next(foundation).next(finish).next(ended);
  return begin.next(begun);
}

/** Sentences about everything that this sweep could not do. */
const FAILURES: Expression =
  "{% [$clusterFailure, $branchesFailure, $foundationFailure, $results[kind = 'failed'].reason] %}";

function inside(expression: Expression): string {
  return expression.slice(2, -2).trim();
}

function failed(sentence: string): Expression {
  return `{% '${sentence}: ' & $states.errorOutput.Error & ': ' & $states.errorOutput.Cause %}`;
}

function putOneRight(scope: Construct, parts: SweepParts): IChainable {
  const done = Pass.jsonata(scope, 'Done', { outputs: { kind: 'done' } });
  const leave = Pass.jsonata(scope, 'Leave it to the next sweep', {
    outputs: { kind: 'failed', reason: '{% $states.input.reason %}' },
  });
  const end = <Input>(task: Ask<Input>): IChainable => {
    task.addCatch(leave, {
      outputs: {
        reason: "{% $string($states.input) & ': ' & $states.errorOutput.Error & ': ' & $states.errorOutput.Cause %}",
      },
    });
    return task.next(done);
  };
  return Choice.jsonata(scope, 'What is to be put right?')
    .when(
      Condition.jsonata("{% $states.input.kind = 'look' %}"),
      end(
        new Ask<IntakeInput>(scope, 'Look at the branch', parts.intake, {
          input: {
            action: 'look',
            repository: '{% $states.input.repository %}',
            branch: '{% $states.input.branch %}',
          },
        }),
      ),
    )
    .when(
      Condition.jsonata("{% $states.input.kind = 'resume' %}"),
      end(
        new Ask<IntakeInput>(scope, 'Resume the environment', parts.intake, {
          input: { action: 'resume', environment: '{% $states.input.environment %}' },
        }),
      ),
    )
    .when(
      Condition.jsonata("{% $states.input.kind = 'remove-orphan' %}"),
      end(
        new Ask<EnvironmentInput>(scope, 'Remove the orphan', parts.environment, {
          input: { action: 'remove-orphan', namespace: '{% $states.input.namespace %}' },
        }),
      ),
    );
}
