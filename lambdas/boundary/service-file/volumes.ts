/** Parses what a service keeps in files. */
import * as v from 'valibot';
import { memory, named, said, table, text } from '../values.ts';
import { partName } from './words.ts';

const path = v.pipe(
  text(/^(\/[\w-][\w.-]{0,62}){1,8}$/, 'an absolute path such as /data'),
  v.check(
    (value) => !/^\/(tmp|dev|proc|sys|etc)(\/|$)/.test(value),
    'belongs to the system; choose a path such as /data',
  ),
);

const volume = table({
  path: said('Where the process finds it.', path),
  size: v.optional(said('Its size; the settings bound the sum of an environment.', memory), '1Gi'),
  process: v.exactOptional(said('The process that has it; without it the main one.', partName)),
});

export const volumes = {
  volumes: v.exactOptional(
    said(
      'Small disks of the environment, removed with it, by name. A process that has one runs as a single pod. Not for pre-release and production.',
      named(partName, volume, { most: 5, what: 'a volume' }),
    ),
  ),
};
