/**
 * DynamoDB: dynalite on the state directory, one hop behind the server, so that policies apply to every call. Separate because
 * it is the only service whose work is done by a library.
 */
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import dynalite from 'dynalite';
import { type Account, type Action, AwsError, type Input, type Service } from './api.ts';
import { json } from './protocols.ts';

const supported = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
];

/** A table as the template declares it. */
export interface TableDefinition {
  readonly TableName: string;
  readonly [member: string]: unknown;
}

/** DynamoDB with the tables that are there from earlier runs. */
export interface DynamoDb {
  readonly service: Service;
  /** Makes the table unless it is there; refuses one that is there with other keys. */
  declareTable(definition: TableDefinition): Promise<void>;
  stop(): Promise<void>;
}

/** Opens the tables of the state directory. */
export async function startDynamoDb(account: Account): Promise<DynamoDb> {
  const path = join(account.state, 'dynamodb');
  mkdirSync(path, { recursive: true });
  const server: Server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  async function forward(action: string, input: Input): Promise<Input> {
    const response = await fetch(address, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${action}`,
        'x-amz-date': '20000101T000000Z',
        authorization: `AWS4-HMAC-SHA256 Credential=local/20000101/${account.region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(input),
    });
    const body = (await response.json()) as Input;
    if (response.ok) return withAccount(body);
    const { __type: type, message, Message, ...members } = body;
    throw new AwsError(
      String(type).split('#').at(-1) ?? 'InternalServerError',
      String(message ?? Message),
      response.status,
      members,
    );
  }

  /** dynalite has an account and a region of its own. */
  function withAccount(body: Input): Input {
    const table = (body['Table'] ?? body['TableDescription']) as Input | undefined;
    if (typeof table?.['TableName'] === 'string')
      table['TableArn'] = `arn:aws:dynamodb:${account.region}:${account.id}:table/${table['TableName']}`;
    return body;
  }

  const keysOf = (table: Input) => JSON.stringify([table['KeySchema'], indexes(table)]);
  const indexes = (table: Input) =>
    ((table['GlobalSecondaryIndexes'] ?? []) as Input[])
      .map((index) => JSON.stringify([index['IndexName'], index['KeySchema']]))
      .sort();

  return {
    service: {
      name: 'dynamodb',
      protocol: json,
      actions: Object.fromEntries(
        supported.map((action): [string, Action] => [action, (input) => forward(action, input)]),
      ),
    },
    async declareTable(definition) {
      const { TableName } = definition;
      const names = (await forward('ListTables', {}))['TableNames'] as string[];
      if (!names.includes(TableName)) {
        await forward('CreateTable', definition);
        return;
      }
      const existing = (await forward('DescribeTable', { TableName }))['Table'] as Input;
      if (keysOf(existing) !== keysOf(definition))
        throw new Error(
          `Table ${TableName} in ${path} has other keys or indexes than the template. The laptop does not migrate tables: start with another --state directory.`,
        );
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
