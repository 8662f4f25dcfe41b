/** Composition of the function `secrets`. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { tierVariable, variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { generator } from '../../adapters/crypto/generator.ts';
import { sealing } from '../../adapters/crypto/sealing.ts';
import { dynamoBuilds } from '../../adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoSecretStates } from '../../adapters/dynamodb/secret-states.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { awsSecretStore } from '../../adapters/secrets/secret-store.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseSecretsInput } from '../../boundary/inputs/configuration.ts';
import type { SecretsInput } from '../../contracts/inputs.ts';
import { runSecrets } from './dispatch.ts';
import type { SecretsPorts } from './ports.ts';

const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const ports: SecretsPorts = {
  installation: variable(process.env, 'installation'),
  tier: tierVariable(process.env),
  records: dynamoRecords(table, now),
  builds: dynamoBuilds(table, now),
  states: dynamoSecretStates(table, now),
  store: awsSecretStore(new SecretsManagerClient(), new SSMClient()),
  generator,
  sealing,
  history: dynamoHistory(table),
  clock: systemClock,
};

export const handler = entryPoint<SecretsInput, object>('configuration', parseSecretsInput, (input) =>
  runSecrets(ports, input),
);
