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
import type { EnvironmentInput } from '../../contracts/inputs.ts';
import type { EnvironmentPorts } from './ports.ts';
import { prepareEnvironment } from './prepare-environment.ts';
import { removeNamespace } from './remove-namespace.ts';
import { removeObjects } from './remove-objects.ts';
import { removeOrphan } from './remove-orphan.ts';

const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const ports: EnvironmentPorts = {
  cluster: clusterOfFunction(process.env, now),
  records: dynamoRecords(table, now),
  history: dynamoHistory(table),
  clock: systemClock,
  installation: loadSettings(),
};

function dispatch(input: EnvironmentInput) {
  switch (input.action) {
    case 'prepare':
      return prepareEnvironment(ports, input.delivery);
    case 'remove-objects':
      return removeObjects(ports, input.removal);
    case 'remove-namespace':
      return removeNamespace(ports, input.removal);
    case 'remove-orphan':
      return removeOrphan(ports, input.namespace);
  }
}

export const handler = entryPoint<EnvironmentInput, object>('environment', parseEnvironmentInput, dispatch);
