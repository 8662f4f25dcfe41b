/**
 * The state machine *deliver service*: brings one service of one environment to the commit that is wanted.
 * Read it top to bottom; what each step does stands in the handler of the same name.
 *
 * Variables: `$claim` (who acts), `$delivery` (what is delivered), `$build`, `$digest`, `$tenant`, `$side`, `$plan`, `$rolled`, `$runs` (steps beyond the usual ones), `$rounds`, `$seen`, `$error`, `$failure`.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, Pass, Succeed, Wait, WaitTime, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { REJECTED_ERROR, SUPERSEDED_ERROR, TRANSIENT_ERROR } from '../../lambdas/contracts/errors.ts';
import type {
  BuildInput,
  ConfigurationInput,
  DeployInput,
  EnvironmentInput,
  IntakeInput,
  NoticeInput,
  ProbeInput,
  RolloutInput,
  SecretsInput,
} from '../../lambdas/contracts/inputs.ts';
import { Ask, type AskOptions } from './ask.ts';
import { ANSWER, EXECUTION_INPUT, type Expression } from './expressions.ts';
import { FailurePath } from './failure-path.ts';
import { giveUp } from './give-up.ts';
import { ROLL_OUT_TIMEOUT } from './roll-out.ts';
import { StartWorkflow } from './start-workflow.ts';
import { StartBuild, type BuildProject } from './start-build.ts';

/** Functions of one tier, and what serves both. `probe` only where a kind of the tier is public. */
export interface DeliverServiceParts {
  readonly intake: IFunction;
  readonly environment: IFunction;
  readonly build: IFunction;
  readonly configuration: IFunction;
  readonly secrets: IFunction;
  readonly deploy: IFunction;
  readonly rollout: IFunction;
  readonly notice: IFunction;
  readonly probe?: IFunction;
  readonly project: BuildProject;
  /** ARNs of the state machines *roll out* and *retire side* of the tier. */
  readonly machines: { readonly rollOut: string; readonly retireSide: string };
}

/** 30 rounds in which the function itself looks for up to 20 s: ten minutes, like Kubernetes' own progress deadline. */
const POD_ROUNDS = 30;
/**
 * Rounds of waiting for somebody else's build: they end when that build does, so this only bounds a build item that nobody finishes.
 * At 10 events a round 300 rounds are 3,000 of the 25,000 events that an execution may have.
 */
const BUILD_ROUNDS = 300;
/** All jobs of one phase may take an hour: 20 s a round, and as much again for retries. At 10 events a round 3,600 of 25,000. */
export const JOB_ROUNDS = 360;

/** Name of the execution that ends an earlier rollout, of 80 characters at most; its own one has the delivery's name. */
const BEFORE: Expression = "{% $substring($states.context.Execution.Name, 0, 73) & '-before' %}";

