/**
 * Settings of experiments: what their own pods run. Separate because nobody else's image stands in the settings.
 */
import * as v from 'valibot';
import { table, text } from '../values.ts';

/** By digest, because a tag may be another program tomorrow. */
export const experiments = v.optional(
  table({
    /** With Node.js 20 or newer as `node`; without it no experiment delays. */
    image: v.exactOptional(
      text(
        /^[a-z0-9][a-z0-9._:/-]{0,200}@sha256:[0-9a-f]{64}$/,
        'an image with Node.js 20 or newer by its digest, such as 111122223333.dkr.ecr.eu-central-1.amazonaws.com/node@sha256:… (64 hexadecimal digits)',
      ),
    ),
  }),
  {},
);
