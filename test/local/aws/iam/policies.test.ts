/** Who may do what: the evaluation rules, each with a caller it lets through and one it does not. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Caller } from '../../../../local/aws/api.ts';
import { Policies } from '../../../../local/aws/iam/policies.ts';

const account = { id: '000000000000', region: 'eu-central-1' };
const roleArn = 'arn:aws:iam::000000000000:role/deploy';
const caller: Caller = { role: roleArn, arn: 'arn:aws:sts::000000000000:assumed-role/deploy/session' };
const rule = 'arn:aws:events:eu-central-1:000000000000:rule/branches';
const events: Caller = { arn: 'events', service: { principal: 'events.amazonaws.com', sourceArn: rule } };
const queue = 'arn:aws:sqs:eu-central-1:000000000000:lost';

let policies: Policies;

beforeEach(() => {
  policies = new Policies(account);
  policies.role(roleArn, { Statement: [] });
});

function give(...statements: readonly object[]): void {
  policies.attach('deploy', 'test', { Version: '2012-10-17', Statement: statements });
}

function allows(action: string, resource = '*', context = {}, who = caller): boolean {
  return policies.authorize(who, { action, resource, context }).allowed;
}

const allow = (Action: unknown, Resource: unknown = '*', more = {}) => ({ Effect: 'Allow', Action, Resource, ...more });
const deny = (Action: unknown, Resource: unknown = '*', more = {}) => ({
  ...allow(Action, Resource, more),
  Effect: 'Deny',
});

describe('a role', () => {
  test('may do nothing without a statement, and is told which one is missing', () => {
    expect(policies.authorize(caller, { action: 'eks:DescribeCluster', resource: 'arn:x' })).toEqual({
      allowed: false,
      missing: 'The role deploy would need a statement that allows eks:DescribeCluster on arn:x.',
    });
  });

  test('may do what an Allow names, with wildcards, on what it names', () => {
    give(allow(['codecommit:Get*', 'S3:PutObject'], ['arn:aws:codecommit:*:*:orders', 'arn:aws:s3:::archive/?/*']));
    expect(allows('codecommit:GetBranch', 'arn:aws:codecommit:eu-central-1:1:orders')).toBe(true);
    expect(allows('codecommit:ListBranches', 'arn:aws:codecommit:eu-central-1:1:orders')).toBe(false);
    expect(allows('codecommit:GetBranch', 'arn:aws:codecommit:eu-central-1:1:orders2')).toBe(false);
    expect(allows('s3:putobject', 'arn:aws:s3:::archive/a/b/c')).toBe(true);
    expect(allows('s3:PutObject', 'arn:aws:s3:::archive/aa/b')).toBe(false);
  });

  test('may not do what a Deny names, whatever allows it, and is told which statement denies', () => {
    give(allow('*'), deny('s3:*', '*', { Sid: 'NoBuckets' }));
    expect(allows('sns:Publish')).toBe(true);
    const decision = policies.authorize(caller, { action: 's3:GetObject', resource: 'arn:aws:s3:::a/b' });
    expect(decision).toMatchObject({
      allowed: false,
      missing: expect.stringContaining('policy test of deploy, statement 2 (NoBuckets) denies s3:GetObject'),
    });
  });

  test('NotAction and NotResource mean all others', () => {
    give({ Effect: 'Allow', NotAction: 'iam:*', NotResource: 'arn:aws:sns:*' });
    expect(allows('sqs:SendMessage', queue)).toBe(true);
    expect(allows('iam:PassRole', queue)).toBe(false);
    expect(allows('sqs:SendMessage', 'arn:aws:sns:eu-central-1:1:t')).toBe(false);
  });

  test('has the statements of its policies, its customer managed ones and those of AWS', () => {
    policies.managed('arn:aws:iam::000000000000:policy/own', { Statement: allow('eks:DescribeCluster') });
    policies.role(roleArn, { Statement: [] }, [
      'arn:aws:iam::000000000000:policy/own',
      'arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole',
      'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy',
    ]);
    expect(allows('eks:DescribeCluster')).toBe(true);
    expect(allows('logs:PutLogEvents')).toBe(true);
    expect(allows('ec2:RunInstances')).toBe(false);
  });

  test('a person at this machine is administrator', () => {
    expect(allows('iam:DeleteRole', '*', {}, { arn: 'arn:aws:iam::000000000000:user/local' })).toBe(true);
  });
});

describe('conditions', () => {
  test.each<[string, object, object, boolean]>([
    ['StringEquals', { 'aws:ResourceTag/team': ['a', 'b'] }, { 'aws:ResourceTag/team': 'b' }, true],
    ['StringEquals', { 'aws:ResourceTag/team': 'a' }, { 'aws:ResourceTag/team': 'A' }, false],
    ['StringEquals', { 'AWS:resourcetag/team': 'a' }, { 'aws:ResourceTag/team': 'a' }, true],
    ['StringEquals', { 'aws:ResourceTag/team': 'a' }, {}, false],
    ['StringEqualsIfExists', { 'aws:ResourceTag/team': 'a' }, {}, true],
    ['StringEqualsIgnoreCase', { 'aws:ResourceTag/team': 'a' }, { 'aws:ResourceTag/team': 'A' }, true],
    ['StringNotEquals', { 'aws:ResourceTag/team': ['a', 'b'] }, { 'aws:ResourceTag/team': 'b' }, false],
    ['StringNotEquals', { 'aws:ResourceTag/team': 'a' }, {}, true],
    ['StringLike', { 'aws:ResourceTag/team': 'pay*' }, { 'aws:ResourceTag/team': 'payments' }, true],
    ['StringNotLike', { 'aws:ResourceTag/team': 'pay*' }, { 'aws:ResourceTag/team': 'payments' }, false],
    ['ArnLike', { 'aws:PrincipalArn': 'arn:aws:iam::*:role/dep*' }, {}, true],
    ['ArnEquals', { 'aws:PrincipalArn': roleArn }, {}, true],
    ['ArnLike', { 'aws:PrincipalArn': 'arn:*:role/deploy' }, {}, false],
    ['ArnNotLike', { 'aws:PrincipalArn': 'arn:aws:iam::*:role/dep*' }, {}, false],
    ['Bool', { 'aws:SecureTransport': 'false' }, {}, false],
    ['Bool', { 'aws:SecureTransport': true }, {}, true],
    ['Null', { 'aws:ResourceTag/team': 'true' }, {}, true],
    ['Null', { 'aws:ResourceTag/team': 'false' }, {}, false],
    ['ForAllValues:StringEquals', { 'aws:RequestTag/t': ['a', 'b'] }, { 'aws:RequestTag/t': ['a', 'b'] }, true],
    ['ForAllValues:StringEquals', { 'aws:RequestTag/t': ['a', 'b'] }, { 'aws:RequestTag/t': ['a', 'c'] }, false],
    ['ForAllValues:StringLike', { 'aws:RequestTag/t': 'x' }, {}, true],
    ['ForAnyValue:StringLike', { 'aws:RequestTag/t': 'a*' }, { 'aws:RequestTag/t': ['b', 'ab'] }, true],
    ['ForAnyValue:StringEquals', { 'aws:RequestTag/t': 'a' }, { 'aws:RequestTag/t': ['b', 'ab'] }, false],
    ['ForAnyValue:StringEquals', { 'aws:RequestTag/t': 'a' }, {}, false],
  ])('%s %o against %o', (operator, wanted, context, expected) => {
    give(allow('s3:GetObject', '*', { Condition: { [operator]: wanted } }));
    expect(allows('s3:GetObject', '*', context)).toBe(expected);
  });

  test('all of them must hold', () => {
    const Condition = { StringEquals: { 'aws:RequestTag/a': '1', 'aws:RequestTag/b': '2' } };
    give(allow('s3:GetObject', '*', { Condition }));
    expect(allows('s3:GetObject', '*', { 'aws:RequestTag/a': '1' })).toBe(false);
    expect(allows('s3:GetObject', '*', { 'aws:RequestTag/a': '1', 'aws:RequestTag/b': '2' })).toBe(true);
  });
});

describe('policies of resources', () => {
  const send = { Action: 'sqs:SendMessage', Resource: queue, Principal: { Service: 'events.amazonaws.com' } };

  test('let a service call for the resource they name, and no other', () => {
    const Condition = { ArnEquals: { 'aws:SourceArn': rule } };
    policies.resourceStatement(queue, 'policy', { Effect: 'Allow', ...send, Condition });
    expect(allows('sqs:SendMessage', queue, {}, events)).toBe(true);
    const other = { ...events, service: { principal: 'events.amazonaws.com', sourceArn: `${rule}2` } };
    expect(allows('sqs:SendMessage', queue, {}, other)).toBe(false);
    const sns = { ...events, service: { principal: 'sns.amazonaws.com', sourceArn: rule } };
    expect(policies.authorize(sns, { action: 'sqs:SendMessage', resource: queue })).toEqual({
      allowed: false,
      missing: `The policy of ${queue} would need a statement that allows sqs:SendMessage to sns.amazonaws.com for ${rule}.`,
    });
  });

  test('let a role call by its ARN, but naming the account only leaves it to the role’s own policies', () => {
    policies.resourceStatement(queue, 'policy', { Effect: 'Allow', ...send, Principal: { AWS: account.id } });
    expect(allows('sqs:SendMessage', queue)).toBe(false);
    policies.resourceStatement(queue, 'policy', { Effect: 'Allow', ...send, Principal: { AWS: roleArn } });
    expect(allows('sqs:SendMessage', queue)).toBe(true);
  });

  test('deny everybody they mean, for a bucket its objects too', () => {
    give(allow('*'));
    const Condition = { Bool: { 'aws:SecureTransport': 'true' } };
    policies.resourceStatement('arn:aws:s3:::archive', 'policy', {
      ...deny('s3:GetObject', 'arn:aws:s3:::archive/*', { Condition }),
      Principal: '*',
    });
    expect(allows('s3:GetObject', 'arn:aws:s3:::archive/key')).toBe(false);
    expect(allows('s3:PutObject', 'arn:aws:s3:::archive/key')).toBe(true);
  });
});

describe('trust', () => {
  test('a role is assumed by whom it trusts', () => {
    const trusting = (principal: object) => {
      const document = { Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal } };
      policies.role('arn:aws:iam::000000000000:role/other', document);
      return policies;
    };
    expect(trusting({ Service: 'lambda.amazonaws.com' }).trusts('other', 'lambda.amazonaws.com')).toBe(true);
    expect(trusting({ Service: 'lambda.amazonaws.com' }).trusts('other', 'states.amazonaws.com')).toBe(false);
    expect(trusting({ Service: 'lambda.amazonaws.com' }).trusts('other', caller)).toBe(false);
    expect(trusting({ AWS: roleArn }).trusts('other', caller)).toBe(true);
    expect(trusting({ AWS: 'arn:aws:iam::000000000000:root' }).trusts('other', caller)).toBe(true);
    expect(policies.trusts('nobody', caller)).toBe(false);
  });
});

describe('refuses at start, by name', () => {
  test.each<[object, string]>([
    [
      allow('s3:*', '*', { Condition: { NumericLessThan: { 'aws:RequestTag/a': '1' } } }),
      'operator NumericLessThan is not supported',
    ],
    [
      allow('s3:*', '*', { Condition: { DateGreaterThan: { 'aws:RequestTag/a': '1' } } }),
      'operator DateGreaterThan is not supported',
    ],
    [
      deny('s3:*', '*', { Condition: { StringEquals: { 'aws:SourceVpce': 'x' } } }),
      'condition key aws:SourceVpce is not known',
    ],
    [allow('s3:*', 'arn:aws:s3:::${aws:username}/*'), 'policy variable'],
    [{ ...allow('s3:*'), Effect: 'allow' }, 'Effect is "allow"'],
    [{ ...allow('s3:*'), NotPrincipal: '*' }, 'element NotPrincipal is not supported'],
    [{ ...allow('s3:*'), Principal: { CanonicalUser: 'x' } }, 'Principal of kind CanonicalUser'],
  ])('%o', (statement, message) => {
    expect(() => give(statement)).toThrow(`policy test of deploy, statement 1: `);
    expect(() => give(statement)).toThrow(message);
  });

  test('a policy of AWS that is not known', () => {
    const arn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    expect(() => policies.role(roleArn, { Statement: [] }, [arn])).toThrow(/AdministratorAccess is not known/);
  });
});

test('a call is refused with AWS’s error and what is missing', () => {
  give(allow('codecommit:GetBranch', 'arn:aws:codecommit:eu-central-1:000000000000:orders'));
  policies.allow(caller, 'codecommit', 'GetBranch', { repositoryName: 'orders' });
  expect(() => policies.allow(caller, 'codecommit', 'GetBranch', { repositoryName: 'web' })).toThrow(
    expect.objectContaining({
      code: 'AccessDeniedException',
      status: 403,
      message:
        'User: arn:aws:sts::000000000000:assumed-role/deploy/session is not authorized to perform: codecommit:GetBranch on resource: arn:aws:codecommit:eu-central-1:000000000000:web. The role deploy would need a statement that allows codecommit:GetBranch on arn:aws:codecommit:eu-central-1:000000000000:web.',
    }),
  );
});
