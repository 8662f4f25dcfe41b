/** Parses who a service is. */
import * as v from 'valibot';
import { oneOf, said, text } from '../values.ts';
import { serviceName } from './words.ts';

export const identity = {
  apiVersion: v.optional(said('Version of this format.', oneOf(['espalier.dev/v1'])), 'espalier.dev/v1'),
  name: said('Name of the service, by which others call it: the only key without a default.', serviceName),
  owner: v.exactOptional(
    said(
      'Whom people ask about the service: a team, a person, a channel.',
      text(/^[^\p{Cc}\p{Cf}]{1,100}$/u, '1 to 100 characters on one line'),
    ),
  ),
};
