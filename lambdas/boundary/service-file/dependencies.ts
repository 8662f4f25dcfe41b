/** Parses what a service needs of others. */
import * as v from 'valibot';
import { nameOf } from '../../domain/service/dependencies.ts';
import { allowed, list, said, table } from '../values.ts';
import { apiVersion, serviceName } from './words.ts';

const dependency = v.union(
  [
    serviceName,
    table({
      name: said('The service that is called.', serviceName),
      api: said('The version of its interface that is needed; a delivery stops when nobody offers it.', apiVersion),
    }),
  ],
  allowed('the name of a service (1 to 24 of a-z, 0-9 and "-"), or a mapping with the keys name, api'),
);

export const needs = {
  dependencies: v.optional(
    said(
      'Services that it calls, and components of the settings; each becomes the variable <NAME>_URL.',
      v.pipe(
        list(dependency),
        v.maxLength(50, allowed('at most 50 services')),
        v.check((needed) => new Set(needed.map(nameOf)).size === needed.length, allowed('each service once')),
      ),
    ),
    [],
  ),
};
