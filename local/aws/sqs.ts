/**
 * SQS standard queues: enough for dead letters and for the people who look at them. Separate file per service.
 * FIFO, delays and redrive are refused or without effect (README).
 */
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Account, arnOf, AwsError, nameOf, type Service } from './api.ts';
import { json } from './protocols.ts';
import { listState, removeState, writeState } from './state-file.ts';

interface Message {
  readonly id: string;
  readonly sent: number;
  readonly body: string;
  readonly attributes: Readonly<Record<string, { readonly DataType: string; readonly StringValue?: string }>>;
  received: number;
  visible: number;
}

/** The queues of this account; their messages survive a restart. */
export function sqs(account: Account): {
  service: Service;
  declareQueue(name: string, visibilitySeconds: number): string;
} {
  const queues = new Map<string, { visibility: number; messages: Map<string, Message> }>();
  const folder = (queue: string) => join(account.state, 'sqs', queue);
  const url = (queue: string) => `${account.endpoint}/${account.id}/${queue}`;
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');

  const find = (queueUrl: string) => {
    const queue = queues.get(nameOf(queueUrl));
    if (!queue)
      throw new AwsError('AWS.SimpleQueueService.NonExistentQueue', `The specified queue does not exist: ${queueUrl}.`);
    return queue;
  };
  const save = (queueUrl: string, message: Message) =>
    writeState(join(folder(nameOf(queueUrl)), `${message.id}.json`), message);
  const drop = (queueUrl: string, id: string) => {
    find(queueUrl).messages.delete(id);
    removeState(join(folder(nameOf(queueUrl)), `${id}.json`));
  };

  const actions = {
    SendMessage({
      QueueUrl,
      MessageBody,
      MessageAttributes = {},
    }: {
      QueueUrl: string;
      MessageBody: string;
      MessageAttributes?: Message['attributes'];
    }) {
      const message = {
        id: randomUUID(),
        sent: Date.now(),
        body: MessageBody,
        attributes: MessageAttributes,
        received: 0,
        visible: 0,
      };
      find(QueueUrl).messages.set(message.id, message);
      save(QueueUrl, message);
      return { MessageId: message.id, MD5OfMessageBody: md5(MessageBody) };
    },
    async ReceiveMessage(input: {
      QueueUrl: string;
      MaxNumberOfMessages?: number;
      WaitTimeSeconds?: number;
      VisibilityTimeout?: number;
    }) {
      const { QueueUrl, MaxNumberOfMessages = 1, WaitTimeSeconds = 0, VisibilityTimeout } = input;
      const queue = find(QueueUrl);
      const until = Date.now() + WaitTimeSeconds * 1000;
      const ready = () =>
        [...queue.messages.values()].filter(({ visible }) => visible <= Date.now()).slice(0, MaxNumberOfMessages);
      while (ready().length === 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 100));
      const messages = ready();
      for (const message of messages) {
        message.visible = Date.now() + (VisibilityTimeout ?? queue.visibility) * 1000;
        message.received += 1;
        save(QueueUrl, message);
      }
      const Messages = messages.map(({ id, body, attributes, sent, received }) => ({
        MessageId: id,
        ReceiptHandle: id,
        Body: body,
        MD5OfBody: md5(body),
        Attributes: { SentTimestamp: String(sent), ApproximateReceiveCount: String(received) },
        ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
      }));
      return Messages.length > 0 ? { Messages } : {};
    },
    DeleteMessage: ({ QueueUrl, ReceiptHandle }: { QueueUrl: string; ReceiptHandle: string }) =>
      drop(QueueUrl, ReceiptHandle),
    PurgeQueue({ QueueUrl }: { QueueUrl: string }) {
      for (const id of find(QueueUrl).messages.keys()) drop(QueueUrl, id);
    },
    GetQueueUrl({ QueueName }: { QueueName: string }) {
      find(QueueName);
      return { QueueUrl: url(QueueName) };
    },
    GetQueueAttributes: ({ QueueUrl }: { QueueUrl: string }) => ({
      Attributes: {
        QueueArn: arnOf(account, 'sqs', nameOf(QueueUrl)),
        ApproximateNumberOfMessages: String(find(QueueUrl).messages.size),
      },
    }),
    ListQueues: ({ QueueNamePrefix = '' }: { QueueNamePrefix?: string }) => ({
      QueueUrls: [...queues.keys()].filter((name) => name.startsWith(QueueNamePrefix)).map(url),
    }),
  };
  return {
    service: { name: 'sqs', protocol: json, actions },
    declareQueue(name, visibility) {
      queues.set(name, { visibility, messages: listState<Message>(folder(name)) });
      return url(name);
    },
  };
}
