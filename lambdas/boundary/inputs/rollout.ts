/** Inputs of the function `rollout`. */
import * as v from 'valibot';
import type { RolloutInput } from '../../contracts/inputs.ts';
import { inputParser } from './input-parser.ts';
import { claim, delivery, digest, execution } from './shapes.ts';

export const parseRolloutInput: (event: unknown) => RolloutInput = inputParser(
  v.variant('action', [
    v.object({ action: v.literal('open-route'), execution, delivery }),
    v.object({ action: v.literal('point-traffic'), execution, delivery }),
    v.object({ action: v.literal('read-back'), execution, delivery, digest }),
    v.object({ action: v.literal('close-route'), execution, claim }),
  ]),
);
