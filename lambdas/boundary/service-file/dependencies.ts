/** Parses what a service needs of others. */
import * as v from 'valibot';
import { allowed, list, said } from '../values.ts';
import { serviceName } from './words.ts';

export const needs = {
  dependencies: v.optional(
    said(
      'Names of the services that it calls; each becomes the variable <NAME>_URL.',
      v.pipe(
        list(serviceName),
        v.maxLength(50, allowed('at most 50 services')),
        v.check((names) => new Set(names).size === names.length, allowed('each service once')),
      ),
    ),
    [],
  ),
};
