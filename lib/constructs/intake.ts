/**
 * Intake: the one rule for branch events, and the function that looks at the branch, keeps the record and starts what is due.
 * Separate because everything begins here: a hint comes in, git's truth is read, and one owner is made responsible.
 */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { TIERS } from '../../lambdas/contracts/kinds.ts';
import { FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import { answer } from './answers.ts';
import type { BuildStage } from './build.ts';
import type { Installation } from './installation.ts';
import {
  allowAllRecords,
  allowListingRepositories,
  allowRepositories,
  allowTable,
  allowWaking,
  machinesByTier,
  stateMachineArn,
} from './permissions.ts';
import { StageFunction } from './stage-function.ts';

export interface IntakeProps {
  readonly installation: Installation;
  readonly table: TableV2;
  readonly build: BuildStage;
  /** Where people are asked about what no delivery covers, such as the deleted branch of a lasting environment. */
  readonly topic: Topic;
}

export class Intake extends Construct {
  readonly stage: StageFunction;
  /** Events that could not be taken, by the rule or by the function: one queue, one alarm. */
  readonly lostEvents: Queue;

  constructor(scope: Construct, id: string, props: IntakeProps) {
    super(scope, id);
    const { installation } = props;

    this.lostEvents = new Queue(this, 'LostEvents', {
      queueName: `${installation.name}-lost-branch-events`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this.lostEvents).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is the dead-letter queue, of the rule and of the function that it invokes.',
    });

    answer(this.lostEvents, {
      checker: 'checkov',
      rule: 'CKV_AWS_27',
      reason: 'The queue is encrypted with a key of SQS (SqsManagedSseEnabled); the check looks for a key of KMS only.',
    });

    this.stage = new StageFunction(this, 'Intake', {
      installation,
      function: 'intake',
      description: 'Looks at branches, keeps the records and starts what is due',
      onFailure: new SqsDestination(this.lostEvents),
      environment: {
        [FUNCTION_VARIABLES.table]: props.table.tableName,
        [FUNCTION_VARIABLES.noticeTopic]: props.topic.topicArn,
        [FUNCTION_VARIABLES.buildProject]: props.build.projectName,
        [FUNCTION_VARIABLES.deliverMachines]: machinesByTier(this, installation, 'deliver-service'),
        [FUNCTION_VARIABLES.withdrawMachines]: machinesByTier(this, installation, 'withdraw-service'),
      },
    });
    allowTable(this.stage, props.table, ['GetItem', 'PutItem']);
    allowAllRecords(this.stage, props.table);
    allowRepositories(this.stage, installation, ['codecommit:GetBranch', 'codecommit:ListBranches']);
    allowListingRepositories(this.stage);
    this.stage.allow(['sns:Publish'], [props.topic.topicArn]);
    props.build.allowStoppingBuilds(this.stage);
    allowWaking(this.stage, installation);
    this.allowStarting(installation);
    this.listen(installation);
  }

  /** Starts executions, and asks whether one that owns something ended. */
  private allowStarting(installation: Installation): void {
    const machines = TIERS.flatMap((tier) =>
      (['deliver-service', 'withdraw-service'] as const).map((workflow) =>
        stateMachineArn(this, installation, workflow, tier),
      ),
    );
    this.stage.allow(['states:StartExecution'], machines);
    const executions = machines.map((arn) => `${arn.replace(':stateMachine:', ':execution:')}:*`);
    this.stage.allow(['states:DescribeExecution'], executions);
    for (const arn of executions) {
      Validations.of(this.stage.role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${arn.replaceAll(/\$\{Token\[AWS\.(\w+)\.\d+\]\}/g, '<AWS::$1>')}]`,
        reason: 'Executions are named as they are started; the state machine is named exactly.',
      });
    }
  }

  /** Branch events of the repositories of the settings; tags and everything else are left out by the pattern. */
  private listen(installation: Installation): void {
    new Rule(this, 'BranchEvents', {
      ruleName: `${installation.name}-branch-events`,
      description: 'A branch was created, updated or deleted: look at it',
      eventPattern: {
        source: ['aws.codecommit'],
        detailType: ['CodeCommit Repository State Change'],
        detail: {
          event: ['referenceCreated', 'referenceUpdated', 'referenceDeleted'],
          referenceType: ['branch'],
          repositoryName: installation.settings.repositories.map((name) =>
            name.includes('*') ? { wildcard: name } : name,
          ),
        },
      },
      targets: [
        new LambdaFunction(this.stage.function, {
          deadLetterQueue: this.lostEvents,
          // After two hours the sweep has long looked by itself.
          maxEventAge: Duration.hours(2),
        }),
      ],
    });
  }
}
