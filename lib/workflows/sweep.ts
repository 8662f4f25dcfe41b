/**
 * The state machine *sweep*: compares branches, records and namespaces, and starts what is missing. Read it top to bottom.
 * What cannot be compared or put right now is left to the next sweep: one broken environment never stops the others.
 *
 * Variables: `$cluster`, `$branches`, `$branchConfiguration`, `$lastingConfiguration`, `$branchSecrets`, `$lastingSecrets` (what the
 * comparisons found), `$foundation`, `$results`.
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
  type TaskStateBase,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type {
  ConfigurationInput,
  EnvironmentInput,
  IntakeInput,
  SecretsInput,
  SweepClusterInput,
  SweepInput,
} from '../../lambdas/contracts/inputs.ts';
import type { Tier } from '../../lambdas/contracts/kinds.ts';
import { Ask } from './ask.ts';
import { ANSWER, type Expression } from './expressions.ts';
import { StartWorkflow } from './start-workflow.ts';

export interface SweepParts {
  readonly sweep: IFunction;
  readonly sweepCluster: IFunction;
  readonly intake: IFunction;
  /** Only branch environments can be orphans: lasting ones are never removed. */
  readonly environment: IFunction;
  readonly foundation: IFunction;
  /** Functions of each tier. */
  readonly configuration: Readonly<Record<Tier, IFunction>>;
  readonly secrets: Readonly<Record<Tier, IFunction>>;
  /** ARN of the state machine *apply configuration*. */
  readonly applyConfiguration: string;
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
  const compareConfiguration = (tier: Tier): Ask<ConfigurationInput> =>
    new Ask<ConfigurationInput>(scope, `Compare the configuration of ${tier} environments`, parts.configuration[tier], {
      input: { action: 'compare-configuration' },
      assign: { [`${tier}Configuration`]: ANSWER, [`${tier}ConfigurationFailure`]: [] },
    });
  const compareBranchConfiguration = compareConfiguration('branch');
  const compareLastingConfiguration = compareConfiguration('lasting');
  const compareSecrets = (tier: Tier): Ask<SecretsInput> =>
    new Ask<SecretsInput>(scope, `Compare the secrets of ${tier} environments`, parts.secrets[tier], {
      input: { action: 'compare-secrets' },
      assign: { [`${tier}Secrets`]: ANSWER, [`${tier}SecretsFailure`]: [] },
    });
  const compareBranchSecrets = compareSecrets('branch');
  const compareLastingSecrets = compareSecrets('lasting');
  const putRight = Map.jsonata(scope, 'Put right', {
    maxConcurrency: CONCURRENCY,
    // An array constructor flattens all lists and stays an array for one item or none.
    items: ProvideItems.jsonata(
      '{% [$cluster.items, $branches.items, $branchConfiguration.items, $lastingConfiguration.items, $branchSecrets.items, $lastingSecrets.items] %}',
    ),
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
      questions:
        '{% [$cluster.questions, $branches.questions, $branchConfiguration.questions, $lastingConfiguration.questions, $foundation.questions] %}',
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
  compareBranches.addCatch(compareBranchConfiguration, {
    assign: { branches: nothingFound, branchesFailure: [failed('The branches could not be compared')] },
    outputs: {},
  });
  compareBranchConfiguration.addCatch(compareLastingConfiguration, {
    assign: {
      branchConfiguration: nothingFound,
      branchConfigurationFailure: [failed('The configuration of branch environments could not be compared')],
    },
    outputs: {},
  });
  compareLastingConfiguration.addCatch(compareBranchSecrets, {
    assign: {
      lastingConfiguration: nothingFound,
      lastingConfigurationFailure: [failed('The configuration of lasting environments could not be compared')],
    },
    outputs: {},
  });
  compareBranchSecrets.addCatch(compareLastingSecrets, {
    assign: {
      branchSecrets: nothingFound,
      branchSecretsFailure: [failed('The secrets of branch environments could not be compared')],
    },
    outputs: {},
  });
  compareLastingSecrets.addCatch(putRight, {
    assign: {
      lastingSecrets: nothingFound,
      lastingSecretsFailure: [failed('The secrets of lasting environments could not be compared')],
    },
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
  compareCluster
    .next(compareBranches)
    .next(compareBranchConfiguration)
    .next(compareLastingConfiguration)
    .next(compareBranchSecrets)
    .next(compareLastingSecrets)
    .next(putRight)
    .next(foundation)
    .next(finish)
    .next(ended);
  return begin.next(begun);
}

/** Sentences about everything that this sweep could not do. */
const FAILURES: Expression =
  "{% [$clusterFailure, $branchesFailure, $branchConfigurationFailure, $lastingConfigurationFailure, $branchSecretsFailure, $lastingSecretsFailure, $foundationFailure, $results[kind = 'failed'].reason] %}";

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
  const guard = <Task extends TaskStateBase>(task: Task): Task => {
    task.addCatch(leave, {
      outputs: {
        reason: "{% $string($states.input) & ': ' & $states.errorOutput.Error & ': ' & $states.errorOutput.Cause %}",
      },
    });
    return task;
  };
  const end = (task: TaskStateBase): IChainable => guard(task).next(done);
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
    )
    .when(
      Condition.jsonata("{% $states.input.kind = 'configure' %}"),
      end(
        new StartWorkflow(scope, 'Bring its configuration again', {
          machine: parts.applyConfiguration,
          input: { environment: '{% $states.input.environment %}' },
          // An execution of this name that is there already does the same.
          name: "{% $substring($states.context.Execution.Name, 0, 40) & '-' & $states.input.environment %}",
        }),
      ),
    )
    .when(
      Condition.jsonata("{% $states.input.kind = 'remove-tenant' %}"),
      guard(
        // Of branch environments: no other tenant ever goes.
        new Ask<SecretsInput>(scope, 'Delete secrets that were left behind', parts.secrets.branch, {
          input: { action: 'delete-generated', environment: '{% $states.input.environment %}' },
          output: { environment: '{% $states.input.environment %}' },
        }),
      ).next(
        end(
          new Ask<ConfigurationInput>(scope, 'Remove the tenant', parts.configuration.branch, {
            input: { action: 'remove-tenant', environment: '{% $states.input.environment %}' },
          }),
        ),
      ),
    );
}
