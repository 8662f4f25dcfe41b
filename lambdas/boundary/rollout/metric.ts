/**
 * Parses one metric of a plan. Separate because settings and service files both write metrics, and each kind has keys of its own.
 */
import * as v from 'valibot';
import { CONDITION } from '../../domain/analysis/metric.ts';
import { allowed, list, oneOf, table, text, whole } from '../values.ts';
import { duration } from './duration.ts';

const condition = text(CONDITION, 'a comparison such as ">= 99", "< 500" or "> 0" (quoted)');

const common = {
  /** The kind's own name when it is absent. */
  name: v.exactOptional(text(/^[a-z][-a-z0-9]{0,39}$/, '1 to 40 of a-z, 0-9 and "-", beginning with a letter')),
  success: v.exactOptional(condition),
  failure: v.exactOptional(condition),
  initialDelay: v.exactOptional(duration),
  interval: v.exactOptional(duration),
  window: v.exactOptional(duration),
  failureLimit: v.exactOptional(whole(0, 1_000)),
  inconclusiveLimit: v.exactOptional(whole(0, 1_000)),
  /** Bounded, so that a store that stays away always ends in a question. */
  errorLimit: v.exactOptional(whole(0, 100)),
  consecutiveSuccess: v.exactOptional(whole(0, 1_000)),
};
const minimumSample = v.exactOptional(whole(0, 1_000_000));
const percentage = allowed('a number above 0 and below 100, such as 95 or 99.9');

/** CloudWatch writes some counts only when there is something to count. */
const missing = v.exactOptional(v.pipe(v.number(allowed('a number')), v.finite(allowed('a number'))));

const KINDS = ['success-rate', 'latency', 'error-count', 'prometheus', 'cloudwatch', 'self-check', 'job'] as const;

const byKind = {
  'success-rate': table({ kind: v.literal('success-rate'), ...common, minimumSample }),
  latency: table({
    kind: v.literal('latency'),
    percentile: v.exactOptional(v.pipe(v.number(percentage), v.gtValue(0, percentage), v.ltValue(100, percentage))),
    ...common,
    minimumSample,
  }),
  'error-count': table({ kind: v.literal('error-count'), ...common, minimumSample }),
  prometheus: table({
    kind: v.literal('prometheus'),
    query: text(/^[\s\S]{1,4096}$/, 'a PromQL query of at most 4096 characters that gives one number'),
    ...common,
  }),
  cloudwatch: table({
    kind: v.literal('cloudwatch'),
    missing,
    namespace: text(/^[^:\s][^:]{0,254}$/, 'a CloudWatch namespace such as AWS/ApplicationELB'),
    metric: text(/^\S{1,255}$/, 'the name of a CloudWatch metric such as HTTPCode_Target_5XX_Count'),
    dimensions: v.exactOptional(
      v.pipe(
        v.record(v.string(), text(/^.{1,1024}$/, 'the value of a dimension'), allowed('a mapping of dimensions')),
        v.maxEntries(30, allowed('at most 30 dimensions')),
      ),
    ),
    statistic: v.exactOptional(
      text(
        /^(Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d{1,2})?)$/,
        'Sum, Average, Minimum, Maximum, SampleCount or a percentile such as p95',
      ),
    ),
    ...common,
  }),
  'self-check': table({
    kind: v.literal('self-check'),
    path: v.exactOptional(text(/^\/[\w./~%?&=+,:@-]{0,500}$/, 'a path such as /self-check')),
    ...common,
  }),
  job: table({
    kind: v.literal('job'),
    command: v.pipe(
      list(v.pipe(v.string(allowed('text (quote numbers and words like true)')), v.maxLength(4_096))),
      v.minLength(1, allowed('a command as a list of words, such as [node, check.js]')),
    ),
    within: v.exactOptional(duration),
    ...common,
  }),
};

/** Instead of a metric: metric math, or a query of Metrics Insights. */
const byExpression = table({
  kind: v.literal('cloudwatch'),
  missing,
  expression: text(/^[\s\S]{1,2048}$/, 'an expression of at most 2048 characters that gives one number'),
  ...common,
});

const unknownKind = v.looseObject({ kind: oneOf(KINDS) }, allowed('a mapping with the key kind'));

/** One metric. */
export const metric = v.pipe(
  v.lazy((input) => {
    const { kind } = (input ?? {}) as { readonly kind?: unknown };
    const known = KINDS.find((one) => one === kind);
    if (known === 'cloudwatch' && 'expression' in (input as object)) return byExpression;
    return known === undefined ? unknownKind : byKind[known];
  }) as v.GenericSchema<unknown, v.InferOutput<(typeof byKind)[(typeof KINDS)[number]] | typeof byExpression>>,
  v.metadata({ shapes: [...Object.values(byKind), byExpression] }),
);

/** Several metrics; a plan is not helped by more than these. */
export const metrics = v.pipe(list(metric), v.maxLength(20, allowed('at most 20 metrics')));
