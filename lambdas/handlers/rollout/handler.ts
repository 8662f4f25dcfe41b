/** Composition of the function `rollout`. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { dynamoBuilds } from '../../adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoApprovals, dynamoRollouts } from '../../adapters/dynamodb/rollouts.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { HttpProber } from '../../adapters/http/http-prober.ts';
import { clusterOfFunction } from '../../adapters/kubernetes/cluster-of-function.ts';
import { Prometheus } from '../../adapters/prometheus/prometheus.ts';
import { parseAccessMap } from '../../boundary/access-map.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseRolloutInput } from '../../boundary/inputs/rollout.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import { looksOutside, rolloutRules } from '../../boundary/settings/rules.ts';
import type { RolloutInput } from '../../contracts/inputs.ts';
import { FUNCTION_VARIABLES } from '../../contracts/variables.ts';
import { analystBy } from './analyst.ts';
import { planForService } from './plan-for-service.ts';
import { runRollout } from './dispatch.ts';
import type { TrafficPorts } from './ports.ts';

const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const settings = loadSettings();
const { prometheus } = settings.metrics;
const { gatewayAddresses } = FUNCTION_VARIABLES;
const cluster = clusterOfFunction(process.env, now);
const ports: TrafficPorts = {
  cluster,
  pods: cluster.pods,
  prober: new HttpProber(),
  records: dynamoRecords(table, now),
  builds: dynamoBuilds(table, now),
  history: dynamoHistory(table),
  rollouts: dynamoRollouts(table),
  approvals: dynamoApprovals(table, now),
  analyst: analystBy(
    { ...(prometheus !== undefined && { prometheus: new Prometheus(prometheus.url) }) },
    { cluster, pods: cluster.pods },
  ),
  choosePlan: (kind, definition) => planForService(rolloutRules(settings, kind), definition),
  lookout: looksOutside(settings),
  clock: systemClock,
  installation: settings,
  addresses: parseAccessMap(gatewayAddresses, process.env[gatewayAddresses]),
};

export const handler = entryPoint<RolloutInput, object>('rollout', parseRolloutInput, (input) =>
  runRollout(ports, input),
);
