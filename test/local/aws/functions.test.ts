import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBClient, GetItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { FunctionProcesses, type Runtime } from '../../../local/aws/lambda/processes.ts';
import { allowing, eventually, type Laptop, role, withLaptop } from './laptop.ts';

/** A function of this code, and its role with these statements. */
function fn(name: string, code: string, more: object = {}, ...statements: Parameters<typeof allowing>) {
  const Properties = {
    FunctionName: name,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: code },
    Role: { 'Fn::GetAtt': [`${name}Role`, 'Arn'] },
    ...more,
  };
  return { [`${name}Role`]: role('lambda', ...statements), [name]: { Type: 'AWS::Lambda::Function', Properties } };
}

const table = (TableName: string) => ({
  Type: 'AWS::DynamoDB::GlobalTable',
  Properties: {
    TableName,
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
    Replicas: [{ Region: 'eu-central-1' }],
  },
});
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

async function invoke(
  { client }: Laptop,
  name: string,
  payload: unknown,
): Promise<{ error: string | undefined; payload: Record<string, unknown> }> {
  const output = await new LambdaClient(client).send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload) }),
  );
  return {
    error: output.FunctionError,
    payload: JSON.parse(Buffer.from(output.Payload ?? []).toString()) as Record<string, unknown>,
  };
}

const writer = `
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
exports.handler = async (event) => {
  await new DynamoDBClient({}).send(new PutItemCommand({ TableName: process.env.TABLE, Item: { id: { S: String(event.id) } } }));
  return { wrote: event.id };
};`;

