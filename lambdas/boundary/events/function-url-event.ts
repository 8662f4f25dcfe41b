/**
 * Parses requests to the function URL at which people decide. Who calls is AWS's word, checked before the function runs; the body is
 * whatever somebody sent. Separate because a wrong body deserves an answer, whereas an event without a caller is none of ours.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
import * as v from 'valibot';
import type { DecideInput } from '../../contracts/payloads.ts';
import { RejectedError } from '../../domain/errors.ts';
import { parseDecideInput } from '../inputs/approval.ts';
import { found } from '../values.ts';
import { UnreadableEvent } from './branch-event.ts';

/** A decision with who made it, or why it cannot be read. */
export interface UrlRequest {
  readonly action: 'answer-caller';
  /** ARN of the caller. */
  readonly by: string;
  readonly asked:
    | { readonly kind: 'decision'; readonly input: DecideInput }
    | { readonly kind: 'unreadable'; readonly reason: string };
}

const envelope = v.object({
  requestContext: v.object({
    authorizer: v.object({ iam: v.object({ userArn: v.pipe(v.string(), v.startsWith('arn:'), v.maxLength(2_048)) }) }),
    http: v.object({ method: v.string() }),
  }),
  body: v.optional(v.string(), ''),
  isBase64Encoded: v.optional(v.boolean(), false),
});

/** True for requests that came by a function URL; no task of a state machine has a request context. */
export function isUrlEvent(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'requestContext' in event;
}

/** Reads a request; throws an UnreadableEvent when nobody vouches for the caller. */
export function parseUrlEvent(event: unknown): UrlRequest {
  const parsed = v.safeParse(envelope, event);
  if (!parsed.success) {
    const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'event'}: ${issue.message}`).join('; ');
    throw new UnreadableEvent(`This request names no caller that IAM has checked (${problems}).`);
  }
  const { requestContext, body, isBase64Encoded } = parsed.output;
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  return {
    action: 'answer-caller',
    by: requestContext.authorizer.iam.userArn,
    asked: requestContext.http.method === 'POST' ? read(text) : unreadable('Decisions are sent by POST.'),
  };
}

function read(text: string): UrlRequest['asked'] {
  try {
    return { kind: 'decision', input: parseDecideInput(JSON.parse(text)) };
  } catch (error) {
    if (error instanceof RejectedError) return unreadable(error.message);
    if (error instanceof SyntaxError) return unreadable(`The body is no JSON: ${found(text)}.`);
    throw error;
  }
}

function unreadable(reason: string): UrlRequest['asked'] {
  return { kind: 'unreadable', reason };
}
