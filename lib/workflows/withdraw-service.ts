/**
 * The state machine *withdraw service*: takes one service out of an environment, or removes a branch environment as a whole.
 * Read it top to bottom. A removal is never cancelled: no step of it looks whether somebody newer is there.
 *
 * Variables: `$claim` (the service or the environment that goes), `$remembered` (seconds), `$rounds`, `$waitingOn`, `$error`, `$failure`.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, Succeed, Wait, WaitTime, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { REJECTED_ERROR, TRANSIENT_ERROR } from '../../lambdas/contracts/errors.ts';
import type {
  BuildInput,
  ConfigurationInput,
  DeployInput,
  EnvironmentInput,
  IntakeInput,
  NoticeInput,
  RolloutInput,
  SecretsInput,
} from '../../lambdas/contracts/inputs.ts';
import type { Tier } from '../../lambdas/contracts/kinds.ts';
import { Ask, type AskOptions } from './ask.ts';
import { ANSWER, EXECUTION_INPUT } from './expressions.ts';
import { FailurePath } from './failure-path.ts';
import { giveUp } from './give-up.ts';

/** Functions of one tier, and what serves both. */
export interface WithdrawServiceParts {
  readonly tier: Tier;
  readonly intake: IFunction;
  readonly environment: IFunction;
  readonly build: IFunction;
  readonly configuration: IFunction;
  readonly secrets: IFunction;
  readonly deploy: IFunction;
  readonly rollout: IFunction;
  readonly notice: IFunction;
}

/** 90 rounds in which the function itself waits for up to 20 s: half an hour, at 10 events a round 900 of 25,000. */
const NAMESPACE_ROUNDS = 90;

/** Longest that an execution lasts: an hour for jobs and half an hour for the namespace, each as long again for retries, and half an hour for all other steps. */
export const WITHDRAW_SERVICE_TIMEOUT = Duration.minutes(210);

/** The definition; its first state. */
export function withdrawService(scope: Construct, parts: WithdrawServiceParts): IChainable {
  const failures = new FailurePath(scope, parts);
  const ask = <Input>(sentence: string, target: IFunction, options: AskOptions<Input>): Ask<Input> =>
    failures.guard(new Ask(scope, sentence, target, options));

  const claim = failures.guardClaim(
    new Ask<IntakeInput>(scope, 'Claim the withdrawal', parts.intake, {
      input: { action: 'claim-withdrawal', input: EXECUTION_INPUT },
      output: ANSWER,
    }),
  );
  const claimed = Choice.jsonata(scope, 'What is to be withdrawn?')
    .when(Condition.jsonata("{% $states.input.kind = 'withdraw' %}"), withdrawOne(scope, parts, failures, ask), {
      assign: { claim: '{% $states.input.claim %}', rounds: 0 },
    })
    .otherwise(Succeed.jsonata(scope, 'Nothing to withdraw'));
  // Lasting environments are never removed as a whole: their state machine has no such way, and their functions no such right.
  if (parts.tier === 'branch') {
    claimed.when(Condition.jsonata("{% $states.input.kind = 'remove' %}"), removeAll(scope, parts, failures, ask), {
      assign: { claim: '{% $states.input.removal %}', rounds: 0 },
    });
  }
  return claim.next(claimed);
}

/** Jobs before a withdrawal: an hour at most, 20 s a round, and as much again for retries. */
const JOB_ROUNDS = 360;

/** Runs the jobs of what is withdrawn, and then goes on whatever came of them: nobody could push a correction. */
function jobsBefore(
  scope: Construct,
  parts: WithdrawServiceParts,
  failures: FailurePath,
  { what, next }: { readonly what: string; readonly next: Ask<RolloutInput> | Ask<EnvironmentInput> },
): IChainable {
  const run = new Ask<DeployInput>(scope, `Run the jobs before ${what}`, parts.deploy, {
    input: { action: 'run-withdrawal-jobs', claim: '{% $claim %}' },
    assign: { rounds: '{% $rounds + 1 %}' },
    output: ANSWER,
  });
  run.addCatch(next, { errors: [REJECTED_ERROR] });
  return failures.guard(run).next(
    Choice.jsonata(scope, `Have the jobs before ${what} ended?`)
      .when(Condition.jsonata(`{% $states.input.kind = 'waiting' and $rounds < ${String(JOB_ROUNDS)} %}`), run)
      .otherwise(next),
  );
}

type MakeAsk = <Input>(sentence: string, target: IFunction, options: AskOptions<Input>) => Ask<Input>;

