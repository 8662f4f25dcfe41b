/** Inputs of the function `build`. */
import * as v from 'valibot';
import type { BuildInput } from '../../contracts/inputs.ts';
import { inputParser } from './input-parser.ts';
import { claim, delivery, execution, removal, taskError } from './shapes.ts';

export const parseBuildInput: (event: unknown) => BuildInput = inputParser(
  v.variant('action', [
    v.object({ action: v.literal('claim-build'), execution, delivery }),
    v.object({ action: v.literal('record-build'), execution, delivery }),
    v.object({ action: v.literal('explain-failure'), execution, delivery, error: taskError }),
    v.object({ action: v.literal('stop-builds'), execution, claim: v.union([claim, removal]) }),
  ]),
);
