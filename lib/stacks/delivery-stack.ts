/**
 * What brings a push to its environment and takes it away again: the stages, and per tier the two state machines that call them.
 */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { looksOutside } from '../../lambdas/boundary/settings/rules.ts';
import { TIERS, type Tier } from '../../lambdas/contracts/kinds.ts';
import { stateMachineName } from '../../lambdas/contracts/stages.ts';
import { BuildStage } from '../constructs/build.ts';
import { ApprovalStage } from '../constructs/approval.ts';
import { ConfigurationCentre, ConfigurationStage } from '../constructs/configuration.ts';
import { stateMachineArn } from '../constructs/permissions.ts';
import { DeployStage } from '../constructs/deploy.ts';
import { EnvironmentStage } from '../constructs/environment.ts';
import { hasPublicRoutes, type Installation } from '../constructs/installation.ts';
import { Intake } from '../constructs/intake.ts';
import { NoticeStage } from '../constructs/notice.ts';
import { Lookout, Probe, RolloutStage } from '../constructs/rollout.ts';
import type { StageFunction } from '../constructs/stage-function.ts';
import { Workflow } from '../constructs/workflow.ts';
import { deliverService, deliverServiceTimeout } from '../workflows/deliver-service.ts';
import { retireSide, RETIRE_SIDE_TIMEOUT } from '../workflows/retire-side.ts';
import { rollOut, ROLL_OUT_TIMEOUT } from '../workflows/roll-out.ts';
import { runExperiment, RUN_EXPERIMENT_TIMEOUT } from '../workflows/run-experiment.ts';
import { withdrawService, WITHDRAW_SERVICE_TIMEOUT } from '../workflows/withdraw-service.ts';
import type { ClusterStack } from './cluster-stack.ts';
import type { StateStack } from './state-stack.ts';

export interface DeliveryStackProps extends StackProps {
  readonly installation: Installation;
  readonly state: StateStack;
  readonly cluster: ClusterStack;
}

export class DeliveryStack extends Stack {
  readonly intake: Intake;
  readonly notice: NoticeStage;
  readonly workflows: readonly Workflow[];
  /** Every function of this stack, for alarms. */
  readonly stages: readonly StageFunction[];
  /** Of branch environments: the sweep removes orphans with it. */
  readonly branchEnvironment: EnvironmentStage;
  /** By tier: the sweep compares with them what environments have. */
  readonly configuration: Readonly<Record<Tier, ConfigurationStage>>;

  constructor(scope: Construct, id: string, props: DeliveryStackProps) {
    super(scope, id, props);
    const { installation, state } = props;
    const { table } = state;
    const build = new BuildStage(this, 'Build', { installation, table, images: state.images });
    this.notice = new NoticeStage(this, 'Notice', { installation, table });
    this.intake = new Intake(this, 'Intake', { installation, table, build, topic: this.notice.topic });
    const approval = new ApprovalStage(this, 'Approval', { installation, table });
    const probe = TIERS.some((tier) => hasPublicRoutes(installation.settings, tier))
      ? new Probe(this, 'Probe', { installation })
      : undefined;

    const lookout = looksOutside(installation.settings) ? new Lookout(this, 'Lookout', { installation }) : undefined;

    const tiers = TIERS.map((tier) => this.tier(tier, props, { build, probe, lookout, approval }));
    const branch = tiers.find(({ tier }) => tier === 'branch');
    if (branch === undefined) throw new Error('There must be a tier of branch environments.');
    this.branchEnvironment = branch.environment;
    const lasting = tiers.find(({ tier }) => tier === 'lasting');
    if (lasting === undefined) throw new Error('There must be a tier of lasting environments.');
    this.configuration = { branch: branch.configuration, lasting: lasting.configuration };
    const centre = new ConfigurationCentre(this, 'ConfigurationCentre', {
      installation,
      table,
      tiers: this.configuration,
      notice: this.notice.stage,
    });
    this.workflows = [approval.workflow, centre.workflow, ...tiers.flatMap(({ workflows }) => workflows)];
    this.stages = [
      this.intake.stage,
      build.stage,
      this.notice.stage,
      approval.stage,
      centre.stage,
      ...[probe, lookout].flatMap((optional) => (optional === undefined ? [] : [optional.stage])),
      ...tiers.flatMap(({ stages }) => stages),
    ];
  }

