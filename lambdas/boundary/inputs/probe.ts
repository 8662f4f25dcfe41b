/** Inputs of the function `probe`, which asks public routes from outside. */
import * as v from 'valibot';
import type { ProbeInput } from '../../contracts/inputs.ts';
import { commit, text } from '../values.ts';
import { inputParser } from './input-parser.ts';
import { execution } from './shapes.ts';

export const parseProbeInput: (event: unknown) => ProbeInput = inputParser(
  v.object({
    action: v.literal('probe'),
    execution,
    probe: v.object({
      url: text(/^https?:\/\/\S+$/, 'an address that begins with http:// or https://'),
      connectTo: v.exactOptional(v.string()),
      commit,
      checks: v.exactOptional(
        v.array(v.object({ path: v.string(), status: v.number(), contains: v.exactOptional(v.string()) })),
      ),
    }),
  }),
);
