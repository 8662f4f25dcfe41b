/**
 * The adapters of the table on a DynamoDB that somebody names: such as DynamoDB Local. What they make there
 * begins with `espalier-test-` and is deleted at the end.
 */
import { tableContract } from '../adapters/dynamodb/table-contract.ts';

const endpoint = process.env['DYNAMODB_ENDPOINT'];
if (endpoint === undefined)
  throw new Error(
    'Set DYNAMODB_ENDPOINT to a DynamoDB, such as http://127.0.0.1:8000 of DynamoDB Local (docker run -p 8000:8000 amazon/dynamodb-local). Nothing was run.',
  );

tableContract(() =>
  Promise.resolve({
    endpoint,
    region: process.env['AWS_REGION'] ?? 'eu-central-1',
    credentials: {
      accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? 'local',
      secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? 'local',
    },
    stop: () => Promise.resolve(),
  }),
);
