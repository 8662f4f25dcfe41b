/** The adapters of the table keep the contracts of their ports, on a DynamoDB that runs in this process. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoBuilds } from '../../../lambdas/adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../../lambdas/adapters/dynamodb/history.ts';
import { dynamoPushes } from '../../../lambdas/adapters/dynamodb/pushes.ts';
import { dynamoRecords } from '../../../lambdas/adapters/dynamodb/records.ts';
import { dynamoStarters } from '../../../lambdas/adapters/dynamodb/starters.ts';
import { dynamoSweepStates } from '../../../lambdas/adapters/dynamodb/sweep-states.ts';
import { dynamoTable, type Table } from '../../../lambdas/adapters/dynamodb/table.ts';
import { TABLE } from '../../../lambdas/contracts/table.ts';
import { dynamoApprovals, dynamoRollouts } from '../../../lambdas/adapters/dynamodb/rollouts.ts';
import { buildsContract } from '../contracts/builds-contract.ts';
import { historyContract } from '../contracts/history-contract.ts';
import { pushesContract } from '../contracts/pushes-contract.ts';
import { recordsContract } from '../contracts/records-contract.ts';
import { rolloutsContract } from '../contracts/rollouts-contract.ts';
import { startersContract } from '../contracts/starters-contract.ts';
import { sweepStatesContract } from '../contracts/sweep-states-contract.ts';

let server: Server;
let client: DynamoDBClient;
let count = 0;

beforeAll(async () => {
  server = dynalite({ path: '', createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});

afterAll(() => {
  client.destroy();
  server.close();
});

/** A table of its own, as the stack declares it. */
async function freshTable(): Promise<Table> {
  count += 1;
  const name = `state-${String(count)}`;
  const { partitionKey, sortKey, kindIndex, kindIndexKey } = TABLE;
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [partitionKey, sortKey, kindIndexKey].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: kindIndex,
          KeySchema: [
            { AttributeName: kindIndexKey, KeyType: 'HASH' },
            { AttributeName: partitionKey, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  // It is there a moment later, as in AWS.
  for (;;) {
    const { Table: made } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (made?.TableStatus === 'ACTIVE') return dynamoTable(client, name);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('pushes in the table', () => {
  pushesContract(async () => dynamoPushes(await freshTable(), () => 0));
});

describe('starters in the table', () => {
  startersContract(async () => dynamoStarters(await freshTable(), () => 0));
});

describe('records in the table', () => {
  recordsContract(async () => {
    let now = 0;
    return {
      records: dynamoRecords(await freshTable(), () => now),
      pass: (milliseconds) => (now += milliseconds),
    };
  });
});

describe('builds in the table', () => {
  buildsContract(async () => dynamoBuilds(await freshTable(), () => 0));
});

describe('history in the table', () => {
  historyContract(async () => dynamoHistory(await freshTable()));
});

describe('sweep states in the table', () => {
  sweepStatesContract(async () => dynamoSweepStates(await freshTable()));
});

describe('rollouts and approvals in the table', () => {
  rolloutsContract(async () => {
    const table = await freshTable();
    return { rollouts: dynamoRollouts(table), approvals: dynamoApprovals(table, () => 0) };
  });
});

describe('the table', () => {
  it('says that it is passing trouble when it cannot be reached', async () => {
    const away = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'eu-central-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const records = dynamoRecords(dynamoTable(away, 'state'), () => 0);
    await expect(records.load('feature-a')).rejects.toThrow(expect.objectContaining({ name: 'TransientError' }));
    away.destroy();
  });

  it('keeps the name of what nobody expects: a table that is not there is a bug', async () => {
    const records = dynamoRecords(dynamoTable(client, 'no-such-table'), () => 0);
    await expect(records.load('feature-a')).rejects.toThrow(
      expect.objectContaining({ name: 'ResourceNotFoundException' }),
    );
  });

  it('keeps records, history and builds of the same names apart', async () => {
    const table = await freshTable();
    await dynamoHistory(table).append({ environment: 'orders', at: 0, stage: 'intake', message: 'x', level: 'info' });
    expect(await dynamoRecords(table, () => 0).all()).toEqual([]);
    expect(await dynamoBuilds(table, () => 0).unfinished('orders')).toEqual([]);
  });
});
