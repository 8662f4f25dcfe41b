/**
 * Parses the events by which CloudTrail tells who started an execution. Separate because the shape is CloudTrail's: who called stands in
 * another place than what was called, and a call that was refused is told too.
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
import * as v from 'valibot';
import { UnreadableEvent } from './branch-event.ts';

/** Who started an execution of *decide approval*. */
export interface StartEvent {
  readonly action: 'hear-starter';
  readonly execution: string;
  /** An ARN; for an AWS service its name. */
  readonly by: string;
}

const detail = v.object({
  eventSource: v.literal('states.amazonaws.com'),
  eventName: v.literal('StartExecution'),
  userIdentity: v.union([
    v.object({ arn: v.pipe(v.string(), v.startsWith('arn:'), v.maxLength(2_048)) }),
    v.object({ invokedBy: v.pipe(v.string(), v.maxLength(256)) }),
  ]),
  responseElements: v.object({
    executionArn: v.pipe(v.string(), v.regex(/^arn:[^:]+:states:[^:]+:\d{12}:execution:[^:]+:[^:]{1,80}$/)),
  }),
});

const envelope = v.object({
  source: v.literal('aws.states'),
  'detail-type': v.literal('AWS API Call via CloudTrail'),
  detail,
});

/** True for whatever claims to be such an event; only EventBridge may send it, and only AWS may send it there. */
export function isStartEvent(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'detail-type' in event;
}

/** Reads an event; throws an UnreadableEvent. */
export function parseStartEvent(event: unknown): StartEvent {
  const parsed = v.safeParse(envelope, event);
  if (!parsed.success) {
    const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'event'}: ${issue.message}`).join('; ');
    throw new UnreadableEvent(`This is no event about a started execution (${problems}).`);
  }
  const { userIdentity, responseElements } = parsed.output.detail;
  return {
    action: 'hear-starter',
    execution: responseElements.executionArn.split(':').at(-1) ?? '',
    by: 'arn' in userIdentity ? userIdentity.arn : userIdentity.invokedBy,
  };
}