/** The definition; its first state. */
export function deliverService(scope: Construct, parts: DeliverServiceParts): IChainable {
  const failures = new FailurePath(scope, parts);
  const ask = <Input>(sentence: string, target: IFunction, options: AskOptions<Input>): Ask<Input> =>
    failures.guard(new Ask(scope, sentence, target, options));
  const delivery = '{% $delivery %}';
  const digest = '{% $digest %}';
  const side = '{% $side %}';

  // Claim
  const claim = failures.guardClaim(
    new Ask<IntakeInput>(scope, 'Claim the service', parts.intake, {
      input: { action: 'claim-delivery', input: EXECUTION_INPUT },
      output: ANSWER,
    }),
  );
  const nothing = Succeed.jsonata(scope, 'Nothing to deliver');

  // Whatever becomes of this delivery, requests are on one side before anything of it may fail.
  const findUnfinished = ask<RolloutInput>('Look for a rollout that nobody ended', parts.rollout, {
    input: { action: 'find-unfinished', delivery },
    output: ANSWER,
  });
  const finish = failures.guard(
    new StartWorkflow(scope, 'Bring the rollout before it to an end', {
      machine: parts.machines.rollOut,
      input: {
        delivery: '{% $states.input.rollout.delivery %}',
        digest: '{% $states.input.rollout.digest %}',
        side: '{% $states.input.rollout.side %}',
      },
      name: BEFORE,
      until: ROLL_OUT_TIMEOUT,
    }),
  );

  // Prepare. A lost message stops no delivery: announcing goes on after a failure as after success.
  const announceBuilding = new Ask<NoticeInput>(scope, 'Announce building', parts.notice, {
    input: { action: 'announce', what: 'building', claim: delivery },
  });
  const prepare = ask<EnvironmentInput>('Prepare the environment', parts.environment, {
    input: { action: 'prepare', delivery },
    assign: { rounds: 0 },
  });

  // Build
  const claimBuild = ask<BuildInput>('Claim the build', parts.build, {
    input: { action: 'claim-build', delivery },
    assign: { build: ANSWER, rounds: '{% $rounds + 1 %}' },
  });
  const waitForOther = Wait.jsonata(scope, 'Wait for the other build', {
    time: WaitTime.seconds('{% $build.seconds %}'),
    outputs: {},
  });
  const build = new StartBuild(scope, 'Build the image', parts.project);
  const explain = ask<BuildInput>('Explain why the build failed', parts.build, {
    input: { action: 'explain-failure', delivery, error: '{% $error %}' },
    policy: 'service-trouble',
  });
  const recordBuild = ask<BuildInput>('Record the build', parts.build, {
    input: { action: 'record-build', delivery },
    assign: { digest: '{% $states.result.Payload.digest %}' },
  });
  const buildTooLong = giveUp(scope, 'Give up waiting for the other build', failures, {
    name: TRANSIENT_ERROR,
    reason:
      "'Another delivery has been building commit ' & $delivery.commit & ' for too long. The next sweep tries again.'",
  });

  // Register. The tenant first: a service has a configuration from the moment at which it is known.
  const registerTenant = ask<ConfigurationInput>('Register the tenant', parts.configuration, {
    input: { action: 'register-tenant', delivery },
    assign: { tenant: ANSWER },
  });
  const register = ask<IntakeInput>('Register the service', parts.intake, {
    input: { action: 'record-name', claim: delivery },
    assign: { runs: '{% $states.result.Payload.runs %}' },
  });
  const plan = ask<RolloutInput>('Choose the side and the plan', parts.rollout, {
    input: { action: 'plan-rollout', delivery, digest },
    assign: { plan: ANSWER, side: '{% $states.result.Payload.side %}', rounds: 0 },
  });
  const jobs = (phase: 'before' | 'after') =>
    ask<DeployInput>(`Run the jobs ${phase} it`, parts.deploy, {
      input: { action: 'run-jobs', delivery, digest, side, phase },
      assign: {
        rounds: '{% $rounds + 1 %}',
        waitingOn: "{% $exists($states.result.Payload.on) ? $states.result.Payload.on : '' %}",
      },
      output: ANSWER,
    });
  const jobsBefore = jobs('before');
  const jobsAfter = jobs('after');
  const jobsTooLate = giveUp(scope, 'Give up waiting for the jobs', failures, {
    name: REJECTED_ERROR,
    reason: `'Its jobs did not end within ${String((JOB_ROUNDS * 20) / 60)} minutes: ' & $waitingOn`,
  });

  // Configuration and secrets. Whoever reads secrets cannot reach the cluster, whoever writes them there cannot read them.
  const seal = ask<SecretsInput>('Read and seal its secrets', parts.secrets, {
    input: { action: 'seal', delivery },
  });
  const configure = ask<ConfigurationInput>('Apply configuration and secrets', parts.configuration, {
    input: { action: 'configure', delivery, side },
  });

  // Deploy
  const openRoute = ask<RolloutInput>('Open the way in', parts.rollout, {
    input: { action: 'open-route', delivery, side },
  });
  const deploy = ask<DeployInput>('Deploy the service', parts.deploy, {
    input: { action: 'apply', delivery, digest, side, beside: false },
    assign: { rounds: 0 },
  });
  const drain = Wait.jsonata(scope, 'Wait until the idle side has drained', {
    time: WaitTime.seconds('{% $plan.waitSeconds %}'),
    outputs: {},
  });
  const deployBeside = ask<DeployInput>('Deploy the candidate', parts.deploy, {
    input: { action: 'apply', delivery, digest, side, beside: true },
  });
  const deployProcesses = ask<DeployInput>('Deploy what gets no requests', parts.deploy, {
    input: { action: 'apply-processes', delivery, digest, side },
    assign: { rounds: 0 },
  });
  const awaitPods = ask<DeployInput>('Wait until the pods are ready', parts.deploy, {
    input: { action: 'await-pods', delivery, digest, side },
    assign: {
      rounds: '{% $rounds + 1 %}',
      waitingOn: "{% $exists($states.result.Payload.on) ? $states.result.Payload.on : '' %}",
    },
    output: ANSWER,
  });
  // In place they replaced those before: whoever breaks the contract gives way to the version before.
  const wantBefore = new Ask<IntakeInput>(scope, 'Want the version before again', parts.intake, {
    input: { action: 'want-before', claim: delivery },
  });
  wantBefore.addCatch(failures.stepAside, { errors: [SUPERSEDED_ERROR] });
  wantBefore.addCatch(failures.record);
  wantBefore.next(failures.record);
  const checkContract = new Ask<DeployInput>(scope, 'Check what they answer', parts.deploy, {
    input: { action: 'check-contract', delivery, side },
  });
  checkContract.addCatch(wantBefore, { errors: [REJECTED_ERROR], assign: { error: '{% $states.errorOutput %}' } });
  failures.guard(checkContract);
  const podsTooLate = giveUp(scope, 'Give up waiting for the pods', failures, {
    name: REJECTED_ERROR,
    reason: `'The new pods were not ready within ${String((POD_ROUNDS * 20) / 60)} minutes: ' & $waitingOn`,
  });

  // Roll out and verify
  const pointTraffic = ask<RolloutInput>('Point traffic to the new pods', parts.rollout, {
    input: { action: 'point-traffic', delivery, side },
  });
  const rollOut = failures.guard(
    new StartWorkflow(scope, 'Roll out', {
      machine: parts.machines.rollOut,
      input: { delivery, digest, side },
      until: ROLL_OUT_TIMEOUT,
      assign: { rolled: '{% $states.result.Output %}' },
    }),
  );
  const retire = new StartWorkflow(scope, 'Let the idle side go in a while', {
    machine: parts.machines.retireSide,
    input: { delivery },
  });
  const returned = giveUp(scope, 'Take up why it returned', failures, {
    name: REJECTED_ERROR,
    reason: '$rolled.reason',
  });
  const replaced = Pass.jsonata(scope, 'Leave it to the newer commit', { outputs: {} });
  const readBack = ask<RolloutInput>('Read the route back', parts.rollout, {
    input: { action: 'read-back', delivery, digest, side },
    assign: { seen: ANSWER, rounds: 0 },
    policy: 'until-seen',
  });
  const recordApplied = ask<IntakeInput>('Record what is applied', parts.intake, {
    input: {
      action: 'record-applied',
      claim: delivery,
      digest,
      commit: '{% $delivery.commit %}',
      side,
      url: '{% $seen.url %}',
    },
  });
  const announceReady = new Ask<NoticeInput>(scope, 'Announce that it is ready', parts.notice, {
    input: { action: 'announce', what: 'ready', claim: delivery, url: '{% $seen.url %}' },
  });
  const recordDark = ask<IntakeInput>('Record that it is dark', parts.intake, {
    input: { action: 'record-dark', claim: delivery, digest, side },
  });
  const announceDark = new Ask<NoticeInput>(scope, 'Announce that it is dark', parts.notice, {
    input: { action: 'announce', what: 'dark', claim: delivery },
  });
  const deliveredDark = Succeed.jsonata(scope, 'Delivered, not released', { outputs: { kind: 'dark' } });
  const untoldDark = failures.untold(
    'Delivered dark, but nobody could be told',
    "{% 'Delivered and recorded, not released: ' & $delivery.commit %}",
  );
  const delivered = Succeed.jsonata(scope, 'Delivered', { outputs: { kind: 'delivered', url: '{% $seen.url %}' } });
  const unannounced = failures.untold(
    'Delivered, but nobody could be told',
    "{% 'Delivered and recorded: ' & $seen.url %}",
  );

  const afterwards = Choice.jsonata(scope, 'Are there jobs after it?')
    .when(Condition.jsonata('{% $runs.after %}'), jobsAfter)
    .otherwise(recordApplied);
  const verify = parts.probe
    ? Choice.jsonata(scope, 'Can it be seen from inside?')
        .when(
          Condition.jsonata("{% $seen.kind = 'ask-outside' %}"),
          ask<ProbeInput>('Ask the public route', parts.probe, {
            input: { action: 'probe', probe: '{% $seen.probe %}' },
            policy: 'until-seen',
          }).next(afterwards),
        )
        .otherwise(afterwards)
    : afterwards;
  const endedAfter = Choice.jsonata(scope, 'Have the jobs after it ended?')
    .when(Condition.jsonata("{% $states.input.kind = 'ready' %}"), recordApplied)
    .when(Condition.jsonata(`{% $rounds < ${String(JOB_ROUNDS)} %}`), jobsAfter)
    .otherwise(jobsTooLate);

  const deployed = Choice.jsonata(scope, 'Are the pods ready?')
    .when(Condition.jsonata("{% $states.input.kind = 'ready' %}"), checkContract)
    .when(Condition.jsonata(`{% $rounds < ${String(POD_ROUNDS)} %}`), awaitPods)
    .otherwise(podsTooLate);

  const planned = Choice.jsonata(scope, 'What comes first?')
    // Once per version: those of a version that was delivered dark ran then.
    .when(Condition.jsonata("{% $runs.before and $not($plan.kind = 'roll-out' and $plan.jobsRan) %}"), jobsBefore)
    .when(Condition.jsonata("{% $plan.kind = 'roll-out' and $plan.waitSeconds > 0 %}"), drain)
    .when(Condition.jsonata("{% $plan.kind = 'roll-out' %}"), deployBeside)
    .otherwise(openRoute);
  const endedBefore = Choice.jsonata(scope, 'Have the jobs before it ended?')
    .when(Condition.jsonata("{% $states.input.kind = 'ready' %}"), planned, {
      assign: { runs: "{% $merge([$runs, {'before': false}]) %}" },
    })
    .when(Condition.jsonata(`{% $rounds < ${String(JOB_ROUNDS)} %}`), jobsBefore)
    .otherwise(jobsTooLate);
  const sealed = Choice.jsonata(scope, 'Does it need secrets?')
    .when(Condition.jsonata('{% $tenant.secrets %}'), seal)
    .otherwise(configure);
  const rolledOut = Choice.jsonata(scope, 'Was it rolled out?')
    .when(Condition.jsonata("{% $plan.kind = 'in-place' %}"), announceReady)
    .when(Condition.jsonata("{% $rolled.kind = 'promoted' %}"), announceReady)
    .when(Condition.jsonata("{% $rolled.kind = 'dark' %}"), announceDark)
    .when(Condition.jsonata('{% $rolled.superseded %}'), replaced)
    .otherwise(returned);
  const outcome = Choice.jsonata(scope, 'Where is the traffic now?')
    .when(Condition.jsonata("{% $rolled.kind = 'promoted' and $runs.processes %}"), deployProcesses)
    .when(Condition.jsonata("{% $rolled.kind = 'promoted' %}"), readBack)
    .when(Condition.jsonata("{% $rolled.kind = 'dark' %}"), recordDark)
    .otherwise(retire);

  const built = Choice.jsonata(scope, 'Is the image there?')
    .when(Condition.jsonata("{% $build.kind = 'built' %}"), registerTenant, {
      assign: { digest: '{% $build.digest %}' },
    })
    .when(Condition.jsonata("{% $build.kind = 'start' %}"), build)
    .when(Condition.jsonata(`{% $rounds < ${String(BUILD_ROUNDS)} %}`), waitForOther)
    .otherwise(buildTooLong);

  const recorded = Choice.jsonata(scope, 'Is there a side that lost its traffic?')
    .when(Condition.jsonata("{% $plan.kind = 'roll-out' or $plan.leftIdle %}"), retire)
    .otherwise(announceReady);

  const ours = { assign: { delivery: '{% $states.input.delivery %}', claim: '{% $states.input.delivery %}' } };
  const claimed = Choice.jsonata(scope, 'Is there something to deliver?')
    .when(Condition.jsonata("{% $states.input.kind = 'claimed' and $states.input.leftHalfWay %}"), findUnfinished, ours)
    .when(Condition.jsonata("{% $states.input.kind = 'claimed' %}"), announceBuilding, ours)
    .otherwise(nothing);
  const unfinished = Choice.jsonata(scope, 'Is a rollout to end first?')
    .when(Condition.jsonata("{% $states.input.kind = 'unfinished' %}"), finish)
    .otherwise(announceBuilding);

  // The way through
  claim.next(claimed);
  findUnfinished.next(unfinished);
  finish.next(announceBuilding);
  announceBuilding.addCatch(prepare);
  announceBuilding.next(prepare).next(claimBuild).next(built);
  waitForOther.next(claimBuild);
  build.addCatch(explain, { assign: { error: '{% $states.errorOutput %}' } });
  build.next(recordBuild).next(registerTenant);
  explain.next(failures.record);
  registerTenant.next(register).next(plan).next(sealed);
  seal.next(configure).next(planned);
  jobsBefore.next(endedBefore);
  openRoute.next(deploy).next(awaitPods).next(deployed);
  drain.next(deployBeside);
  deployBeside.next(rollOut).next(outcome);
  deployProcesses.next(awaitPods);
  jobsAfter.next(endedAfter);
  replaced.next(failures.stepAside);
  // Rolled out or rolled back: one side is idle now. When nobody can be started to let it go, the next rollout takes it.
  retire.addCatch(rolledOut);
  retire.next(rolledOut);
  checkContract.next(pointTraffic);
  pointTraffic.next(readBack).next(verify);
  announceReady.addCatch(unannounced);
  recordApplied.next(recorded);
  announceReady.next(delivered);
  recordDark.next(retire);
  announceDark.addCatch(untoldDark);
  announceDark.next(deliveredDark);
  return claim;
}

/** An execution that lasts longer is stuck: a build's longest time, ten minutes of pods, an hour of jobs before
 * and after it, half an hour of retries, and a rollout. */
export function deliverServiceTimeout(project: BuildProject): Duration {
  return Duration.minutes(2 * project.longest.toMinutes() + 180 + ROLL_OUT_TIMEOUT.toMinutes());
}
