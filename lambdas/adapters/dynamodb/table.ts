/**
 * The one table, as adapters use it: items in and out, conditional puts, complete listings. Separate so that every adapter of an item
 * kind says only what is its own.
 */
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, paginateQuery, PutCommand } from '@aws-sdk/lib-dynamodb';
import { TABLE } from '../../contracts/table.ts';
import { translated } from '../aws/translate-error.ts';

export type Item = Readonly<Record<string, unknown>>;

export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface Query {
  readonly index?: string;
  readonly condition: Condition;
  /** Applied by the service after reading. */
  readonly filter?: string;
  /** Sort keys from the last to the first. */
  readonly backwards?: true;
  /** No more items than this. */
  readonly most?: number;
}

export interface Table {
  /** The item, strongly consistent. */
  get(pk: string, sk: string): Promise<Item | undefined>;
  /** Puts the whole item; `conflict` when the condition does not hold. */
  put(item: Item, condition?: Condition): Promise<'saved' | 'conflict'>;
  /** Deletes the item; none there is success. */
  remove(pk: string, sk: string): Promise<void>;
  /** All items of all pages; throws when one page cannot be read. */
  query(query: Query): Promise<readonly Item[]>;
}

/** The table of this name. */
export function dynamoTable(client: DynamoDBClient, name: string): Table {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    async get(pk, sk) {
      const { Item: item } = await translated(`Reading ${pk}`, () =>
        documents.send(
          new GetCommand({
            TableName: name,
            Key: { [TABLE.partitionKey]: pk, [TABLE.sortKey]: sk },
            ConsistentRead: true,
          }),
        ),
      );
      return item;
    },
    async put(item, condition) {
      const command = new PutCommand({ TableName: name, Item: { ...item }, ...conditional(condition) });
      try {
        await translated(`Saving ${String(item[TABLE.partitionKey])}`, () => documents.send(command));
        return 'saved';
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return 'conflict';
        throw error;
      }
    },
    async remove(pk, sk) {
      await translated(`Deleting ${pk}`, () =>
        documents.send(new DeleteCommand({ TableName: name, Key: { [TABLE.partitionKey]: pk, [TABLE.sortKey]: sk } })),
      );
    },
    async query({ index, condition, filter, backwards, most }) {
      const items: Item[] = [];
      await translated(`Listing from ${name}`, async () => {
        items.length = 0;
        const pages = paginateQuery(
          { client: documents },
          {
            TableName: name,
            KeyConditionExpression: condition.expression,
            ...terms(condition),
            // An index cannot be read consistently; everything else can.
            ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
            ...(filter !== undefined && { FilterExpression: filter }),
            ...(backwards === true && { ScanIndexForward: false }),
            ...(most !== undefined && { Limit: most }),
          },
        );
        for await (const page of pages) {
          items.push(...(page.Items ?? []));
          if (most !== undefined && items.length >= most) break;
        }
      });
      return items;
    },
  };
}

function conditional(condition: Condition | undefined) {
  return condition === undefined ? {} : { ConditionExpression: condition.expression, ...terms(condition) };
}

function terms({ names, values }: Condition) {
  return {
    ...(names !== undefined && { ExpressionAttributeNames: { ...names } }),
    ...(values !== undefined && { ExpressionAttributeValues: { ...values } }),
  };
}

/** The item without the keys and attributes that only the table needs: what an adapter of ours has put there. */
export function withoutKeys(item: Item): unknown {
  const {
    [TABLE.partitionKey]: _pk,
    [TABLE.sortKey]: _sk,
    [TABLE.timeToLive]: _ttl,
    [TABLE.kindIndexKey]: _kind,
    ...value
  } = item;
  return value;
}

/** The condition under which a version may be saved: the one that was read, or nothing for the first. */
export function versionCondition(version: number): Condition {
  return version === 0
    ? { expression: 'attribute_not_exists(#pk)', names: { '#pk': TABLE.partitionKey } }
    : { expression: '#version = :version', names: { '#version': TABLE.version }, values: { ':version': version } };
}
