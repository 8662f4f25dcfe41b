import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { role, withLaptop } from './laptop.ts';

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

  it('goes on with executions and stored data of the run before', async () => {
    const state = mkdtempSync(join(tmpdir(), 'laptop-'));
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'Wait',
      States: {
        Wait: { Type: 'Wait', Seconds: 2, Next: 'Done' },
        Done: { Type: 'Succeed', Output: '{% $states.input.n %}' },
      },
    };
    const stack = {
      Resources: {
        Store: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'store' } },
        Role: role('states'),
        Waits: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: {
            StateMachineName: 'waits',
            RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
            DefinitionString: JSON.stringify(definition),
          },
        },
      },
    };
    const stateMachineArn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:waits';
    let executionArn = '';
    try {
      await withLaptop(
        stack,
        async ({ aws }) => {
          await aws.call('s3', 'PutObject', { Bucket: 'store', Key: 'a/b', Body: 'kept' }, person);
          const started = await aws.call('states', 'StartExecution', { stateMachineArn, input: '{"n":7}' }, person);
          executionArn = (started as { executionArn: string }).executionArn;
        },
        { state },
      );
      await withLaptop(
        stack,
        async ({ aws }) => {
          const { Body } = (await aws.call('s3', 'GetObject', { Bucket: 'store', Key: 'a/b' }, person)) as {
            Body: Buffer;
          };
          expect(Body.toString()).toBe('kept');
          await expect
            .poll(() => aws.call('states', 'DescribeExecution', { executionArn }, person), { timeout: 5000 })
            .toMatchObject({ status: 'SUCCEEDED', output: '7' });
        },
        { state },
      );
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  });
});