describe('functions on the laptop', () => {
  it('start no process any more once they are stopped, whoever still calls', async () => {
    const started: string[] = [];
    const credentials = { session: (_role: string, name: string) => started.push(name), issue: () => ({}) };
    const definition = { name: 'late', arn: 'arn', role: 'role', directory: tmpdir(), memoryMegabytes: 128 };
    const functions = new FunctionProcesses(
      { ...definition, handler: 'index.handler', runtime: 'nodejs24.x', environment: {}, timeoutSeconds: 3 },
      { credentials, modules: '', logs: tmpdir(), gateway: {} } as unknown as Runtime,
    );
    functions.stop();
    expect(await functions.invoke('{}')).toMatchObject({
      error: true,
      payload: expect.stringContaining('stopped') as string,
    });
    expect(started).toEqual([]);
  });

  it('have the variables of the template and those of the runtime, and no other', async () => {
    const environment = { Environment: { Variables: { COLOUR: 'blue' } } };
    await withLaptop(
      { Resources: fn('shows', 'exports.handler = async () => ({ ...process.env })', environment) },
      async (laptop) => {
        const { payload } = await invoke(laptop, 'shows', {});
        expect(payload).toMatchObject({
          COLOUR: 'blue',
          AWS_REGION: 'eu-central-1',
          AWS_LAMBDA_FUNCTION_NAME: 'shows',
          AWS_ENDPOINT_URL: laptop.client.endpoint,
        });
        const others = Object.keys(payload).filter(
          (name) => !/^(AWS|LAMBDA)_|^(COLOUR|_HANDLER|NODE_PATH|PATH|LANG|TZ)$/.test(name),
        );
        expect(others).toEqual([]);
      },
    );
  });

  it('answer errors, time-outs and crashes in the shape of the Node.js runtime', async () => {
    const Resources = {
      ...fn(
        'throws',
        "exports.handler = async () => { throw Object.assign(new Error('too bad'), { name: 'RejectedError' }); }",
      ),
      ...fn('sleeps', 'exports.handler = () => new Promise((r) => setTimeout(r, 60000))', { Timeout: 1 }),
      ...fn('exits', 'exports.handler = () => process.exit(7)'),
      ...fn('absent', 'exports.other = 1'),
    };
    await withLaptop({ Resources }, async (laptop) => {
      const [thrown, late, gone, absent] = await Promise.all(
        ['throws', 'sleeps', 'exits', 'absent'].map((name) => invoke(laptop, name, {})),
      );
      expect(thrown).toMatchObject({
        error: 'Unhandled',
        payload: {
          errorType: 'RejectedError',
          errorMessage: 'too bad',
          trace: expect.arrayContaining(['RejectedError: too bad']) as unknown,
        },
      });
      expect(late).toMatchObject({
        error: 'Unhandled',
        payload: {
          errorType: 'Sandbox.Timedout',
          errorMessage: expect.stringContaining('Task timed out after 1.00 seconds') as unknown,
        },
      });
      expect(gone?.payload).toMatchObject({
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringContaining('exit status 7') as unknown,
      });
      expect(absent?.payload).toMatchObject({ errorType: 'Runtime.HandlerNotFound' });
      expect((await invoke(laptop, 'exits', {})).error).toBe('Unhandled');
    });
  });

  it('may do what their role allows, and are told the missing statement otherwise', async () => {
    const Resources = {
      Mine: table('mine'),
      Yours: table('yours'),
      ...fn('allowed', writer, { Environment: { Variables: { TABLE: 'mine' } } }, ['dynamodb:PutItem', arnOf('Mine')]),
      ...fn('denied', writer, { Environment: { Variables: { TABLE: 'yours' } } }, ['dynamodb:PutItem', arnOf('Mine')]),
    };
    await withLaptop({ Resources }, async (laptop) => {
      const database = new DynamoDBClient(laptop.client);
      expect((await database.send(new ListTablesCommand())).TableNames).toEqual(['mine', 'yours']);
      expect((await invoke(laptop, 'allowed', { id: 1 })).payload).toEqual({ wrote: 1 });
      expect((await database.send(new GetItemCommand({ TableName: 'mine', Key: { id: { S: '1' } } }))).Item).toEqual({
        id: { S: '1' },
      });
      const denied = await invoke(laptop, 'denied', { id: 2 });
      expect(denied.payload['errorType']).toBe('AccessDeniedException');
      expect(denied.payload['errorMessage']).toMatch(
        /not authorized to perform: dynamodb:PutItem on resource: .*table\/yours.*would need a statement/s,
      );
    });
  });

  it('work at the same time in processes of their own', async () => {
    const code = 'exports.handler = (e) => new Promise((r) => setTimeout(() => r({ pid: process.pid }), e.ms))';
    await withLaptop({ Resources: fn('waits', code, { Timeout: 20 }) }, async (laptop) => {
      const answers = await Promise.all([1, 2, 3].map(() => invoke(laptop, 'waits', { ms: 1500 })));
      expect(new Set(answers.map(({ payload }) => payload['pid'])).size).toBe(3);
      const again = await invoke(laptop, 'waits', { ms: 0 });
      expect(answers.map(({ payload }) => payload['pid'])).toContain(again.payload['pid']);
    });
  });

  it('get events of rules, are tried three times, and leave what failed in the destination', async () => {
    const transformer = {
      InputPathsMap: { name: '$.detail.name', source: '$.source' },
      InputTemplate: '{"name":<name>,"text":"about <source>"}',
    };
    const Resources = {
      Lost: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'lost' } },
      ...fn('target', "exports.handler = async () => { throw new Error('no'); }", {}, [
        'sqs:SendMessage',
        arnOf('Lost'),
      ]),
      Config: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: {
          FunctionName: { Ref: 'target' },
          Qualifier: '$LATEST',
          DestinationConfig: { OnFailure: { Destination: arnOf('Lost') } },
        },
      },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: { source: ['test'], detail: { name: [{ 'anything-but': { prefix: 'no-' } }] } },
          Targets: [{ Id: 'one', Arn: arnOf('target'), InputTransformer: transformer }],
        },
      },
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          Action: 'lambda:InvokeFunction',
          FunctionName: arnOf('target'),
          Principal: 'events.amazonaws.com',
          SourceArn: arnOf('Rule'),
        },
      },
    };
    await withLaptop(
      { Resources },
      async ({ aws }) => {
        const person = { arn: 'person' };
        const entry = (name: string) => ({ Source: 'test', DetailType: 'Test', Detail: JSON.stringify({ name }) });
        await aws.call('events', 'PutEvents', { Entries: [entry('no-one'), entry('x"y')] }, person);
        const record = await eventually(async () => {
          const output = await aws.call('sqs', 'ReceiveMessage', { QueueUrl: 'lost' }, person);
          const body = (output as { Messages?: { Body: string }[] }).Messages?.[0]?.Body;
          return body === undefined ? undefined : (JSON.parse(body) as object);
        }, 'the record of the failure');
        expect(record).toMatchObject({
          requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
          requestPayload: { name: 'x"y', text: 'about test' },
          responseContext: { functionError: 'Unhandled' },
          responsePayload: { errorMessage: 'no' },
        });
      },
      { retryDelays: [10, 10] },
    );
  });

  it("answer custom resources through the CDK's provider framework, once for each change", async () => {
    // The framework itself, as the CDK puts it into assemblies.
    const framework = join(
      createRequire(import.meta.url).resolve('aws-cdk-lib/package.json'),
      '../custom-resources/lib/provider-framework/runtime',
    );
    const asked = join(mkdtempSync(join(tmpdir(), 'asked-')), 'requests');
    const onEvent = `exports.handler = async ({ RequestType, ResourceProperties: { colour, size } }) => {
      require('node:fs').appendFileSync(${JSON.stringify(asked)}, RequestType + ' ');
      return { PhysicalResourceId: 'made', Data: { Colour: colour + size } };
    }`;
    const provider = {
      Handler: 'framework.onEvent',
      Code: { S3Bucket: 'assets', S3Key: 'framework.zip' },
      Environment: { Variables: { USER_ON_EVENT_FUNCTION_ARN: arnOf('onEvent') } },
      Timeout: 900,
    };
    const Resources = {
      ...fn('onEvent', onEvent),
      ...fn(
        'provider',
        '',
        provider,
        ['lambda:InvokeFunction', arnOf('onEvent')],
        ['lambda:GetFunction', arnOf('onEvent')],
      ),
      Custom: { Type: 'Custom::Colour', Properties: { ServiceToken: arnOf('provider'), colour: 'blue', size: 3 } },
      ...fn('reads', 'exports.handler = async () => process.env.COLOUR', {
        Environment: { Variables: { COLOUR: { 'Fn::GetAtt': ['Custom', 'Colour'] } } },
      }),
    };
    await withLaptop({ Resources, assets: { 'framework.zip': framework } }, async (laptop) => {
      expect((await invoke(laptop, 'reads', {})).payload).toBe('blue3');
      // Long enough for a second request to have been on its way.
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(readFileSync(asked, 'utf8')).toBe('Create ');
      await laptop.aws.destroy();
      expect(readFileSync(asked, 'utf8')).toBe('Create Delete ');
    });
    rmSync(dirname(asked), { recursive: true });
  });
});
