/** Parses who a service is. */
import * as v from 'valibot';
import { oneOf } from '../values.ts';
import { serviceName } from './words.ts';

export const identity = {
  apiVersion: v.optional(oneOf(['espalier.dev/v1']), 'espalier.dev/v1'),
  name: serviceName,
};
