/** Composition of the function `deploy`. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { dynamoBuilds } from '../../adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { clusterOfFunction } from '../../adapters/kubernetes/cluster-of-function.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseDeployInput } from '../../boundary/inputs/deploy.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import type { DeployInput } from '../../contracts/inputs.ts';
import { applyWorkload } from './apply-workload.ts';
import { awaitPods } from './await-pods.ts';
import type { DeployPorts } from './ports.ts';
import { withdrawWorkload } from './withdraw-workload.ts';

const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const ports: DeployPorts = {
  cluster: clusterOfFunction(process.env, now),
  records: dynamoRecords(table, now),
  builds: dynamoBuilds(table, now),
  history: dynamoHistory(table),
  clock: systemClock,
  installation: loadSettings(),
  imageRepository: variable(process.env, 'imageRepository'),
};

function dispatch(input: DeployInput) {
  switch (input.action) {
    case 'apply':
      return applyWorkload(ports, input.delivery, input.digest, input);
    case 'await-pods':
      return awaitPods(ports, input.delivery, input.side);
    case 'withdraw':
      return withdrawWorkload(ports, input.claim);
  }
}

export const handler = entryPoint<DeployInput, object>('deploy', parseDeployInput, dispatch);
