/** Parses the alarms that a plan is bound to. Separate because settings and plans both name them. */
import * as v from 'valibot';
import { allowed, list, text } from '../values.ts';

/** Names of CloudWatch alarms; one call asks for a hundred, and nobody keeps more than a few in mind. */
export const alarms = v.pipe(
  list(
    text(
      /^[^\p{Cc}]{1,255}$/u,
      'the name of a CloudWatch alarm, 1 to 255 characters; $service and others are filled in',
    ),
  ),
  v.maxLength(20, allowed('at most 20 alarms')),
);
