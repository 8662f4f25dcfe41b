import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SignatureV4 } from '@smithy/signature-v4';
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { chatMessage } from '../../../local/aws/chat.ts';
import { checkPattern, matches } from '../../../local/aws/pattern.ts';
import { isDue } from '../../../local/aws/schedules.ts';
import { eventually, role, withLaptop } from './laptop.ts';

const note = (more: object = {}, content: object = {}) =>
  JSON.stringify({ version: '1.0', source: 'custom', content: { description: 'It is ready', ...content }, ...more });

describe('event patterns', () => {
  const fits = (pattern: object, detail: object) => matches({ detail: pattern }, { detail });
  it.each<[object, object, boolean]>([
    [{ name: ['a', 'b'] }, { name: 'b' }, true],
    [{ name: ['a'] }, {}, false],
    [{ name: [{ prefix: 'feature/' }] }, { name: 'feature/x' }, true],
    [{ name: [{ prefix: { 'equals-ignore-case': 'FEATURE/' } }] }, { name: 'feature/x' }, true],
    [{ name: [{ suffix: '.md' }] }, { name: 'a.ts' }, false],
    [{ name: [{ wildcard: 'a/*/c' }] }, { name: 'a/b.b/c' }, true],
    [{ name: [{ wildcard: 'a.c' }] }, { name: 'abc' }, false],
    [{ name: [{ 'equals-ignore-case': 'MAIN' }] }, { name: 'main' }, true],
    [{ name: [{ 'anything-but': ['a', 'b'] }] }, { name: 'c' }, true],
    [{ name: [{ 'anything-but': ['a', 'b'] }] }, { name: 'a' }, false],
    [{ name: [{ 'anything-but': { prefix: ['x', 'y'] } }] }, { name: 'yes' }, false],
    [{ name: [{ 'anything-but': ['a'] }] }, {}, false],
    [{ name: [{ exists: false }] }, {}, true],
    [{ name: [{ exists: true }] }, { name: null }, true],
    [{ names: ['b'] }, { names: ['a', 'b'] }, true],
    [{ size: [{ numeric: ['>', 1, '<=', 3] }] }, { size: 3 }, true],
    [{ $or: [{ a: ['1'] }, { b: ['2'] }] }, { b: '2' }, true],
  ])('%j and %j: %j', (pattern, detail, expected) => {
    expect(fits(pattern, detail)).toBe(expected);
  });
  it('refuses an operator it does not know', () => {
    expect(() => checkPattern({ detail: { ip: [{ cidr: '10.0.0.0/8' }] } })).toThrow('detail.ip: the operator "cidr"');
  });
});

describe('schedules', () => {
  const since = new Date('2026-01-05T10:00:00Z');
  const due = (expression: string, time: string) => isDue(expression, new Date(time), since);
  it.each<[string, string, boolean]>([
    ['rate(5 minutes)', '2026-01-05T10:05:20Z', true],
    ['rate(5 minutes)', '2026-01-05T10:06:20Z', false],
    ['cron(0/15 8-17 ? * MON-FRI *)', '2026-01-05T10:45:00Z', true],
    ['cron(0/15 8-17 ? * MON-FRI *)', '2026-01-04T10:45:00Z', false],
    ['cron(30 4 1 JAN ? *)', '2026-01-01T04:30:00Z', true],
  ])('%s at %s: %j', (expression, time, expected) => {
    expect(due(expression, time)).toBe(expected);
  });
  it('refuses what it does not understand', () => {
    expect(() => due('cron(0 0 L * ? *)', '2026-01-01T00:00:00Z')).toThrow('not supported');
  });
});

describe('chat messages', () => {
  it('are shown when they have the documented shape', () => {
    const message = note(
      { metadata: { threadId: 'login' } },
      { title: 'orders', nextSteps: ['Look at it'], keywords: ['ready'] },
    );
    expect(chatMessage(message)).toEqual({ shown: '[thread login] orders\nIt is ready\n  → Look at it\n  #ready' });
  });
  it.each([
    ['text', 'it is not JSON'],
    [note({ version: '2.0' }), 'version'],
    [note({ source: 'espalier' }), 'source'],
    [note({}, { description: undefined }), 'content.description'],
    [note({}, { textType: 'plain' }), 'content.textType'],
    [note({}, { title: 'x'.repeat(251) }), 'content.title'],
    [note({}, { colour: 'red' }), 'content.colour'],
    [note({ metadata: { additionalContext: { a: 1 } } }), 'metadata.additionalContext'],
  ])('are dropped otherwise: %s', (message, reason) => {
    expect(chatMessage(message)).toEqual({ dropped: expect.stringContaining(reason) as unknown });
  });
});

