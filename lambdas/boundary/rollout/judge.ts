/** Parses the statistical judge of a canary. Separate from metrics with conditions: what is compared has none. */
import * as v from 'valibot';
import { allowed, list, oneOf, table, text, whole } from '../values.ts';

const percentage = allowed('a number above 0 and below 100, such as 95 or 99.9');
const common = {
  /** The kind's own name when it is absent. */
  name: v.exactOptional(text(/^[a-z][-a-z0-9]{0,39}$/, '1 to 40 of a-z, 0-9 and "-", beginning with a letter')),
  allowedPercent: v.exactOptional(whole(0, 1_000)),
};
const byKind = {
  'success-rate': table({ kind: v.literal('success-rate'), ...common }),
  latency: table({
    kind: v.literal('latency'),
    percentile: v.exactOptional(v.pipe(v.number(percentage), v.gtValue(0, percentage), v.ltValue(100, percentage))),
    ...common,
  }),
  prometheus: table({
    kind: v.literal('prometheus'),
    query: text(/^[\s\S]{1,4096}$/, 'a PromQL query of at most 4096 characters that gives one number'),
    worse: v.exactOptional(oneOf(['higher', 'lower', 'either'])),
    ...common,
  }),
};
const KINDS = ['success-rate', 'latency', 'prometheus'] as const;
const unknownKind = v.looseObject({ kind: oneOf(KINDS) }, allowed('a mapping with the key kind'));

const compared = v.pipe(
  v.lazy((input) => {
    const { kind } = (input ?? {}) as { readonly kind?: unknown };
    const known = KINDS.find((one) => one === kind);
    return known === undefined ? unknownKind : byKind[known];
  }) as v.GenericSchema<unknown, v.InferOutput<(typeof byKind)[(typeof KINDS)[number]]>>,
  v.metadata({ shapes: Object.values(byKind) }),
);

/** What is compared, and how sure the judge must be. */
export const judge = table({
  metrics: v.pipe(
    list(compared),
    v.minLength(1, allowed('at least one metric')),
    v.maxLength(10, allowed('at most 10 metrics')),
  ),
  /** Percent. */
  confidence: v.exactOptional(whole(80, 99)),
  minimumSamples: v.exactOptional(whole(5, 100)),
});
