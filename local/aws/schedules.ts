/**
 * Schedules: rate and cron expressions of EventBridge rules and of EventBridge Scheduler. Separate because both mean the same
 * expressions. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */

const unitMilliseconds: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const names = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** Whether a field of a cron expression holds this value. */
function holds(field: string, value: number, first: number): boolean {
  if (field === '*' || field === '?') return true;
  return field.split(',').some((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [from, to] = range === '*' ? [first, 9999] : range.split('-').map(Number);
    const last = to ?? (part.includes('/') ? 9999 : from);
    return value >= Number(from) && value <= Number(last) && (value - Number(from)) % Number(step) === 0;
  });
}

/** Whether a schedule is due in the minute of this time (UTC), for one that began at `since`. Throws for other expressions. */
export function isDue(expression: string, time: Date, since: Date): boolean {
  const [, amount, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (amount !== undefined) {
    const minutes = Math.floor((time.getTime() - since.getTime()) / 60_000);
    return minutes > 0 && minutes % ((Number(amount) * (unitMilliseconds[unit] ?? 0)) / 60_000) === 0;
  }
  const fields = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/.exec(expression)?.slice(1);
  if (!fields || fields.some((field) => /[LW#]/.test(field.replace(/JUL/g, '').replace(/WED/g, ''))))
    throw new Error(
      `The schedule ${expression} is not supported on the laptop: it runs rate(…) and cron(…) without L, W and #.`,
    );
  const number = (field: string) =>
    field.replace(/[A-Z]{3}/g, (word) =>
      String(names.includes(word) ? names.indexOf(word) + 1 : months.indexOf(word) + 1),
    );
  const [minute = '', hour = '', day = '', month = '', weekday = '', year = ''] = fields.map(number);
  return (
    holds(minute, time.getUTCMinutes(), 0) &&
    holds(hour, time.getUTCHours(), 0) &&
    holds(day, time.getUTCDate(), 1) &&
    holds(month, time.getUTCMonth() + 1, 1) &&
    holds(weekday, time.getUTCDay() + 1, 1) &&
    holds(year, time.getUTCFullYear(), 1970)
  );
}

/** Runs what is scheduled, once a minute. */
export class Schedules {
  readonly #all = new Map<string, { expression: string; since: Date; run: () => void }>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.tick(new Date()), 60_000);
  }

  /** Makes or replaces a schedule. */
  define(name: string, expression: string, run: () => void): void {
    isDue(expression, new Date(), new Date());
    this.#all.set(name, { expression, since: new Date(), run });
  }

  /** Starts what is due in this minute. */
  tick(time: Date): void {
    for (const { expression, since, run } of this.#all.values()) if (isDue(expression, time, since)) run();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
