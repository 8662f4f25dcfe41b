/** Inputs of the function `deploy`. */
import * as v from 'valibot';
import type { DeployInput } from '../../contracts/inputs.ts';
import { experiment } from './experiment.ts';
import { inputParser } from './input-parser.ts';
import { claim, delivery, digest, execution, removal, side } from './shapes.ts';
import { oneOf } from '../values.ts';

export const parseDeployInput: (event: unknown) => DeployInput = inputParser(
  v.variant('action', [
    v.object({ action: v.literal('apply'), execution, delivery, digest, side, beside: v.boolean() }),
    v.object({ action: v.literal('apply-processes'), execution, delivery, digest, side }),
    v.object({ action: v.literal('await-pods'), execution, delivery, digest, side }),
    v.object({
      action: v.literal('run-jobs'),
      execution,
      delivery,
      digest,
      side,
      phase: oneOf(['before', 'after']),
    }),
    v.object({ action: v.literal('run-withdrawal-jobs'), execution, claim: v.union([claim, removal]) }),
    v.object({ action: v.literal('check-contract'), execution, delivery, side }),
    v.object({ action: v.literal('withdraw'), execution, claim }),
    v.object({ action: v.literal('prepare-experiment'), execution, experiment }),
    v.object({ action: v.literal('clear-experiment'), execution, experiment }),
  ]),
);
