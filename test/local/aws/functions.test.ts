import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBClient, GetItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CustomResource, Duration, type Stack } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function as LambdaFn, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { describe, expect, it } from 'vitest';
import { eventually, type Laptop, withLaptop } from './laptop.ts';

function fn(stack: Stack, id: string, code: string, more: object = {}): LambdaFn {
  return new LambdaFn(stack, id, {
    functionName: id.toLowerCase(),
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline(code),
    ...more,
  });
}

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
  it('have the variables of the template and those of the runtime, and no other', async () => {
    const shows = (stack: Stack) =>
      fn(stack, 'Shows', 'exports.handler = async () => ({ ...process.env })', { environment: { COLOUR: 'blue' } });
    await withLaptop(shows, async (laptop) => {
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
    });
  });

  it('answer errors, time-outs and crashes in the shape of the Node.js runtime', async () => {
    const fails = (stack: Stack) => {
      fn(
        stack,
        'Throws',
        "exports.handler = async () => { throw Object.assign(new Error('too bad'), { name: 'RejectedError' }); }",
      );
      fn(stack, 'Sleeps', 'exports.handler = () => new Promise((r) => setTimeout(r, 60000))', {
        timeout: Duration.seconds(1),
      });
      fn(stack, 'Exits', 'exports.handler = () => process.exit(7)');
      fn(stack, 'Absent', 'exports.other = 1');
    };
    await withLaptop(fails, async (laptop) => {
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
    const tables = (stack: Stack) => {
      const mine = new TableV2(stack, 'Mine', {
        tableName: 'mine',
        partitionKey: { name: 'id', type: AttributeType.STRING },
      });
      new TableV2(stack, 'Yours', { tableName: 'yours', partitionKey: { name: 'id', type: AttributeType.STRING } });
      mine.grantWriteData(fn(stack, 'Allowed', writer, { environment: { TABLE: 'mine' } }));
      mine.grantWriteData(fn(stack, 'Denied', writer, { environment: { TABLE: 'yours' } }));
    };
    await withLaptop(tables, async (laptop) => {
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
    const waits = (stack: Stack) =>
      fn(
        stack,
        'Waits',
        'exports.handler = (e) => new Promise((r) => setTimeout(() => r({ pid: process.pid }), e.ms))',
        { timeout: Duration.seconds(20) },
      );
    await withLaptop(waits, async (laptop) => {
      const answers = await Promise.all([1, 2, 3].map(() => invoke(laptop, 'waits', { ms: 1500 })));
      expect(new Set(answers.map(({ payload }) => payload['pid'])).size).toBe(3);
      const again = await invoke(laptop, 'waits', { ms: 0 });
      expect(answers.map(({ payload }) => payload['pid'])).toContain(again.payload['pid']);
    });
  });

  it('get events of rules, are tried three times, and leave what failed in the destination', async () => {
    const rules = (stack: Stack) => {
      const lost = new Queue(stack, 'Lost', { queueName: 'lost' });
      const target = fn(
        stack,
        'Target',
        "exports.handler = async (e) => { console.log('tried', JSON.stringify(e)); throw new Error('no'); }",
        { onFailure: new SqsDestination(lost) },
      );
      const event = RuleTargetInput.fromObject({
        name: EventField.fromPath('$.detail.name'),
        text: `about ${EventField.fromPath('$.source')}`,
      });
      new Rule(stack, 'Rule', {
        eventPattern: {
          source: ['test'],
          detail: { name: [{ 'anything-but': { prefix: 'no-' } }] },
        },
        targets: [new LambdaFunction(target, { event })],
      });
    };
    await withLaptop(
      rules,
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

  it("answer custom resources through the CDK's provider framework", async () => {
    const custom = (stack: Stack) => {
      const onEvent = fn(
        stack,
        'OnEvent',
        "exports.handler = async (e) => ({ PhysicalResourceId: 'made', Data: { Colour: e.ResourceProperties.colour + '!', Type: e.RequestType } })",
      );
      const { serviceToken } = new Provider(stack, 'Provider', { onEventHandler: onEvent });
      const resource = new CustomResource(stack, 'Custom', {
        serviceToken,
        resourceType: 'Custom::Colour',
        properties: { colour: 'blue', size: 3 },
      });
      fn(stack, 'Reads', 'exports.handler = async () => process.env.COLOUR', {
        environment: { COLOUR: resource.getAttString('Colour') },
      });
    };
    await withLaptop(custom, async (laptop) => {
      expect((await invoke(laptop, 'reads', {})).payload).toBe('blue!');
    });
  });
});