function withdrawOne(scope: Construct, parts: WithdrawServiceParts, failures: FailurePath, ask: MakeAsk): IChainable {
  const claim = '{% $claim %}';
  const stopBuilds = ask<BuildInput>('Stop its builds', parts.build, { input: { action: 'stop-builds', claim } });
  const closeRoute = ask<RolloutInput>('Close its routes and its name', parts.rollout, {
    input: { action: 'close-route', claim },
    assign: { remembered: '{% $states.result.Payload.seconds %}' },
  });
  const forgotten = Wait.jsonata(scope, 'Wait until its address is forgotten', {
    time: WaitTime.seconds('{% $remembered %}'),
    outputs: {},
  });
  const closeServices = ask<RolloutInput>('Close its addresses', parts.rollout, {
    input: { action: 'close-services', claim },
  });
  const withdraw = ask<DeployInput>('Withdraw its objects', parts.deploy, { input: { action: 'withdraw', claim } });
  const withdrawConfiguration = ask<ConfigurationInput>('Withdraw its configuration', parts.configuration, {
    input: { action: 'withdraw-configuration', claim },
  });
  const record = ask<IntakeInput>('Record that it is withdrawn', parts.intake, {
    input: { action: 'record-withdrawn', claim },
  });
  const announce = new Ask<NoticeInput>(scope, 'Announce that it is withdrawn', parts.notice, {
    input: { action: 'announce', what: 'withdrawn', claim },
  });
  announce.addCatch(
    failures.untold('Withdrawn, but nobody could be told', "{% 'Withdrawn and recorded: ' & $claim.service %}"),
  );
  stopBuilds.next(jobsBefore(scope, parts, failures, { what: 'its withdrawal', next: closeRoute }));
  closeRoute
    .next(forgotten)
    .next(closeServices)
    .next(withdraw)
    .next(withdrawConfiguration)
    .next(record)
    .next(announce)
    .next(Succeed.jsonata(scope, 'Withdrawn', { outputs: { kind: 'withdrawn' } }));
  return stopBuilds;
}

function removeAll(scope: Construct, parts: WithdrawServiceParts, failures: FailurePath, ask: MakeAsk): IChainable {
  const removal = '{% $claim %}';
  const stopBuilds = ask<BuildInput>('Stop all builds', parts.build, {
    input: { action: 'stop-builds', claim: removal },
  });
  const removeObjects = ask<EnvironmentInput>('Remove routes and objects', parts.environment, {
    input: { action: 'remove-objects', removal },
    assign: { rounds: 0 },
  });
  const removeNamespace = ask<EnvironmentInput>('Remove the namespace', parts.environment, {
    input: { action: 'remove-namespace', removal },
    assign: {
      rounds: '{% $rounds + 1 %}',
      waitingOn: "{% $exists($states.result.Payload.on) ? $states.result.Payload.on : '' %}",
    },
    output: ANSWER,
  });
  const stuck = giveUp(scope, 'Give up waiting for the namespace', failures, {
    name: TRANSIENT_ERROR,
    reason: `'The namespace was still there after ${String((NAMESPACE_ROUNDS * 20) / 60)} minutes: ' & $waitingOn`,
  });
  const environment = '{% $claim.environment %}';
  const deleteGenerated = ask<SecretsInput>('Delete its generated secrets', parts.secrets, {
    input: { action: 'delete-generated', environment },
  });
  const removeTenant = ask<ConfigurationInput>('Remove the tenant', parts.configuration, {
    input: { action: 'remove-tenant', environment },
  });
  const record = ask<IntakeInput>('Record that it is removed', parts.intake, {
    input: { action: 'record-removed', removal },
  });
  const announce = new Ask<NoticeInput>(scope, 'Announce that it is removed', parts.notice, {
    input: { action: 'announce', what: 'removed', claim: removal },
  });
  announce.addCatch(
    failures.untold('Removed, but nobody could be told', "{% 'Removed and recorded: ' & $claim.environment %}"),
  );
  const gone = Choice.jsonata(scope, 'Is the namespace gone?')
    .when(Condition.jsonata("{% $states.input.kind = 'ready' %}"), deleteGenerated)
    .when(Condition.jsonata(`{% $rounds < ${String(NAMESPACE_ROUNDS)} %}`), removeNamespace)
    .otherwise(stuck);
  deleteGenerated.next(removeTenant).next(record);
  record.next(announce).next(Succeed.jsonata(scope, 'Removed', { outputs: { kind: 'removed' } }));
  stopBuilds.next(jobsBefore(scope, parts, failures, { what: 'the removal', next: removeObjects }));
  removeObjects.next(removeNamespace).next(gone);
  return stopBuilds;
}
