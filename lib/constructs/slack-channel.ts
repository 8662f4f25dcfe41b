/**
 * The Slack channel that Amazon Q Developer writes notices and alarms into. Separate because an installation may have none; people
 * then subscribe to the topics as they like.
 */
import { CfnSlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface SlackChannelProps {
  readonly installation: string;
  readonly workspaceId: string;
  readonly channelId: string;
  readonly topics: readonly ITopic[];
}

export class SlackChannel extends Construct {
  constructor(scope: Construct, id: string, props: SlackChannelProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('chatbot.amazonaws.com'),
      description: `${props.installation}: messages only; nobody may do anything in AWS from this channel`,
    });
    new CfnSlackChannelConfiguration(this, 'Channel', {
      configurationName: `${props.installation}-notices`,
      slackWorkspaceId: props.workspaceId,
      slackChannelId: props.channelId,
      iamRoleArn: role.roleArn,
      // Without guardrails a channel would get AdministratorAccess as its outer limit.
      guardrailPolicies: ['arn:aws:iam::aws:policy/AWSDenyAll'],
      loggingLevel: 'ERROR',
      snsTopicArns: props.topics.map((topic) => topic.topicArn),
    });
  }
}
