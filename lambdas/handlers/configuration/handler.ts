/** Composition of the function `configuration`. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { tierVariable, variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { sealing } from '../../adapters/crypto/sealing.ts';
import { dynamoBuilds } from '../../adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoLayers } from '../../adapters/dynamodb/layers.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoSecretStates } from '../../adapters/dynamodb/secret-states.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { dynamoTenants } from '../../adapters/dynamodb/tenants.ts';
import { clusterOfFunction } from '../../adapters/kubernetes/cluster-of-function.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseConfigurationInput } from '../../boundary/inputs/configuration.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import type { ConfigurationInput } from '../../contracts/inputs.ts';
import { runConfiguration } from './dispatch.ts';
import type { ConfigurationPorts } from './ports.ts';

const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const cluster = clusterOfFunction(process.env, now);
const ports: ConfigurationPorts = {
  tier: tierVariable(process.env),
  cluster,
  pods: cluster.pods,
  records: dynamoRecords(table, now),
  builds: dynamoBuilds(table, now),
  layers: dynamoLayers(table),
  tenants: dynamoTenants(table),
  secrets: dynamoSecretStates(table, now),
  sealing,
  history: dynamoHistory(table),
  clock: systemClock,
  installation: loadSettings(),
};

export const handler = entryPoint<ConfigurationInput, object>('configuration', parseConfigurationInput, (input) =>
  runConfiguration(ports, input),
);