describe('other services on the laptop', () => {
  it('show notices of a topic as the chat channel would, and say what it would drop', async () => {
    const Resources = {
      Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'notices' } },
      Channel: {
        Type: 'AWS::Chatbot::SlackChannelConfiguration',
        Properties: {
          ConfigurationName: 'team',
          SnsTopicArns: [{ Ref: 'Topic' }],
          SlackChannelId: 'C',
          SlackWorkspaceId: 'T',
          IamRoleArn: 'r',
        },
      },
    };
    await withLaptop({ Resources }, async ({ client, notices, lines }) => {
      const sns = new SNSClient(client);
      const TopicArn = 'arn:aws:sns:eu-central-1:000000000000:notices';
      await sns.send(new PublishCommand({ TopicArn, Message: note({}, { title: 'a & <b>' }) }));
      await sns.send(new PublishCommand({ TopicArn, Message: 'plain' }));
      expect(notices).toEqual(['a & <b>\nIt is ready']);
      expect(lines.join()).toContain('Amazon Q drops this message because it is not JSON');
      await expect(sns.send(new PublishCommand({ TopicArn: `${TopicArn}-not`, Message: 'x' }))).rejects.toThrow(
        'does not exist',
      );
    });
  });

  it('keep objects, refuse to overwrite when asked, and name what is not supported', async () => {
    const Resources = { Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'bucket' } } };
    await withLaptop({ Resources }, async ({ client }) => {
      const s3 = new S3Client(client);
      const object = { Bucket: 'bucket', Key: 'a/../b c~' };
      await s3.send(new PutObjectCommand({ ...object, Body: 'hello' }));
      const { Body } = await s3.send(new GetObjectCommand(object));
      expect(await Body?.transformToString()).toBe('hello');
      const again = s3.send(new PutObjectCommand({ ...object, Body: 'other', IfNoneMatch: '*' }));
      await expect(again).rejects.toMatchObject({ name: 'PreconditionFailed' });
      await expect(s3.send(new GetObjectCommand({ ...object, Key: 'gone' }))).rejects.toMatchObject({
        name: 'NoSuchKey',
      });
      await expect(
        new SFNClient({ ...client, credentials: { accessKeyId: 'x', secretAccessKey: 'y' } }).send(
          new ListStateMachinesCommand(),
        ),
      ).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
      const unknown = await fetch(client.endpoint, {
        method: 'POST',
        headers: {
          authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/codecommit/aws4_request',
          'x-amz-target': 'CodeCommit_20150413.MergeBranchesBySquash',
        },
        body: '{}',
      });
      expect([unknown.status, await unknown.text()]).toEqual([
        501,
        expect.stringContaining('codecommit:MergeBranchesBySquash is not supported on the laptop'),
      ]);
    });
  });

  it('know the bearer of a Kubernetes token by its signature, cluster, age and access entry', async () => {
    const Resources = {
      Role: role('lambda'),
      Cluster: { Type: 'AWS::EKS::Cluster', Properties: { Name: 'main' } },
      Entry: {
        Type: 'AWS::EKS::AccessEntry',
        Properties: {
          ClusterName: { Ref: 'Cluster' },
          PrincipalArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
          KubernetesGroups: ['deployers'],
          Username: 'deploy:{{SessionName}}',
        },
      },
      Fn: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'shows',
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Code: { ZipFile: 'exports.handler = async () => ({ ...process.env })' },
        },
      },
    };
    await withLaptop({ Resources }, async ({ aws }) => {
      const { Payload } = (await aws.call('lambda', 'Invoke', { FunctionName: 'shows' }, { arn: 'person' })) as {
        Payload: string;
      };
      const keys = JSON.parse(Payload) as Record<string, string>;
      const token = async (cluster: string, signingDate = new Date(), secret = keys['AWS_SECRET_ACCESS_KEY'] ?? '') => {
        const credentials = {
          accessKeyId: keys['AWS_ACCESS_KEY_ID'] ?? '',
          secretAccessKey: secret,
          sessionToken: keys['AWS_SESSION_TOKEN'] ?? '',
        };
        const signer = new SignatureV4({ service: 'sts', region: 'eu-central-1', credentials, sha256: Sha256 });
        const hostname = 'sts.eu-central-1.amazonaws.com';
        const request = {
          method: 'GET',
          protocol: 'https:',
          hostname,
          path: '/',
          headers: { host: hostname, 'x-k8s-aws-id': cluster },
          query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        };
        const { query } = await signer.presign(request, {
          expiresIn: 60,
          signingDate,
          unhoistableHeaders: new Set(['x-k8s-aws-id']),
        });
        const url = `https://${hostname}/?${new URLSearchParams(query as Record<string, string>).toString()}`;
        return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
      };
      expect(await aws.authenticate(await token('main'))).toEqual({ username: 'deploy:shows', groups: ['deployers'] });
      expect(await aws.authenticate(await token('other'))).toBeUndefined();
      expect(await aws.authenticate(await token('main', new Date(Date.now() - 3_600_000)))).toBeUndefined();
      expect(await aws.authenticate(await token('main', new Date(), 'guessed'))).toBeUndefined();
      expect(await aws.authenticate('k8s-aws-v1.bm90IGEgdXJs')).toBeUndefined();
    });
  });

  it('run the tasks of state machines as their role, and wait for builds', async () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'Build',
      States: {
        Build: {
          Type: 'Task',
          Resource: 'arn:aws:states:::codebuild:startBuild.sync',
          Arguments: {
            ProjectName: 'p',
            EnvironmentVariablesOverride: [
              { Name: 'CODE', Value: '{% $string($states.input.code) %}', Type: 'PLAINTEXT' },
            ],
          },
          Output: '{% $states.result.Build.BuildStatus %}',
          Catch: [
            {
              ErrorEquals: ['States.TaskFailed'],
              Output:
                '{% $contains($states.errorOutput.Cause, "exit status 3") ? "FAILED" : $states.errorOutput.Cause %}',
              Next: 'Failed',
            },
          ],
          End: true,
        },
        Failed: { Type: 'Succeed' },
      },
    };
    const rule: Parameters<typeof role>[1] = [
      ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      'arn:aws:events:*:*:rule/StepFunctionsGetEventForCodeBuildStartBuildRule',
    ];
    const machine = (name: string, statements: Parameters<typeof role>) => ({
      [`${name}Role`]: role(...statements),
      [name]: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: name,
          RoleArn: { 'Fn::GetAtt': [`${name}Role`, 'Arn'] },
          DefinitionString: JSON.stringify(definition),
        },
      },
    });
    const Resources = {
      BuildRole: role('codebuild'),
      Project: {
        Type: 'AWS::CodeBuild::Project',
        Properties: {
          Name: 'p',
          ServiceRole: { 'Fn::GetAtt': ['BuildRole', 'Arn'] },
          Source: { Type: 'NO_SOURCE', BuildSpec: '{"version":"0.2","phases":{"build":{"commands":["exit $CODE"]}}}' },
          Artifacts: { Type: 'NO_ARTIFACTS' },
          Environment: { Type: 'LINUX_CONTAINER', Image: 'i', ComputeType: 'c' },
        },
      },
      ...machine('builds', [
        'states',
        [['codebuild:StartBuild', 'codebuild:BatchGetBuilds'], { 'Fn::GetAtt': ['Project', 'Arn'] }],
        rule,
      ]),
      ...machine('mayNot', ['states', rule]),
    };
    await withLaptop({ Resources }, async ({ aws }) => {
      const run = async (name: string, code: number) => {
        const stateMachineArn = `arn:aws:states:eu-central-1:000000000000:stateMachine:${name}`;
        const { executionArn } = (await aws.call(
          'states',
          'StartExecution',
          { stateMachineArn, input: JSON.stringify({ code }) },
          { arn: 'x' },
        )) as { executionArn: string };
        return eventually(async () => {
          const described = (await aws.call('states', 'DescribeExecution', { executionArn }, { arn: 'x' })) as {
            status: string;
            output?: string;
            error?: string;
            cause?: string;
          };
          return described.status === 'RUNNING' ? undefined : described;
        }, 'the end of the execution');
      };
      expect(await run('builds', 0)).toMatchObject({ output: '"SUCCEEDED"' });
      expect(await run('builds', 3)).toMatchObject({ output: '"FAILED"' });
      expect((await run('mayNot', 0)).output).toMatch(/not authorized to perform: codebuild:StartBuild.*mayNotRole/);
    });
  });
});

/** The hash that the signer asks for. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}
