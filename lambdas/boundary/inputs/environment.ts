/** Inputs of the function `environment`. */
import * as v from 'valibot';
import type { EnvironmentInput } from '../../contracts/inputs.ts';
import { dnsLabel } from '../values.ts';
import { inputParser } from './input-parser.ts';
import { delivery, execution, removal } from './shapes.ts';

export const parseEnvironmentInput: (event: unknown) => EnvironmentInput = inputParser(
  v.variant('action', [
    v.object({ action: v.literal('prepare'), execution, delivery }),
    v.object({ action: v.literal('remove-objects'), execution, removal }),
    v.object({ action: v.literal('remove-namespace'), execution, removal }),
    v.object({ action: v.literal('remove-orphan'), execution, namespace: dnsLabel(63) }),
  ]),
);
