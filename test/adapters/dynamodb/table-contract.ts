/**
 * The adapters of the table keep the contracts of their ports, on any DynamoDB. Separate because dynalite, the laptop's AWS and a
 * DynamoDB that somebody names must all understand the expressions that adapters write.
 */
import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoBuilds } from '../../../lambdas/adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../../lambdas/adapters/dynamodb/history.ts';
import { dynamoLayers } from '../../../lambdas/adapters/dynamodb/layers.ts';
import { dynamoPushes } from '../../../lambdas/adapters/dynamodb/pushes.ts';
import { dynamoRecords } from '../../../lambdas/adapters/dynamodb/records.ts';
import { dynamoSecretStates } from '../../../lambdas/adapters/dynamodb/secret-states.ts';
import { dynamoStarters } from '../../../lambdas/adapters/dynamodb/starters.ts';
import { dynamoSweepStates } from '../../../lambdas/adapters/dynamodb/sweep-states.ts';
import { dynamoTenants } from '../../../lambdas/adapters/dynamodb/tenants.ts';
import { dynamoTable, type Table } from '../../../lambdas/adapters/dynamodb/table.ts';
import { TABLE } from '../../../lambdas/contracts/table.ts';
import { dynamoApprovals, dynamoRollouts } from '../../../lambdas/adapters/dynamodb/rollouts.ts';
import { buildsContract } from '../contracts/builds-contract.ts';
import { configurationContract } from '../contracts/configuration-contract.ts';
import { historyContract } from '../contracts/history-contract.ts';
import { pushesContract } from '../contracts/pushes-contract.ts';
import { recordsContract } from '../contracts/records-contract.ts';
import { rolloutsContract } from '../contracts/rollouts-contract.ts';
import { startersContract } from '../contracts/starters-contract.ts';
import { sweepStatesContract } from '../contracts/sweep-states-contract.ts';

/** A DynamoDB under test. */
export interface DynamoDbUnderTest {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  stop(): Promise<void>;
}

/** Everything that adapters ask of DynamoDB, against one. */
export function tableContract(start: () => Promise<DynamoDbUnderTest>): void {
  let database: DynamoDbUnderTest;
  let client: DynamoDBClient;
  const made: string[] = [];

  beforeAll(async () => {
    database = await start();
    const { endpoint, region, credentials } = database;
    client = new DynamoDBClient({ endpoint, region, credentials });
  });

  afterAll(async () => {
    // A DynamoDB of somebody else's keeps nothing of ours.
    for (const TableName of made) await client.send(new DeleteTableCommand({ TableName })).catch(() => undefined);
    client.destroy();
    await database.stop();
  });

  /** A table of its own, as the stack declares it. */
  async function freshTable(): Promise<Table> {
    const name = `espalier-test-${randomUUID()}`;
    made.push(name);
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
      const { Table: found } = await client.send(new DescribeTableCommand({ TableName: name }));
      if (found?.TableStatus === 'ACTIVE') return dynamoTable(client, name);
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

  describe('layers, tenants and secret states in the table', () => {
    configurationContract(async () => {
      const table = await freshTable();
      return {
        layers: dynamoLayers(table),
        tenants: dynamoTenants(table),
        secretStates: dynamoSecretStates(table, () => 0),
      };
    });
  });

  describe('the table', () => {
    it('reads on where a page of one megabyte ends, and no more than was asked for', async () => {
      const table = await freshTable();
      const pk = 'environment#large';
      const sks = Array.from({ length: 8 }, (_, index) => `event#${String(index)}`);
      for (const sk of sks) await table.put({ pk, sk, text: 'x'.repeat(300_000) });
      const condition = { expression: '#pk = :pk', names: { '#pk': 'pk' }, values: { ':pk': pk } };
      expect((await table.query({ condition })).map(({ sk }) => sk)).toEqual(sks);
      expect((await table.query({ condition, backwards: true, most: 2 })).map(({ sk }) => sk)).toEqual([
        'event#7',
        'event#6',
      ]);
    });

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
}
