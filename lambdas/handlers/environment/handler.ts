/** Composition of the function `environment`. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { clusterOfFunction } from '../../adapters/kubernetes/cluster-of-function.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseEnvironmentInput } from '../../boundary/inputs/environment.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import { runEnvironment } from './dispatch.ts';
import type { EnvironmentPorts } from './ports.ts';

const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const ports: EnvironmentPorts = {
  cluster: clusterOfFunction(process.env, now),
  records: dynamoRecords(table, now),
  history: dynamoHistory(table),
  clock: systemClock,
  installation: loadSettings(),
};

export const handler = entryPoint('environment', parseEnvironmentInput, (input) => runEnvironment(ports, input));
