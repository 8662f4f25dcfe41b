/** Composition of the function `rollout`. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { dynamoBuilds } from '../../adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { HttpProber } from '../../adapters/http/http-prober.ts';
import { clusterOfFunction } from '../../adapters/kubernetes/cluster-of-function.ts';
import { parseAccessMap } from '../../boundary/access-map.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseRolloutInput } from '../../boundary/inputs/rollout.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import type { RolloutInput } from '../../contracts/inputs.ts';
import { FUNCTION_VARIABLES } from '../../contracts/variables.ts';
import { closeRoute } from './close-route.ts';
import { openRoute } from './open-route.ts';
import { pointTraffic } from './point-traffic.ts';
import type { RolloutPorts } from './ports.ts';
import { readBack } from './read-back.ts';

const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const { gatewayAddresses } = FUNCTION_VARIABLES;
const ports: RolloutPorts = {
  cluster: clusterOfFunction(process.env, now),
  prober: new HttpProber(),
  records: dynamoRecords(table, now),
  builds: dynamoBuilds(table, now),
  history: dynamoHistory(table),
  clock: systemClock,
  installation: loadSettings(),
  addresses: parseAccessMap(gatewayAddresses, process.env[gatewayAddresses]),
};

function dispatch(input: RolloutInput) {
  switch (input.action) {
    case 'open-route':
      return openRoute(ports, input.delivery);
    case 'point-traffic':
      return pointTraffic(ports, input.delivery);
    case 'read-back':
      return readBack(ports, input.delivery);
    case 'close-route':
      return closeRoute(ports, input.claim);
  }
}

export const handler = entryPoint<RolloutInput, object>('rollout', parseRolloutInput, dispatch);
