/** Composition of the function `lookout`. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { cloudWatchAlarms } from '../../adapters/cloudwatch/cloud-watch-alarms.ts';
import { cloudWatchMetrics } from '../../adapters/cloudwatch/cloud-watch-metrics.ts';
import { elbLoadBalancers } from '../../adapters/elb/load-balancers.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseLookoutInput } from '../../boundary/inputs/lookout.ts';
import { lookOutside } from './look-outside.ts';
import type { LookoutPorts } from './ports.ts';

const cloudWatch = new CloudWatchClient();
const ports: LookoutPorts = {
  metrics: cloudWatchMetrics(cloudWatch),
  alarms: cloudWatchAlarms(cloudWatch),
  loadBalancers: elbLoadBalancers(new ElasticLoadBalancingV2Client()),
};

export const handler = entryPoint('rollout', parseLookoutInput, (input) => lookOutside(ports, input.request));
