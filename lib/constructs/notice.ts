/**
 * Notice: the topic of messages to people, and the function that words and publishes them.
 * Separate from alarms, which are for operators and have a topic of their own.
 */
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import type { Installation } from './installation.ts';
import { allowRepositories, allowTable, stateMachineArn } from './permissions.ts';
import { StageFunction } from './stage-function.ts';

export interface NoticeProps {
  readonly installation: Installation;
  readonly table: TableV2;
}

export class NoticeStage extends Construct {
  readonly topic: Topic;
  readonly stage: StageFunction;

  constructor(scope: Construct, id: string, props: NoticeProps) {
    super(scope, id);
    const { installation } = props;
    this.topic = new Topic(this, 'Topic', {
      topicName: `${installation.name}-notices`,
      displayName: `Notices of ${installation.name}`,
      enforceSSL: true,
      // The account's own key for SNS: it lets every role of the account that may publish encrypt.
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
    });
    this.stage = new StageFunction(this, 'Notice', {
      installation,
      function: 'notice',
      description: 'Tells people what happened to their branch',
      environment: {
        [FUNCTION_VARIABLES.table]: props.table.tableName,
        [FUNCTION_VARIABLES.noticeTopic]: this.topic.topicArn,
        [FUNCTION_VARIABLES.decideMachine]: stateMachineArn(this, installation, 'decide-approval', 'branch'),
      },
    });
    allowTable(this.stage, props.table, ['GetItem', 'Query']);
    allowRepositories(this.stage, installation, ['codecommit:GetCommit']);
    this.stage.allow(['sns:Publish'], [this.topic.topicArn]);
  }
}
