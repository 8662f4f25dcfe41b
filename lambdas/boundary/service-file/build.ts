/** Parses the commands of a build. */
import * as v from 'valibot';
import { list, said, table } from '../values.ts';
import { word } from './words.ts';

const commands = (description: string) =>
  v.optional(said(description, list(v.pipe(word, v.nonEmpty('found an empty command; leave it out')))), []);

export const build = {
  build: v.optional(
    said(
      'Commands that a build runs in the image of Dockerfile.toolchain, by phase.',
      table({
        check: commands('Static checks.'),
        compile: commands('What makes the program.'),
        test: commands('Unit tests.'),
        benchmark: commands('Measurements.'),
        own: commands('Anything else.'),
      }),
    ),
    {},
  ),
};
