/** Parses the commands of a build. */
import * as v from 'valibot';
import { list, table } from '../values.ts';
import { word } from './words.ts';

const commands = v.optional(list(v.pipe(word, v.nonEmpty('found an empty command; leave it out'))), []);

export const build = {
  build: v.optional(
    table({ check: commands, compile: commands, test: commands, benchmark: commands, own: commands }),
    {},
  ),
};
