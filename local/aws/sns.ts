/**
 * SNS topics: what is published goes to functions, queues, and the chat channels that Amazon Q Developer would serve.
 * Separate file per service.
 */
import { randomUUID } from 'node:crypto';
import { type Account, AwsError, type Caller, type Service } from './api.ts';
import type { Deliver } from './delivery.ts';
import { query } from './protocols.ts';

/** Who gets what is published to a topic. */
export interface Subscription {
  readonly arn: string;
  /** ARN of a function or queue; or what takes the message in process (chat channels). */
  readonly to: string | ((message: string) => void);
  readonly raw?: boolean | undefined;
}

/** The topics of this account; `unread` is told what no chat channel gets. */
export function sns(account: Account, deliver: Deliver, unread: (message: string) => void) {
  const topics = new Map<string, Subscription[]>();

  async function send(
    topic: string,
    { arn, to, raw }: Subscription,
    id: string,
    message: string,
    subject?: string,
  ): Promise<void> {
    if (typeof to === 'function') return to(message);
    const note = {
      Type: 'Notification',
      MessageId: id,
      TopicArn: topic,
      Subject: subject,
      Message: message,
      Timestamp: new Date().toISOString(),
    };
    const text = to.includes(':lambda:')
      ? JSON.stringify({
          Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: arn, Sns: note }],
        })
      : raw === true
        ? message
        : JSON.stringify(note);
    const caller: Caller = { arn: 'sns.amazonaws.com', service: { principal: 'sns.amazonaws.com', sourceArn: topic } };
    await deliver(to, text, caller).catch((error: unknown) =>
      account.log(`sns ${topic}: ${to} did not take a message: ${(error as Error).message}`),
    );
  }

  const actions = {
    Publish({ TopicArn = '', Message = '', Subject }: { TopicArn?: string; Message?: string; Subject?: string }) {
      const subscriptions = topics.get(TopicArn);
      if (!subscriptions) throw new AwsError('NotFound', `Topic does not exist: ${TopicArn}`, 404);
      if (Message === '') throw new AwsError('InvalidParameter', 'Invalid parameter: Empty message');
      if (Buffer.byteLength(Message) > 262_144)
        throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long');
      const MessageId = randomUUID();
      if (!subscriptions.some(({ to }) => typeof to === 'function')) unread(Message);
      for (const subscription of subscriptions) void send(TopicArn, subscription, MessageId, Message, Subject);
      return { MessageId };
    },
    ListTopics: () => ({ Topics: [...topics.keys()].map((TopicArn) => ({ TopicArn })) }),
  };
  return {
    service: { name: 'sns', protocol: query, actions } satisfies Service,
    declareTopic: (arn: string) => void (topics.has(arn) || topics.set(arn, [])),
    subscribe(topic: string, subscription: Subscription) {
      const others = (topics.get(topic) ?? []).filter(({ arn }) => arn !== subscription.arn);
      topics.set(topic, [...others, subscription]);
    },
  };
}
