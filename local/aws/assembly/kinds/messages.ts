/** Rules, schedules, queues, topics and chat channels. Separate from the other resource types, which need other parts of the laptop. */
import { arnOf, type Input, nameOf } from '../../api.ts';
import { chatMessage } from '../../chat.ts';
import { checkReceiver } from '../../delivery.ts';
import type { Target } from '../../events.ts';
import { checkTrust, made, ordinary, reasons, type ResourceKind, statements } from '../kind.ts';

/** Rules, schedules, queues, topics and chat channels. */
export const messages: Readonly<Record<string, ResourceKind>> = {
  'AWS::Events::Rule': {
    runs: ['Name', 'EventPattern', 'ScheduleExpression', 'State', 'Targets', 'RoleArn'],
    noEffect: { EventBusName: 'there is the default bus only', ...ordinary },
    make({ Name, EventPattern, ScheduleExpression, State, Targets = [] }, place) {
      const { world, account, name } = place;
      const rule = (Name as string | undefined) ?? name(64);
      const arn = arnOf(account, 'events', `rule/${rule}`);
      const enabled = State !== 'DISABLED';
      const declared = {
        name: rule,
        arn,
        enabled,
        pattern: EventPattern as Input | undefined,
        targets: Targets as Target[],
      };
      for (const { RoleArn } of declared.targets)
        if (RoleArn !== undefined) checkTrust(place, RoleArn, 'events.amazonaws.com', arn);
      world.bus.define(declared);
      if (ScheduleExpression !== undefined && enabled)
        world.schedules.define(arn, ScheduleExpression, () =>
          world.bus.fire(declared, world.bus.event('aws.events', 'Scheduled Event', {}, [arn])),
        );
      return made(rule, { Arn: arn });
    },
  },
  'AWS::Scheduler::Schedule': {
    runs: ['Name', 'GroupName', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'State', 'Target'],
    noEffect: {
      FlexibleTimeWindow: 'one laptop needs no spreading',
      ...ordinary,
      KmsKeyArn: reasons.encrypted,
    },
    make(
      { Name, GroupName = 'default', ScheduleExpression, ScheduleExpressionTimezone = 'UTC', State, Target },
      place,
    ) {
      const { world, account, name } = place;
      if (!['UTC', 'Etc/UTC'].includes(ScheduleExpressionTimezone))
        throw new Error(
          `ScheduleExpressionTimezone ${ScheduleExpressionTimezone} does not run on the laptop; UTC does`,
        );
      const schedule = (Name as string | undefined) ?? name(64);
      const arn = arnOf(account, 'scheduler', `schedule/${GroupName}/${schedule}`);
      checkReceiver(Target.Arn);
      const group = arnOf(account, 'scheduler', `schedule-group/${GroupName}`);
      checkTrust(place, Target.RoleArn, 'scheduler.amazonaws.com', group);
      const fire = () =>
        world.bus.fire({ name: schedule, arn, enabled: true, targets: [{ Id: schedule, Input: '{}', ...Target }] }, {});
      if (State !== 'DISABLED') world.schedules.define(arn, ScheduleExpression, fire);
      return made(schedule, { Arn: arn });
    },
  },
  'AWS::SQS::Queue': {
    runs: ['QueueName', 'VisibilityTimeout'],
    noEffect: {
      MessageRetentionPeriod: reasons.kept,
      SqsManagedSseEnabled: reasons.encrypted,
      KmsMasterKeyId: reasons.encrypted,
      KmsDataKeyReusePeriodSeconds: reasons.encrypted,
      RedrivePolicy: 'messages stay in their queue',
      ReceiveMessageWaitTimeSeconds: 'the caller says how long it waits',
      ...ordinary,
    },
    make({ QueueName, VisibilityTimeout = 30 }, { world, account, name }) {
      const queue = (QueueName as string | undefined) ?? name(80);
      return made(world.sqs.declareQueue(queue, Number(VisibilityTimeout)), {
        Arn: arnOf(account, 'sqs', queue),
        QueueName: queue,
      });
    },
  },
  'AWS::SQS::QueuePolicy': {
    runs: ['Queues', 'PolicyDocument'],
    make({ Queues, PolicyDocument }, { world, account, name, logicalId }) {
      for (const queue of Queues)
        for (const [index, statement] of statements(PolicyDocument).entries())
          world.policies.resourceStatement(arnOf(account, 'sqs', nameOf(queue)), `${logicalId}/${index}`, statement);
      return made(name());
    },
  },
  'AWS::SNS::Topic': {
    runs: ['TopicName', 'Subscription'],
    noEffect: {
      KmsMasterKeyId: reasons.encrypted,
      DisplayName: 'it is for mail',
      TracingConfig: 'there are no traces',
      SignatureVersion: 'nothing is signed',
      ...ordinary,
    },
    make({ TopicName, Subscription = [] }, { world, account, name }) {
      const topic = (TopicName as string | undefined) ?? name(256);
      const arn = arnOf(account, 'sns', topic);
      world.sns.declareTopic(arn);
      for (const { Endpoint } of Subscription)
        world.sns.subscribe(arn, { arn: `${arn}:${nameOf(Endpoint)}`, to: Endpoint });
      return made(arn, { TopicArn: arn, TopicName: topic });
    },
  },
  'AWS::SNS::TopicPolicy': {
    runs: ['Topics', 'PolicyDocument'],
    make({ Topics, PolicyDocument }, { world, name, logicalId }) {
      for (const topic of Topics)
        for (const [index, statement] of statements(PolicyDocument).entries())
          world.policies.resourceStatement(topic, `${logicalId}/${index}`, statement);
      return made(name());
    },
  },
  'AWS::SNS::Subscription': {
    runs: ['TopicArn', 'Protocol', 'Endpoint', 'RawMessageDelivery'],
    noEffect: { RedrivePolicy: 'in process nothing is lost on the way', Region: 'there is one region' },
    make({ TopicArn, Protocol, Endpoint, RawMessageDelivery }, { world, account, name }) {
      const arn = `${TopicArn}:${name()}`;
      if (['lambda', 'sqs'].includes(Protocol))
        world.sns.subscribe(TopicArn, { arn, to: Endpoint, raw: String(RawMessageDelivery) === 'true' });
      else account.log(`no effect on a laptop: ${Protocol} subscription of ${Endpoint}: nothing leaves this machine`);
      return made(arn);
    },
  },
  'AWS::Chatbot::SlackChannelConfiguration': {
    runs: ['ConfigurationName', 'SnsTopicArns'],
    noEffect: {
      SlackWorkspaceId: 'messages are printed here',
      SlackChannelId: 'messages are printed here',
      IamRoleArn: 'no commands are taken',
      GuardrailPolicies: 'no commands are taken',
      UserRoleRequired: 'no commands are taken',
      LoggingLevel: 'messages are printed here',
      CustomizationResourceArns: 'no commands are taken',
      ...ordinary,
    },
    make({ ConfigurationName, SnsTopicArns = [] }, { world, account }) {
      const arn = `arn:aws:chatbot::${account.id}:chat-configuration/slack-channel/${ConfigurationName}`;
      const show = (message: string) => {
        const read = chatMessage(message);
        if ('shown' in read) world.notice(read.shown);
        else
          account.log(
            `Slack would show nothing: Amazon Q drops this message because ${read.dropped}: ${message.slice(0, 500)}`,
          );
      };
      for (const topic of SnsTopicArns) {
        world.sns.declareTopic(topic);
        world.sns.subscribe(topic, { arn, to: show });
      }
      return made(arn, { Arn: arn });
    },
  },
};
