/** The function `sweep-cluster`, composed. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { dynamoBuilds } from '../../adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoRollouts } from '../../adapters/dynamodb/rollouts.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { clusterOfFunction } from '../../adapters/kubernetes/cluster-of-function.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseSweepClusterInput } from '../../boundary/inputs/sweep.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import { compareCluster, type CompareClusterPorts } from './compare-cluster.ts';

const now = () => systemClock.now();
const settings = loadSettings();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const ports: CompareClusterPorts = {
  installation: settings.installation,
  settings,
  removalsPerRun: settings.sweep.removalsPerRun,
  cluster: clusterOfFunction(process.env, now),
  records: dynamoRecords(table, now),
  rollouts: dynamoRollouts(table),
  builds: dynamoBuilds(table, now),
  history: dynamoHistory(table),
  clock: systemClock,
};

export const handler = entryPoint('sweep', parseSweepClusterInput, () => compareCluster(ports));
