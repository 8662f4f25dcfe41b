import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnCondition, CfnMapping, CfnResource, Fn, type Stack } from 'aws-cdk-lib';
import { CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { CfnParameter } from 'aws-cdk-lib/aws-ssm';
import { Code, Function as LambdaFn, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { withLaptop } from './laptop.ts';

const person = { arn: 'person' };
const nothing = () => Promise.resolve();

describe('a cloud assembly on the laptop', () => {
  it('is refused as a whole, naming each type and property that does not run', async () => {
    const wrong = (stack: Stack) => {
      const layer = new CfnResource(stack, 'Layer', { type: 'AWS::Lambda::LayerVersion', properties: {} });
      const bucket = new CfnBucket(stack, 'Bucket', { replicationConfiguration: { role: 'r', rules: [] } });
      bucket.addDependency(layer);
    };
    const refusal = await withLaptop(wrong, nothing).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(refusal).toContain('Test/Layer: the resource type AWS::Lambda::LayerVersion is not supported');
    expect(refusal).toContain('Test/Bucket: AWS::S3::Bucket.ReplicationConfiguration is not supported');
  });

  it('resolves intrinsic functions, in the order of references', async () => {
    const uses = (stack: Stack) => {
      const map = new CfnMapping(stack, 'Map', { mapping: { first: { second: 'mapped' } } });
      const never = new CfnCondition(stack, 'Never', { expression: Fn.conditionEquals('a', 'b') });
      const value = Fn.join('|', [
        Fn.sub('${AWS::Region} ${Bucket} ${Bucket.Arn} ${!Literal} ${Own}', { Own: 'own' }),
        Fn.select(1, Fn.split('-', 'a-b-c')),
        map.findInMap('first', 'second'),
        Fn.conditionIf('Never', 'yes', Fn.conditionIf('Never', 'yes', 'no').toString()).toString(),
        Fn.select(0, Fn.getAzs()),
        Fn.base64('hi'),
        Fn.ref('AWS::AccountId'),
      ]);
      const parameter = new CfnParameter(stack, 'Parameter', { name: 'all', type: 'String', value });
      const bucket = new CfnBucket(stack, 'Bucket', { bucketName: 'mine' });
      const skipped = new CfnBucket(stack, 'Skipped', { bucketName: 'skipped' });
      skipped.cfnOptions.condition = never;
      parameter.addDependency(bucket);
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
    const odd = (stack: Stack) =>
      void new CfnBucketPolicy(stack, 'Policy', {
        bucket: 'b',
        policyDocument: {
          Statement: [
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:*',
              Resource: '*',
              Condition: { NumericLessThan: { 's3:max-keys': '3' } },
            },
          ],
        },
      });
    await expect(withLaptop(odd, nothing)).rejects.toThrow(/Cannot make Test\/Policy.*not (known|supported)/s);
  });

  it('goes on with executions, asynchronous invocations and stored data of the run before', async () => {
    const state = mkdtempSync(join(tmpdir(), 'laptop-'));
    const stack = (scope: Stack) => {
      const store = new CfnBucket(scope, 'Store', { bucketName: 'store' });
      const fn = new LambdaFn(scope, 'Writes', {
        functionName: 'writes',
        runtime: Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: Code.fromInline(
          'exports.handler = async (event) => { if (process.env.SLOW) await new Promise(() => {}); return event; }',
        ),
      });
      fn.node.addDependency(store);
      const machine = new CfnStateMachine(scope, 'Waits', {
        stateMachineName: 'waits',
        roleArn: fn.role?.roleArn ?? '',
        definition: {
          QueryLanguage: 'JSONata',
          StartAt: 'Wait',
          States: {
            Wait: { Type: 'Wait', Seconds: 2, Next: 'Done' },
            Done: { Type: 'Succeed', Output: '{% $states.input.n %}' },
          },
        },
      });
      machine.node.addDependency(fn);
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
