/** Parses what a service runs to completion: at times, and around its deliveries. */
import * as v from 'valibot';
import { secondsOf } from '../../domain/rollout/written-plan.ts';
import { isCronSchedule } from '../../domain/service/cron.ts';
import { duration } from '../rollout/duration.ts';
import { allowed, list, named, said, table } from '../values.ts';
import { neededCommand, partName, resources } from './words.ts';

function within(seconds: number, most: string) {
  return v.pipe(
    duration,
    v.check((value) => secondsOf(value) >= 1 && secondsOf(value) <= seconds, allowed(`a duration from 1s to ${most}`)),
  );
}

const ownCommand = said('What runs, in the image of the service.', neededCommand);

/** Today's names of zones that JavaScript lists under their former ones. https://data.iana.org/time-zones/tzdb/backward */
const RENAMED_ZONES = [
  'UTC',
  'Etc/UTC',
  'Asia/Kolkata',
  'Asia/Ho_Chi_Minh',
  'Asia/Kathmandu',
  'Asia/Yangon',
  'Atlantic/Faroe',
  'America/Argentina/Buenos_Aires',
  'America/Nuuk',
  'Europe/Kyiv',
  'Africa/Asmara',
];
const ZONES = new Set([...Intl.supportedValuesOf('timeZone'), ...RENAMED_ZONES]);

const schedule = table({
  schedule: said(
    'When it runs: five fields as cron writes them.',
    v.pipe(
      v.string(allowed('five fields as cron writes them, such as "0 3 * * *" (quoted)')),
      v.check(isCronSchedule, allowed('five fields as cron writes them, such as "0 3 * * *"')),
    ),
  ),
  timeZone: v.exactOptional(
    said(
      'Time zone of the schedule; without it UTC.',
      v.pipe(
        v.string(allowed('the name of a time zone such as Europe/Berlin')),
        v.check((zone) => ZONES.has(zone), allowed('the name of a time zone such as Europe/Berlin')),
      ),
    ),
  ),
  command: ownCommand,
  within: v.optional(said('Longest that it may take.', within(86_400, '24h')), '10m'),
  resources,
});

const job = table({
  name: said('Name of the job.', partName),
  command: ownCommand,
  within: v.optional(said('Longest that it may take.', within(3_600, '1h')), '5m'),
  resources,
});
const phase = (description: string) =>
  v.exactOptional(said(description, v.pipe(list(job), v.maxLength(10, allowed('at most 10 jobs')))));

export const jobs = {
  schedules: v.exactOptional(
    said(
      'What runs at times, by name; never two of the same at once.',
      named(partName, schedule, { most: 10, what: 'a schedule' }),
    ),
  ),
  jobs: v.exactOptional(
    said(
      'What runs to completion around deliveries, one after the other.',
      table({
        before: phase('Before the pods are replaced, such as a migration. A job that fails stops the delivery.'),
        after: phase(
          'After the new version answers, such as a seed or a registration. A job that fails stops the delivery.',
        ),
        withdraw: phase('Before the service is taken out of its environment. A job that fails does not hold that up.'),
      }),
    ),
  ),
};
