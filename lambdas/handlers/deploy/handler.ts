/** Composition of the function `deploy`. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { dynamoBuilds } from '../../adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { clusterOfFunction } from '../../adapters/kubernetes/cluster-of-function.ts';
import { s3Charts } from '../../adapters/s3/charts.ts';
import { parseChart } from '../../boundary/chart/chart.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseDeployInput } from '../../boundary/inputs/deploy.ts';
import { loadDelayProgram } from '../../boundary/settings/load-program.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import type { DeployInput } from '../../contracts/inputs.ts';
import { runDeploy } from './dispatch.ts';
import type { PreparePorts } from './ports.ts';

const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const cluster = clusterOfFunction(process.env, now);
const ports: PreparePorts = {
  cluster,
  pods: cluster.pods,
  records: dynamoRecords(table, now),
  builds: dynamoBuilds(table, now),
  history: dynamoHistory(table),
  clock: systemClock,
  installation: loadSettings(),
  imageRepository: variable(process.env, 'imageRepository'),
  charts: s3Charts(new S3Client(), variable(process.env, 'archive')),
  parseChart,
  delayProgram: loadDelayProgram(),
};

export const handler = entryPoint<DeployInput, object>('deploy', parseDeployInput, (input) => runDeploy(ports, input));
