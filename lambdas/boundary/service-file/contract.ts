/** Parses what a service promises to others. */
import * as v from 'valibot';
import { allowed, list, said } from '../values.ts';
import { apiVersion } from './words.ts';

export const contract = {
  offers: v.exactOptional(
    said(
      'Versions of its interface that the service answers; callers name the one that they need.',
      v.pipe(
        list(apiVersion),
        v.maxLength(20, allowed('at most 20 versions')),
        v.check((versions) => new Set(versions).size === versions.length, allowed('each version once')),
      ),
    ),
  ),
};
