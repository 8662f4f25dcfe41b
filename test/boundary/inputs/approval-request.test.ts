/** The entrances of the function `approval`: as AWS documents their events, and as nobody should send them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseApprovalRequest } from '../../../lambdas/boundary/inputs/approval-request.ts';

const sample = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'events', 'samples', `${name}.json`), 'utf8')) as Record<
    string,
    unknown
  >;
const CALL = sample('lambda-function-url');
const START = sample('cloudtrail-start-execution');
const startWith = (change: Record<string, unknown>): unknown => ({
  ...START,
  detail: { ...(START['detail'] as object), ...change },
});

describe('a request to the function URL', () => {
  it('is a decision of the caller whom IAM has checked', () => {
    expect(parseApprovalRequest(CALL)).toEqual({
      action: 'answer-caller',
      by: 'arn:aws:sts::111122223333:assumed-role/Leads/ann@example.com',
      asked: { kind: 'decision', input: { approval: '0123456789ab', decision: 'approve' } },
    });
  });

  it('may have its body in base64', () => {
    const body = Buffer.from(String(CALL['body'])).toString('base64');
    expect(parseApprovalRequest({ ...CALL, body, isBase64Encoded: true })).toEqual(parseApprovalRequest(CALL));
  });

  it.each([
    ['no body', undefined, /no JSON/],
    ['no JSON', '{approve', /no JSON: "\{approve"/],
    ['another decision', '{"approval": "0123456789ab", "decision": "aprove"}', /Did you mean "approve"/],
    ['no approval', '{"decision": "approve"}', /cannot be read/],
    ['a field too many', '{"approval": "0123456789ab", "decision": "approve", "by": "root"}', /cannot be read/],
  ])('with %s is answered with what is allowed', (_what, body, reason) => {
    expect(parseApprovalRequest({ ...CALL, body })).toMatchObject({
      asked: { kind: 'unreadable', reason: expect.stringMatching(reason) as string },
    });
  });

  it('that nobody vouches for is refused, whatever its body or its fields pretend', () => {
    const { authorizer: _authorizer, ...context } = CALL['requestContext'] as Record<string, unknown>;
    for (const requestContext of [context, { ...context, authorizer: { iam: { userArn: 'ann' } } }, null, 'x']) {
      expect(() => parseApprovalRequest({ ...CALL, requestContext, action: 'decide', execution: 'x' })).toThrow(
        expect.objectContaining({ name: 'UnreadableEvent' }),
      );
    }
  });
});

describe('an event of CloudTrail', () => {
  it('tells who started which execution', () => {
    expect(parseApprovalRequest(START)).toEqual({
      action: 'hear-starter',
      execution: 'testUser.2016-10-27-18-16-26.6e229586-3698-4ce5-8d',
      by: 'arn:aws:iam::123456789012:user/test-user',
    });
  });

  it('about a start by a service of AWS names the service, which is in no group', () => {
    const event = startWith({ userIdentity: { type: 'AWSService', invokedBy: 'scheduler.amazonaws.com' } });
    expect(parseApprovalRequest(event)).toMatchObject({ by: 'scheduler.amazonaws.com' });
  });

  it.each([
    ['another call', startWith({ eventName: 'StopExecution' })],
    ['another service', startWith({ eventSource: 'lambda.amazonaws.com' })],
    ['a call that was refused', startWith({ errorCode: 'AccessDenied', responseElements: null })],
    ['nobody', startWith({ userIdentity: {} })],
    ['another source', { ...START, source: 'ann' }],
  ])('about %s is unreadable', (_what, event) => {
    expect(() => parseApprovalRequest(event)).toThrow(expect.objectContaining({ name: 'UnreadableEvent' }));
  });
});
