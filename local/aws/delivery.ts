/**
 * One service handing something to another: rule and schedule targets, subscriptions, destinations, dead-letter queues.
 * Separate because all of them know the receiver only by its ARN.
 */
import { type Call, type Caller, nameOf } from './api.ts';

/** Hands text to whatever the ARN names, as the caller; attributes go where the receiver has some (queues). */
export type Deliver = (arn: string, text: string, caller: Caller, attributes?: Record<string, string>) => Promise<void>;

const receivers: Readonly<
  Record<string, (arn: string, text: string, attributes: Record<string, string>) => [string, Record<string, unknown>]>
> = {
  lambda: (FunctionName, Payload) => ['Invoke', { FunctionName, Payload, InvocationType: 'Event' }],
  sqs: (arn, MessageBody, attributes) => [
    'SendMessage',
    {
      QueueUrl: arn,
      MessageBody,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
      ),
    },
  ],
  sns: (TopicArn, Message) => ['Publish', { TopicArn, Message }],
  states: (stateMachineArn, input) => ['StartExecution', { stateMachineArn, input }],
};

/** Whether something can be delivered to this ARN; asked when a target is declared. */
export function checkReceiver(arn: string): void {
  const service = arn.split(':')[2] ?? '';
  if (!Object.hasOwn(receivers, service))
    throw new Error(`${arn} cannot be a target on the laptop; targets are of: ${Object.keys(receivers).join(', ')}.`);
}

/** Delivery through `call`, so that policies apply. */
export function deliverBy(call: Call): Deliver {
  return async (arn, text, caller, attributes = {}) => {
    const service = arn.split(':')[2] ?? '';
    const receiver = receivers[service];
    if (!receiver) throw new Error(`${nameOf(arn)}: nothing can be delivered to ${service}.`);
    const [action, input] = receiver(arn, text, attributes);
    await call(service, action, input, caller);
  };
}
