/**
 * What CloudTrail tells EventBridge about a call: who made it. Separate because only a few calls are told here, and in AWS nothing waits
 * for it: the event comes minutes later, or never.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cloud-trail.html (example of StartExecution).
 */
import { randomUUID } from 'node:crypto';
import { type Account, type Caller, type Input, nameOf } from './api.ts';

/** Detail of an event `AWS API Call via CloudTrail`. What an execution is started with is never told. */
export function apiCall(
  account: Pick<Account, 'id' | 'region'>,
  call: { readonly source: string; readonly name: string; readonly request: Input; readonly response: Input },
  caller: Caller,
): Input {
  const { input: hidden, ...request } = call.request;
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(account, caller),
    eventTime: new Date().toISOString().replace(/\.\d+/, ''),
    eventSource: call.source,
    eventName: call.name,
    awsRegion: account.region,
    sourceIPAddress: '127.0.0.1',
    userAgent: 'laptop',
    requestParameters: { ...request, ...(hidden !== undefined && { input: 'HIDDEN_DUE_TO_SECURITY_REASONS' }) },
    responseElements: call.response,
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account.id,
    eventCategory: 'Management',
  };
}

/** Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
function identityOf({ id }: Pick<Account, 'id'>, { arn, role, service }: Caller): Input {
  if (service !== undefined) return { type: 'AWSService', invokedBy: service.principal };
  if (role === undefined) {
    return { type: 'IAMUser', principalId: 'AIDALAPTOP', arn, accountId: id, userName: nameOf(arn) };
  }
  return {
    type: 'AssumedRole',
    principalId: `AROALAPTOP:${nameOf(arn)}`,
    arn,
    accountId: id,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROALAPTOP',
        arn: role.startsWith('arn:') ? role : `arn:aws:iam::${id}:role/${role}`,
        accountId: id,
        userName: nameOf(role),
      },
    },
  };
}
