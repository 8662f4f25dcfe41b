/**
 * CronJob → Jobs: one at each minute that the schedule names, in its time zone, unless one still runs or it is suspended. Separate from
 * the Job controller, which knows nothing of time. What was due while the cluster was stopped is left out.
 */
import type { CronJob } from '../kinds.ts';
import { isKind, ownedBy, ownerOf, timestamp } from '../kinds.ts';
import type { Cluster, Job } from '../kinds.ts';
import { eventRecorder } from './record-event.ts';
import { keyOf } from './run-controllers.ts';
import type { Controller } from './run-controllers.ts';

const minuteMs = 60_000;
const names = [
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
];

/** Starts Jobs when it is time. */
export function cronJobController(cluster: Cluster): Controller {
  const record = eventRecorder(cluster, 'cronjob-controller');
  return {
    name: 'cronjob-controller',
    kind: 'CronJob',
    concerns: (object) => (isKind(object, 'CronJob') ? [keyOf(object)] : []),
    reconcile(namespace, name) {
      const cron = cluster.get('CronJob', namespace, name);
      if (!cron || cron.metadata.deletionTimestamp) return undefined;
      const now = Date.now();
      const minute = Math.floor(now / minuteMs);
      const next = (minute + 1) * minuteMs - now;
      const jobs = cluster.list('Job', namespace).filter((job) => ownerOf(job, 'CronJob')?.uid === cron.metadata.uid);
      forget(cluster, cron, jobs);
      const lastMinute = Math.floor(Date.parse(cron.status?.lastScheduleTime ?? '') / minuteMs);
      const begun = Math.floor(Date.parse(cron.metadata.creationTimestamp) / minuteMs);
      const { schedule, timeZone = 'Etc/UTC', suspend = false, concurrencyPolicy = 'Allow' } = cron.spec;
      if (suspend || lastMinute === minute || begun === minute || !isDue(schedule, timeZone, minute * minuteMs))
        return next;
      const running = jobs.filter((job) => !endOf(job));
      if (running.length > 0 && concurrencyPolicy === 'Forbid') return next;
      if (concurrencyPolicy === 'Replace')
        for (const job of running) cluster.remove('Job', namespace, job.metadata.name);
      const { metadata = {}, spec } = cron.spec.jobTemplate;
      const { labels = {}, annotations = {} } = metadata;
      const job = { name: `${name}-${minute}`, namespace, labels, annotations, ownerReferences: ownedBy(cron) };
      cluster.create('Job', { metadata: job, spec });
      record(cron, 'Normal', 'SuccessfulCreate', `Created job ${job.name}`);
      cluster.objects.updateStatus({
        ...cron,
        status: { ...cron.status, lastScheduleTime: timestamp(minute * minuteMs) },
      });
      return next;
    },
  };
}

function endOf(job: Job): 'Complete' | 'Failed' | undefined {
  const ended = job.status?.conditions?.find(
    ({ type, status }) => status === 'True' && /^(Complete|Failed)$/.test(type),
  );
  return ended?.type as 'Complete' | 'Failed' | undefined;
}

/** Removes ended Jobs beyond the limits of the history. */
function forget(cluster: Cluster, { spec }: CronJob, jobs: readonly Job[]): void {
  const limits = { Complete: spec.successfulJobsHistoryLimit ?? 3, Failed: spec.failedJobsHistoryLimit ?? 1 };
  for (const kind of ['Complete', 'Failed'] as const) {
    const ended = jobs
      .filter((job) => endOf(job) === kind)
      .sort((one, other) => Date.parse(other.metadata.creationTimestamp) - Date.parse(one.metadata.creationTimestamp));
    for (const { metadata } of ended.slice(limits[kind])) cluster.remove('Job', metadata.namespace, metadata.name);
  }
}

/** Whether a schedule names this minute. When both days are restricted, either will do, as cron has it. */
export function isDue(schedule: string, timeZone: string, at: number): boolean {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      minute: 'numeric',
      hour: 'numeric',
      day: 'numeric',
      month: 'numeric',
      weekday: 'short',
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const weekday = names[1]?.indexOf(String(parts.weekday).toLowerCase()) ?? 0;
  const [minute = '*', hour = '*', day = '*', month = '*', dayOfWeek = '*'] = schedule.split(' ');
  const days = matches(day, Number(parts.day), 1);
  const weekdays = matches(dayOfWeek, weekday, 0);
  return (
    matches(minute, Number(parts.minute), 0) &&
    matches(hour, Number(parts.hour), 0) &&
    matches(month, Number(parts.month), 1) &&
    (day.startsWith('*') || dayOfWeek.startsWith('*') ? days && weekdays : days || weekdays)
  );
}

function matches(field: string, value: number, least: number): boolean {
  return field.split(',').some((part) => {
    const [range = '*', step] = part.split('/');
    const [from, to] = range === '*' ? [least, Infinity] : range.split('-').map((word) => numberOf(word, least));
    const last = to ?? (step === undefined ? (from ?? 0) : Infinity);
    return value >= (from ?? 0) && value <= last && (value - (from ?? 0)) % Number(step ?? 1) === 0;
  });
}

function numberOf(word: string, least: number): number {
  const found = names.map((list) => list.indexOf(word.toLowerCase())).find((index) => index >= 0);
  return found === undefined ? Number(word) : found + least;
}
