/** Composition of the function `lookout`. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { cloudWatchAlarms } from '../../adapters/cloudwatch/cloud-watch-alarms.ts';
import { cloudWatchMetrics } from '../../adapters/cloudwatch/cloud-watch-metrics.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseLookoutInput } from '../../boundary/inputs/lookout.ts';
import { lookOutside } from './look-outside.ts';
import type { LookoutPorts } from './ports.ts';

const cloudWatch = new CloudWatchClient();
const ports: LookoutPorts = { metrics: cloudWatchMetrics(cloudWatch), alarms: cloudWatchAlarms(cloudWatch) };

export const handler = entryPoint('rollout', parseLookoutInput, (input) => lookOutside(ports, input.request));
