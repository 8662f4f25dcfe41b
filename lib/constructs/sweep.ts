/**
 * Sweep: the schedule, the state machine and its two functions. Separate because it is the other beginning of everything: what no
 * event told, it finds.
 */
import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { clusterGroup } from '../../lambdas/contracts/kubernetes.ts';
import { ENVIRONMENT_KINDS, TIERS, type Tier } from '../../lambdas/contracts/kinds.ts';
import { secretPrefix } from '../../lambdas/contracts/secrets.ts';
import { stateMachineName } from '../../lambdas/contracts/stages.ts';
import { FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import { sweep, SWEEP_TIMEOUT } from '../workflows/sweep.ts';
import { grantClusterGroups, type ClusterConnection } from './cluster-connection.ts';
import type { ConfigurationStage } from './configuration.ts';
import type { Installation } from './installation.ts';
import {
  allowAllRecords,
  allowListingRepositories,
  allowRepositories,
  allowTable,
  stateMachineArn,
} from './permissions.ts';
import { StageFunction } from './stage-function.ts';
import { Workflow } from './workflow.ts';

export interface SweepProps {
  readonly installation: Installation;
  readonly table: TableV2;
  readonly cluster: ClusterConnection;
  readonly topic: Topic;
  readonly intake: IFunction;
  /** Of branch environments. */
  readonly environment: IFunction;
  readonly foundation: IFunction;
  readonly configuration: Readonly<Record<Tier, ConfigurationStage>>;
}

export class SweepStage extends Construct {
  readonly workflow: Workflow;
  readonly branches: StageFunction;
  readonly namespaces: StageFunction;

  constructor(scope: Construct, id: string, props: SweepProps) {
    super(scope, id);
    const { installation } = props;

    this.branches = new StageFunction(this, 'Branches', {
      installation,
      function: 'sweep',
      description: 'Compares branches with records',
      // Heads are read one by one: 200 calls of 50 ms, several times that when throttled.
      timeout: Duration.seconds(60),
      environment: {
        [FUNCTION_VARIABLES.table]: props.table.tableName,
        [FUNCTION_VARIABLES.noticeTopic]: props.topic.topicArn,
      },
    });
    allowTable(this.branches, props.table, ['GetItem', 'PutItem']);
    allowAllRecords(this.branches, props.table);
    allowRepositories(this.branches, installation, ['codecommit:GetBranch', 'codecommit:ListBranches']);
    allowListingRepositories(this.branches);
    this.branches.allow(['sns:Publish'], [props.topic.topicArn]);

    this.namespaces = new StageFunction(this, 'Namespaces', {
      installation,
      cluster: props.cluster,
      function: 'sweep-cluster',
      description: 'Compares namespaces with records',
      environment: { [FUNCTION_VARIABLES.table]: props.table.tableName },
    });
    allowTable(this.namespaces, props.table, ['GetItem', 'PutItem']);
    allowAllRecords(this.namespaces, props.table);
    grantClusterGroups(this, 'Groups', {
      cluster: props.cluster,
      role: this.namespaces.role,
      groups: TIERS.map((tier) => clusterGroup(installation.name, 'sweep', tier)),
    });

    this.workflow = new Workflow(this, 'Sweep', {
      name: stateMachineName(installation.name, 'sweep', 'branch'),
      comment: 'Compares branches, records and namespaces, and starts what is missing. Start it with {} at any time.',
      timeout: SWEEP_TIMEOUT,
      definition: (states) =>
        sweep(states, {
          sweep: this.branches.function,
          sweepCluster: this.namespaces.function,
          intake: props.intake,
          environment: props.environment,
          foundation: props.foundation,
          configuration: {
            branch: props.configuration.branch.stage.function,
            lasting: props.configuration.lasting.stage.function,
          },
          secrets: {
            branch: props.configuration.branch.secrets.function,
            lasting: props.configuration.lasting.secrets.function,
          },
          applyConfiguration: stateMachineArn(this, installation, 'apply-configuration', 'branch'),
        }),
    });
    this.schedule(installation);
    this.listenForSecrets(installation);
  }

  /**
   * A changed secret makes the sweep look at once. Like every event it is a hint only: what is missed comes with the next sweep.
   * Sources: https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html and
   * https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html (Parameter Store).
   */
  private listenForSecrets({ name }: Installation): void {
    const prefixes = ENVIRONMENT_KINDS.map((kind) => secretPrefix(name, kind));
    const target = new SfnStateMachine(this.workflow.stateMachine, {
      input: RuleTargetInput.fromObject({}),
      retryAttempts: 2,
      maxEventAge: Duration.minutes(5),
    });
    new Rule(this, 'ChangedSecrets', {
      ruleName: `${name}-changed-secrets`,
      description: 'A secret of an environment was rotated or changed: look which services use it',
      eventPattern: {
        source: ['aws.secretsmanager'],
        detailType: ['Secret Label Updated'],
        detail: { labelUpdated: ['AWSCURRENT'], name: prefixes.map((prefix) => ({ prefix })) },
      },
      targets: [target],
    });
    new Rule(this, 'ChangedParameters', {
      ruleName: `${name}-changed-parameters`,
      description: 'A parameter of an environment was changed: look which services use it',
      eventPattern: {
        source: ['aws.ssm'],
        detailType: ['Parameter Store Change'],
        detail: { operation: ['Create', 'Update'], name: prefixes.map((prefix) => ({ prefix: `/${prefix}` })) },
      },
      targets: [target],
    });
  }

  private schedule(installation: Installation): void {
    const { stateMachineArn } = this.workflow.stateMachine;
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com'),
      description: `${installation.name}: starts the sweep`,
      inlinePolicies: {
        Start: new PolicyDocument({
          statements: [new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] })],
        }),
      },
    });
    const { everyMinutes } = installation.settings.sweep;
    new CfnSchedule(this, 'Schedule', {
      name: `${installation.name}-sweep`,
      description: 'Starts the sweep',
      scheduleExpression: `rate(${String(everyMinutes)} minute${everyMinutes === 1 ? '' : 's'})`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: stateMachineArn,
        roleArn: role.roleArn,
        input: '{}',
        // The next one comes in minutes anyway.
        retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 60 * everyMinutes },
      },
    });
  }
}
