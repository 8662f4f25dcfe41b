/** What a person orders as an experiment: parsed once, and refused with a sentence about what is allowed. */
import * as v from 'valibot';
import {
  EXPERIMENTS,
  LEAST_DELAY_MS,
  LONGEST_DELAY_MS,
  LONGEST_EXPERIMENT_SECONDS,
  type ExperimentInput,
} from '../../contracts/experiment.ts';
import { RejectedError } from '../../domain/errors.ts';
import { allowed, found, oneOf, text, whole } from '../values.ts';
import { environmentId, serviceKeyText } from './shapes.ts';

const line = text(/^[^\p{Cc}]{1,200}$/u, 'a line of at most 200 characters');

const written = v.pipe(
  v.strictObject({
    environment: environmentId,
    service: serviceKeyText,
    fault: oneOf(EXPERIMENTS),
    dependency: v.exactOptional(serviceKeyText),
    delayMs: v.exactOptional(whole(LEAST_DELAY_MS, LONGEST_DELAY_MS)),
    seconds: v.optional(whole(1, LONGEST_EXPERIMENT_SECONDS), 60),
    author: v.exactOptional(line),
    reason: v.exactOptional(line),
  }),
  v.check(
    ({ fault, dependency }) => (fault === 'dependency') === (dependency !== undefined),
    allowed('"dependency": NAME with "fault": "dependency", and with no other fault'),
  ),
  v.check(
    ({ fault, delayMs }) => delayMs === undefined || fault === 'dependency',
    allowed('"delayMs": MILLISECONDS with "fault": "dependency", and with no other fault'),
  ),
);

const HELP =
  'Start it with {"environment": "feature-login", "service": "orders", "fault": "pods", "seconds": 60}; other faults: "route", and "dependency" with "dependency": "inventory", which fails, or answers late with "delayMs": 750.';

/** Input of an execution of *run experiment*; throws RejectedError with the allowed form. */
export function parseExperimentInput(input: unknown): ExperimentInput {
  const parsed = v.safeParse(written, input);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'input'}: ${issue.message}`);
  throw new RejectedError(`This input cannot be used: ${found(input)} (${problems.join('; ')}). ${HELP}`);
}

/** The same as a part of what functions are asked. */
export const experiment = v.pipe(v.unknown(), v.transform(parseExperimentInput));
