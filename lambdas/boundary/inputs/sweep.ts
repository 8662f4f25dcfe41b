/** Inputs of the functions `sweep` and `sweep-cluster`. */
import * as v from 'valibot';
import type { SweepClusterInput, SweepInput } from '../../contracts/inputs.ts';
import { inputParser } from './input-parser.ts';
import { execution } from './shapes.ts';

const sentences = v.array(v.string());

export const parseSweepInput: (event: unknown) => SweepInput = inputParser(
  v.variant('action', [
    v.object({ action: v.literal('begin'), execution }),
    v.object({ action: v.literal('compare-branches'), execution }),
    v.object({ action: v.literal('finish'), execution, questions: sentences, failures: sentences }),
  ]),
);

export const parseSweepClusterInput: (event: unknown) => SweepClusterInput = inputParser(
  v.object({ action: v.literal('compare-namespaces'), execution }),
);
