/**
 * Schedules as cron writes them. Separate because the cluster refuses a wrong one only when it is applied, and the author should hear
 * it by line. Source: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */

interface Field {
  readonly least: number;
  readonly most: number;
  readonly words: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Minute, hour, day of the month, month, day of the week. */
const FIELDS: readonly Field[] = [
  { least: 0, most: 59, words: [] },
  { least: 0, most: 23, words: [] },
  { least: 1, most: 31, words: [] },
  { least: 1, most: 12, words: MONTHS },
  { least: 0, most: 6, words: DAYS },
];

/** Whether this is a schedule that a cluster takes: five fields of numbers, ranges, steps and lists, or names of months and days. */
export function isCronSchedule(text: string): boolean {
  const fields = text.split(' ');
  return fields.length === FIELDS.length && FIELDS.every((field, index) => isFieldValue(fields[index] ?? '', field));
}

function isFieldValue(text: string, field: Field): boolean {
  return text.split(',').every((part) => isPart(part, field));
}

function isPart(text: string, field: Field): boolean {
  const [, range = '', step] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (range === '' || (step !== undefined && Number(step) < 1)) return false;
  if (range === '*') return true;
  const [from, to, more] = range.split('-').map((word) => valueOf(word, field));
  if (from === undefined || more !== undefined || range.split('-').length > 2) return false;
  return range.includes('-') ? to !== undefined && from <= to : true;
}

function valueOf(word: string, { least, most, words }: Field): number | undefined {
  const named = words.indexOf(word.toLowerCase());
  if (named !== -1) return named + least;
  const number = /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}
