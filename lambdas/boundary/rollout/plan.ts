/**
 * Parses a rollout plan: a word or a block. Separate because settings and service files write the same plans and get the same messages.
 */
import * as v from 'valibot';
import { problemsOf } from '../../domain/rollout/choose-plan.ts';
import { UNTIL_APPROVED } from '../../domain/rollout/compile-plan.ts';
import { DURATION, type WrittenPlan } from '../../domain/rollout/written-plan.ts';
import { nearest } from '../../domain/naming/nearest.ts';
import { allowed, found, list, oneOf, table, text, whole } from '../values.ts';
import { duration } from './duration.ts';
import { alarms } from './alarms.ts';
import { judge } from './judge.ts';
import { metrics } from './metric.ts';

const header = table({
  name: text(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header: 1 to 64 of a-z, A-Z, 0-9 and "-"'),
  value: text(/^[\x21-\x7e]{1,256}$/, '1 to 256 visible characters without spaces'),
});
const question = text(/^[^\p{Cc}]{1,200}$/u, 'a question of at most 200 characters');
const analyse = table({ analyse: duration });
const measuring = {
  dark: v.exactOptional(
    v.union(
      [v.boolean(), table({ header: v.exactOptional(header), expires: v.exactOptional(duration) })],
      allowed('true, false, or a mapping with header and expires'),
    ),
  ),
  keep: v.exactOptional(duration),
  interval: v.exactOptional(duration),
  metrics: v.exactOptional(metrics),
  alarms: v.exactOptional(alarms),
};

const blueGreen = table({
  strategy: v.literal('blue-green'),
  preview: v.exactOptional(v.union([v.boolean(), header], allowed('true, false, or a header with name and value'))),
  before: v.exactOptional(analyse),
  ask: v.exactOptional(
    v.union(
      [question, table({ question, within: v.exactOptional(duration) })],
      allowed('a question, or a mapping with question and within'),
    ),
  ),
  after: v.exactOptional(analyse),
  ...measuring,
});

const pause = v.pipe(
  v.string(allowed(`a duration such as 10s or 5m, or ${UNTIL_APPROVED}`)),
  v.check(
    (value) => value === UNTIL_APPROVED || DURATION.test(value),
    (issue) => {
      const guess = nearest(issue.input, [UNTIL_APPROVED]);
      return `found ${found(issue.input)}; allowed: a duration such as 10s or 5m, or ${UNTIL_APPROVED}${guess === undefined ? '' : `. Did you mean "${guess}"?`}`;
    },
  ),
);

const STEPS = {
  header: table({ header }),
  weight: table({ weight: whole(1, 100) }),
  pause: v.pipe(
    table({ pause, within: v.exactOptional(duration), question: v.exactOptional(question) }),
    v.check(
      (step) => step.pause === UNTIL_APPROVED || (step.within === undefined && step.question === undefined),
      `within and question belong to pause: ${UNTIL_APPROVED}; a timed pause ends by itself`,
    ),
  ),
  analyse,
};
const STEP_KEYS = Object.keys(STEPS) as (keyof typeof STEPS)[];

const unknownStep = v.custom<never>(
  () => false,
  (issue) => {
    const keys = typeof issue.input === 'object' && issue.input !== null ? Object.keys(issue.input) : [];
    const guess = keys.map((key) => nearest(key, STEP_KEYS)).find((word) => word !== undefined);
    return `found ${found(issue.input)}; allowed: a step with one of the keys ${STEP_KEYS.join(', ')}${guess === undefined ? '' : `. Did you mean "${guess}"?`}`;
  },
);

const step = v.pipe(
  v.lazy((input) => {
    const key = STEP_KEYS.find((one) => typeof input === 'object' && input !== null && one in input);
    return key === undefined ? unknownStep : STEPS[key];
  }) as v.GenericSchema<unknown, v.InferOutput<(typeof STEPS)[keyof typeof STEPS]>>,
  v.metadata({ shapes: Object.values(STEPS) }),
);

const canary = table({
  strategy: v.literal('canary'),
  steps: v.pipe(
    list(step),
    v.minLength(1, allowed('at least one step')),
    v.maxLength(200, allowed('at most 200 steps')),
  ),
  judge: v.exactOptional(judge),
  ...measuring,
});

const word = v.string();
const unknownBlock = v.looseObject(
  { strategy: oneOf(['blue-green', 'canary']) },
  allowed(
    'rolling, blue-green, canary, a CodeDeploy name such as Canary10Percent5Minutes, or a block with the key strategy',
  ),
);

function shapeOf(input: unknown) {
  if (typeof input === 'string') return word;
  const { strategy } = (input ?? {}) as { readonly strategy?: unknown };
  return strategy === 'canary' ? canary : strategy === 'blue-green' ? blueGreen : unknownBlock;
}

/** A plan that can be carried out; it stays what was written. */
export const plan = v.pipe(
  v.lazy(shapeOf) as unknown as v.GenericSchema<WrittenPlan>,
  v.metadata({ shapes: [word, blueGreen, canary] }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues !== undefined) return;
    for (const message of problemsOf(dataset.value)) addIssue({ message });
  }),
);