  /** The functions and state machines of one tier; they share nothing with those of the other that touches the cluster. */
  private tier(
    tier: Tier,
    { installation, state, cluster }: DeliveryStackProps,
    shared: {
      readonly build: BuildStage;
      readonly probe: Probe | undefined;
      readonly lookout: Lookout | undefined;
      readonly approval: ApprovalStage;
    },
  ) {
    const common = { installation, tier, table: state.table, cluster: cluster.connection };
    const prefix = tier === 'branch' ? 'Branch' : 'Lasting';
    const environment = new EnvironmentStage(this, `${prefix}Environment`, common);
    const deploy = new DeployStage(this, `${prefix}Deploy`, {
      ...common,
      imageRepositoryUri: state.images.attrRepositoryUri,
    });
    const configuration = new ConfigurationStage(this, `${prefix}Configuration`, common);
    const rollout = new RolloutStage(this, `${prefix}Rollout`, {
      ...common,
      gatewayAddresses: cluster.waysIn.addresses,
    });
    const functions = {
      intake: this.intake.stage.function,
      environment: environment.stage.function,
      build: shared.build.stage.function,
      configuration: configuration.stage.function,
      secrets: configuration.secrets.function,
      deploy: deploy.stage.function,
      rollout: rollout.stage.function,
      notice: this.notice.stage.function,
      approval: shared.approval.stage.function,
    };
    const machines = {
      rollOut: stateMachineArn(this, installation, 'roll-out', tier),
      retireSide: stateMachineArn(this, installation, 'retire-side', tier),
    };
    const { project } = shared.build;
    const probe = hasPublicRoutes(installation.settings, tier) ? shared.probe : undefined;
    const workflows = [
      new Workflow(this, `${prefix}DeliverService`, {
        name: stateMachineName(installation.name, 'deliver-service', tier),
        comment: `Delivers a service to a ${tier} environment. By hand: {"repository": "orders", "branch": "feature/login"} delivers the head of the branch again.`,
        timeout: deliverServiceTimeout(project),
        waitsFor: [machines.rollOut],
        definition: (states) =>
          deliverService(states, {
            ...functions,
            project,
            machines,
            ...(probe !== undefined && { probe: probe.stage.function }),
          }),
      }),
      new Workflow(this, `${prefix}RollOut`, {
        name: stateMachineName(installation.name, 'roll-out', tier),
        comment:
          'Moves traffic to a new version by its plan. Started by *deliver service* with {"delivery": …, "digest": …, "side": …}, never by hand.',
        timeout: ROLL_OUT_TIMEOUT,
        definition: (states) =>
          rollOut(states, { ...functions, ...(shared.lookout && { lookout: shared.lookout.stage.function }) }),
      }),
      new Workflow(this, `${prefix}RetireSide`, {
        name: stateMachineName(installation.name, 'retire-side', tier),
        comment:
          'Keeps the side that lost its traffic for a while and lets it go. Started by *deliver service* with {"delivery": …}, never by hand.',
        timeout: RETIRE_SIDE_TIMEOUT,
        definition: (states) => retireSide(states, functions),
      }),
      new Workflow(this, `${prefix}WithdrawService`, {
        name: stateMachineName(installation.name, 'withdraw-service', tier),
        comment:
          tier === 'branch'
            ? 'Withdraws a service or removes an environment. By hand: {"environment": "feature-login"}, with "service" only that one; it stays away until the next push.'
            : 'Withdraws a service. By hand: {"environment": "integration", "service": "orders"}; it stays away until the next push.',
        timeout: WITHDRAW_SERVICE_TIMEOUT,
        definition: (states) => withdrawService(states, { ...functions, tier }),
      }),
      // Nobody experiments with what others rely on: lasting environments have no such state machine.
      ...(tier === 'branch'
        ? [
            new Workflow(this, `${prefix}RunExperiment`, {
              name: stateMachineName(installation.name, 'run-experiment', tier),
              comment:
                'Lets a service of a branch environment meet a fault, and undoes it. By hand: {"environment": "feature-login", "service": "orders", "fault": "pods", "seconds": 60}; other faults: "route", and "dependency" with "dependency": "inventory", which fails, or answers late with "delayMs": 750.',
              timeout: RUN_EXPERIMENT_TIMEOUT,
              definition: (states) => runExperiment(states, functions),
            }),
          ]
        : []),
    ];
    const stages = [environment.stage, configuration.stage, configuration.secrets, deploy.stage, rollout.stage];
    return { tier, environment, configuration, workflows, stages };
  }
}
