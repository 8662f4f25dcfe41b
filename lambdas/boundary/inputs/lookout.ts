/** Inputs of the function `lookout`, and what of its answers comes back to the rollout. */
import * as v from 'valibot';
import type { LookoutInput } from '../../contracts/inputs.ts';
import type {
  AlarmReading,
  CloudWatchMetric,
  LoadBalancerQuestion,
  LookoutRequest,
  MetricReading,
  Seen,
} from '../../contracts/lookout.ts';
import { inputParser } from './input-parser.ts';
import { execution } from './shapes.ts';

const moment = v.pipe(v.number(), v.integer());
const missing = v.exactOptional(v.number());

const cloudWatchMetric: v.GenericSchema<unknown, CloudWatchMetric> = v.union([
  v.object({
    namespace: v.string(),
    metric: v.string(),
    dimensions: v.record(v.string(), v.string()),
    statistic: v.string(),
    missing,
  }),
  v.object({ expression: v.string(), missing }),
]);

const addresses = v.array(v.string());
const loadBalancer: v.GenericSchema<unknown, LoadBalancerQuestion> = v.object({
  address: v.string(),
  host: v.string(),
  candidatePercent: v.number(),
  baselinePercent: v.exactOptional(v.number()),
  headers: v.array(v.object({ name: v.string(), value: v.string(), leads: v.boolean() })),
  pods: v.object({ candidate: addresses, stable: addresses, baseline: v.exactOptional(addresses) }),
  healthy: v.array(v.picklist(['candidate', 'stable', 'baseline'])),
});

const request: v.GenericSchema<unknown, LookoutRequest> = v.object({
  about: v.string(),
  metrics: v.array(v.object({ name: v.string(), metric: cloudWatchMetric, from: moment, to: moment })),
  alarms: v.array(v.string()),
  loadBalancer: v.exactOptional(loadBalancer),
});

export const parseLookoutInput: (event: unknown) => LookoutInput = inputParser(
  v.object({ action: v.literal('look-outside'), execution, request }),
);

const reading: v.GenericSchema<unknown, MetricReading> = v.variant('kind', [
  v.object({ kind: v.literal('value'), value: v.number() }),
  v.object({ kind: v.literal('no-data'), because: v.string() }),
  v.object({ kind: v.literal('error'), because: v.string() }),
]);

const alarm: v.GenericSchema<unknown, AlarmReading> = v.variant('state', [
  v.object({ name: v.string(), state: v.picklist(['quiet', 'absent']) }),
  v.object({ name: v.string(), state: v.literal('fires'), since: moment, reason: v.string() }),
  v.object({ name: v.string(), state: v.literal('unknown'), because: v.string() }),
]);

/** What was seen outside; null when nothing was asked. */
export const seen: v.GenericSchema<unknown, Seen | null> = v.nullable(
  v.variant('kind', [
    v.object({
      kind: v.literal('seen'),
      about: v.string(),
      metrics: v.array(v.object({ name: v.string(), reading })),
      alarms: v.array(alarm),
      loadBalancer: v.exactOptional(
        v.variant('kind', [
          v.object({ kind: v.literal('confirmed') }),
          v.object({ kind: v.picklist(['not-yet', 'unseen']), missing: v.string() }),
        ]),
      ),
    }),
    v.object({ kind: v.literal('unseen'), because: v.string() }),
  ]),
);
