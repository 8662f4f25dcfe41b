/** Which action on which resource each kind of request needs. */
import { expect, test } from 'vitest';
import type { Input } from '../../../../local/aws/api.ts';
import { requiredActions } from '../../../../local/aws/iam/required-actions.ts';
import { secretResource } from '../../../../local/aws/secret-names.ts';
import { createToken } from '../../../../local/aws/step-functions/task-tokens.ts';

const account = { id: '000000000000', region: 'eu-central-1' };
const arn = (service: string, rest: string): string => `arn:aws:${service}:eu-central-1:000000000000:${rest}`;
const needs = (service: string, operation: string, input: Input): string[] =>
  requiredActions(account, service, operation, input).map(({ action, resource }) => `${action} ${resource}`);

test.each<[string, string, Input, string[]]>([
  ['dynamodb', 'GetItem', { TableName: 't' }, [`dynamodb:GetItem ${arn('dynamodb', 'table/t')}`]],
  ['dynamodb', 'Query', { TableName: 't', IndexName: 'i' }, [`dynamodb:Query ${arn('dynamodb', 'table/t/index/i')}`]],
  ['dynamodb', 'Scan', { TableName: arn('dynamodb', 'table/t') }, [`dynamodb:Scan ${arn('dynamodb', 'table/t')}`]],
  [
    'dynamodb',
    'BatchGetItem',
    { RequestItems: { a: {}, b: {} } },
    [`dynamodb:BatchGetItem ${arn('dynamodb', 'table/a')}`, `dynamodb:BatchGetItem ${arn('dynamodb', 'table/b')}`],
  ],
  [
    'dynamodb',
    'TransactWriteItems',
    { TransactItems: [{ Put: { TableName: 't' } }, { ConditionCheck: { TableName: 'u' } }] },
    [`dynamodb:PutItem ${arn('dynamodb', 'table/t')}`, `dynamodb:ConditionCheckItem ${arn('dynamodb', 'table/u')}`],
  ],
  ['lambda', 'Invoke', { FunctionName: 'f' }, [`lambda:InvokeFunction ${arn('lambda', 'function:f')}`]],
  [
    'lambda',
    'Invoke',
    { FunctionName: arn('lambda', 'function:f:live') },
    [`lambda:InvokeFunction ${arn('lambda', 'function:f:live')}`],
  ],
  [
    'states',
    'StartExecution',
    { stateMachineArn: arn('states', 'stateMachine:m') },
    [`states:StartExecution ${arn('states', 'stateMachine:m')}`],
  ],
  [
    'states',
    'StopExecution',
    { executionArn: arn('states', 'execution:m:e') },
    [`states:StopExecution ${arn('states', 'execution:m:e')}`],
  ],
  [
    'states',
    'SendTaskSuccess',
    { taskToken: createToken(arn('states', 'execution:m:e'), 'x') },
    [`states:SendTaskSuccess ${arn('states', 'stateMachine:m')}`],
  ],
  ['codecommit', 'GetFile', { repositoryName: 'orders' }, [`codecommit:GetFile ${arn('codecommit', 'orders')}`]],
  [
    'codecommit',
    'BatchGetRepositories',
    { repositoryNames: ['a', 'b'] },
    [
      `codecommit:BatchGetRepositories ${arn('codecommit', 'a')}`,
      `codecommit:BatchGetRepositories ${arn('codecommit', 'b')}`,
    ],
  ],
  ['codecommit', 'ListRepositories', {}, ['codecommit:ListRepositories *']],
  ['codebuild', 'StartBuild', { projectName: 'p' }, [`codebuild:StartBuild ${arn('codebuild', 'project/p')}`]],
  ['codebuild', 'StopBuild', { id: 'p:1-2' }, [`codebuild:StopBuild ${arn('codebuild', 'project/p')}`]],
  [
    'codebuild',
    'BatchGetBuilds',
    { ids: [arn('codebuild', 'build/p:1')] },
    [`codebuild:BatchGetBuilds ${arn('codebuild', 'project/p')}`],
  ],
  ['ecr', 'DescribeImages', { repositoryName: 'r/x' }, [`ecr:DescribeImages ${arn('ecr', 'repository/r/x')}`]],
  ['ecr', 'GetAuthorizationToken', {}, ['ecr:GetAuthorizationToken *']],
  ['s3', 'HeadObject', { Bucket: 'b', Key: 'k/l' }, ['s3:GetObject arn:aws:s3:::b/k/l']],
  ['s3', 'ListObjectsV2', { Bucket: 'b' }, ['s3:ListBucket arn:aws:s3:::b']],
  ['sns', 'Publish', { TopicArn: arn('sns', 't') }, [`sns:Publish ${arn('sns', 't')}`]],
  ['sqs', 'SendMessage', { QueueUrl: 'http://127.0.0.1:1/000000000000/q' }, [`sqs:SendMessage ${arn('sqs', 'q')}`]],
  ['sqs', 'GetQueueUrl', { QueueName: 'q' }, [`sqs:GetQueueUrl ${arn('sqs', 'q')}`]],
  ['events', 'PutEvents', { Entries: [{}] }, [`events:PutEvents ${arn('events', 'event-bus/default')}`]],
  ['scheduler', 'GetSchedule', { Name: 's' }, [`scheduler:GetSchedule ${arn('scheduler', 'schedule/default/s')}`]],
  ['sts', 'GetCallerIdentity', {}, []],
  ['sts', 'AssumeRole', { RoleArn: 'arn:aws:iam::1:role/r' }, ['sts:AssumeRole arn:aws:iam::1:role/r']],
  ['eks', 'DescribeCluster', { name: 'c' }, [`eks:DescribeCluster ${arn('eks', 'cluster/c')}`]],
  ['ssm', 'GetParameter', { Name: '/a/b' }, [`ssm:GetParameter ${arn('ssm', 'parameter/a/b')}`]],
  [
    'secretsmanager',
    'GetSecretValue',
    { SecretId: 's' },
    [`secretsmanager:GetSecretValue ${arn('secretsmanager', secretResource('s'))}`],
  ],
  [
    'secretsmanager',
    'DeleteSecret',
    { SecretId: arn('secretsmanager', secretResource('a/b')) },
    [`secretsmanager:DeleteSecret ${arn('secretsmanager', secretResource('a/b'))}`],
  ],
  [
    'secretsmanager',
    'CreateSecret',
    { Name: 'a/b' },
    [`secretsmanager:CreateSecret ${arn('secretsmanager', 'secret:a/b')}`],
  ],
  ['monitoring', 'PutMetricData', { Namespace: 'n' }, ['cloudwatch:PutMetricData *']],
  ['logs', 'GetLogEvents', { logGroupName: 'g' }, [`logs:GetLogEvents ${arn('logs', 'log-group:g:*')}`]],
])('%s:%s %o', (service, operation, input, expected) => {
  expect(needs(service, operation, input)).toEqual(expected);
});

test('tells the name space of metrics as condition key', () => {
  expect(requiredActions(account, 'monitoring', 'PutMetricData', { Namespace: 'n' })[0]?.context).toEqual({
    'cloudwatch:namespace': 'n',
  });
});

test('refuses a service without a rule instead of letting its calls through', () => {
  expect(() => needs('athena', 'StartQuery', {})).toThrow(/athena:StartQuery/);
});
