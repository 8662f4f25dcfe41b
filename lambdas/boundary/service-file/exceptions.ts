/** Parses the rules for containers that a service breaks on purpose, for a while. */
import * as v from 'valibot';
import { CONTAINER_RULES } from '../../domain/service/exceptions.ts';
import { allowed, list, oneOf, said, table, text } from '../values.ts';

/** The calendar's own days: 30 February is none. */
function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

const exception = table({
  rule: said('The rule that is broken on purpose.', oneOf(CONTAINER_RULES)),
  reason: said(
    'Why, for whoever reviews it.',
    text(/^[^\p{Cc}]{10,300}$/u, 'a reason of 10 to 300 characters on one line'),
  ),
  until: said(
    'Last day on which the exception counts.',
    v.pipe(
      text(/^\d{4}-\d\d-\d\d$/, 'a day such as 2027-03-31'),
      v.check(isDay, allowed('a day of the calendar such as 2027-03-31')),
    ),
  ),
});

export const exceptions = {
  exceptions: v.exactOptional(
    said(
      'Rules for containers that the service breaks on purpose, each with a reason and an end.',
      v.pipe(
        list(exception),
        v.maxLength(20, allowed('at most 20 exceptions')),
        v.check((all) => new Set(all.map(({ rule }) => rule)).size === all.length, allowed('each rule once')),
      ),
    ),
  ),
};
