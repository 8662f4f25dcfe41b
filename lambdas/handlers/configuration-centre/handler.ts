/** Composition of the function `configuration-centre`. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { dynamoBuilds } from '../../adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoLayers } from '../../adapters/dynamodb/layers.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { dynamoTenants } from '../../adapters/dynamodb/tenants.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseConfigurationCentreInput } from '../../boundary/inputs/configuration.ts';
import type { ConfigurationCentreInput } from '../../contracts/inputs.ts';
import { runConfigurationCentre } from './dispatch.ts';
import type { CentrePorts } from './ports.ts';

const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const ports: CentrePorts = {
  records: dynamoRecords(table, now),
  builds: dynamoBuilds(table, now),
  layers: dynamoLayers(table),
  tenants: dynamoTenants(table),
  history: dynamoHistory(table),
  clock: systemClock,
};

export const handler = entryPoint<ConfigurationCentreInput, object>(
  'configuration',
  parseConfigurationCentreInput,
  (input) => runConfigurationCentre(ports, input),
);
