import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, role, withLaptop } from './laptop.ts';

const person = { arn: 'person' };
const nothing = () => Promise.resolve();

describe('a cloud assembly on the laptop', () => {
  it('is refused as a whole, naming each type and property that does not run', async () => {
    const wrong = {
      Resources: {
        Layer: { Type: 'AWS::Lambda::LayerVersion' },
        Bucket: { Type: 'AWS::S3::Bucket', Properties: { ReplicationConfiguration: {}, BucketName: 'mine' } },
      },
    };
    const refusal = await withLaptop(wrong, nothing).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(refusal).toContain('Test/Layer: the resource type AWS::Lambda::LayerVersion is not supported');
    expect(refusal).toContain('Test/Bucket: AWS::S3::Bucket.ReplicationConfiguration is not supported');
  });

  it('resolves intrinsic functions, in the order of references', async () => {
    const value = [
      { 'Fn::Sub': ['${AWS::Region} ${Bucket} ${Bucket.Arn} ${!Literal} ${Own}', { Own: 'own' }] },
      { 'Fn::Select': [1, { 'Fn::Split': ['-', 'a-b-c'] }] },
      { 'Fn::FindInMap': ['Map', 'first', 'second'] },
      { 'Fn::If': ['Never', 'yes', { 'Fn::If': ['Never', 'yes', 'no'] }] },
      { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] },
      { 'Fn::Base64': 'hi' },
      { Ref: 'AWS::AccountId' },
    ];
    const uses = {
      Mappings: { Map: { first: { second: 'mapped' } } },
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: {
        Parameter: {
          Type: 'AWS::SSM::Parameter',
          Properties: { Name: 'all', Type: 'String', Value: { 'Fn::Join': ['|', value] } },
        },
        Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'mine' } },
        Skipped: { Type: 'AWS::S3::Bucket', Condition: 'Never', Properties: { BucketName: 'skipped' } },
      },
    };
    await withLaptop(uses, async ({ aws, state }) => {
      const output = (await aws.call('ssm', 'GetParameter', { Name: 'all' }, person)) as {
        Parameter: { Value: string };
      };
      expect(output.Parameter.Value).toBe(
        'eu-central-1 mine arn:aws:s3:::mine ${Literal} own|b|mapped|no|eu-central-1a|aGk=|000000000000',
      );
      expect(readdirSync(join(state, 's3'))).toEqual(['mine']);
    });
  });

  it('refuses a policy that it would not understand', async () => {
    const Condition = { NumericLessThan: { 's3:max-keys': '3' } };
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*', Condition }];
    const odd = {
      Resources: {
        Policy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: 'b', PolicyDocument: { Statement } } },
      },
    };
    await expect(withLaptop(odd, nothing)).rejects.toThrow(/Cannot make Test\/Policy.*not (known|supported)/s);
  });

  it('goes on after a stop in the middle: executions, tasks, asynchronous invocations, stored data', async () => {
    const state = mkdtempSync(join(tmpdir(), 'laptop-'));
    const never = 'exports.handler = () => new Promise(() => {})';
    const task = (Resource: string, more: object) => ({ Type: 'Task', Resource, ...more });
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'Ask',
      States: {
        Ask: task('arn:aws:states:::lambda:invoke', {
          Arguments: { FunctionName: 'asked', Payload: 1 },
          Output: '{% $states.result.Payload %}',
          Catch: [{ ErrorEquals: ['States.ALL'], Output: 'caught', Next: 'Wait' }],
          Next: 'Wait',
        }),
        Wait: { Type: 'Wait', Seconds: 1, Next: 'Done' },
        Done: { Type: 'Succeed' },
      },
    };
    const fn = (FunctionName: string, ZipFile: string) => ({
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: 60,
        Role: { 'Fn::GetAtt': ['FnRole', 'Arn'] },
        Code: { ZipFile },
      },
    });
    const stack = (asked: string, told: string) => ({
      Resources: {
        Store: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'store' } },
        FnRole: role('lambda', ['s3:PutObject', { 'Fn::Sub': '${Store.Arn}/*' }]),
        Asked: fn('asked', asked),
        Told: fn('told', told),
        Role: role('states', ['lambda:InvokeFunction', { 'Fn::GetAtt': ['Asked', 'Arn'] }]),
        Machine: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: {
            StateMachineName: 'asks',
            RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
            DefinitionString: JSON.stringify(definition),
          },
        },
      },
    });
    const stateMachineArn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:asks';
    let executionArn = '';
    try {
      await withLaptop(
        stack(never, never),
        async ({ aws }) => {
          await aws.call('s3', 'PutObject', { Bucket: 'store', Key: 'a/b', Body: 'kept' }, person);
          const started = await aws.call('states', 'StartExecution', { stateMachineArn }, person);
          executionArn = (started as { executionArn: string }).executionArn;
          await aws.call(
            'lambda',
            'Invoke',
            { FunctionName: 'told', InvocationType: 'Event', Payload: '"news"' },
            person,
          );
          await new Promise((resolve) => setTimeout(resolve, 500));
        },
        { state },
      );
      const puts =
        "const { S3Client, PutObjectCommand: Put } = require('@aws-sdk/client-s3'); exports.handler = (Body) => new S3Client({}).send(new Put({ Bucket: 'store', Key: 'told', Body }))";
      await withLaptop(
        stack('exports.handler = async (n) => n + 1', puts),
        async ({ aws }) => {
          const object = (Key: string) =>
            aws.call('s3', 'GetObject', { Bucket: 'store', Key }, person).then(
              (output) => (output as { Body: Buffer }).Body.toString(),
              () => undefined,
            );
          expect(await object('a/b')).toBe('kept');
          expect(await eventually(() => object('told'), 'the asynchronous invocation')).toBe('news');
          await expect
            .poll(() => aws.call('states', 'DescribeExecution', { executionArn }, person), { timeout: 5000 })
            .toMatchObject({ status: 'SUCCEEDED', output: '2' });
        },
        { state },
      );
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  });

  it('refuses a role that its service could not assume', async () => {
    const wrong = {
      Resources: {
        Role: role('ec2'),
        Fn: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Runtime: 'nodejs24.x',
            Handler: 'index.handler',
            Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
            Code: { ZipFile: '' },
          },
        },
      },
    };
    await expect(withLaptop(wrong, nothing)).rejects.toThrow('does not let lambda.amazonaws.com assume it');
  });
});
