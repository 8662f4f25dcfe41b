/**
 * Alarms of CloudWatch that a plan is bound to: when they are looked at, and what they mean. Separate from metrics, because somebody
 * else decided when an alarm fires: there is nothing to count but how often nobody could say it.
 */
import type { AlarmReading } from '../../contracts/lookout.ts';
import type { Instant } from '../environment/record.ts';
import type { ServicePlace } from '../manifests/manifest.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { Plan } from '../rollout/step.ts';
import { fillPlaceholders } from './queries.ts';

/** Seconds between looks: alarms are evaluated once a minute, so that one that fires is seen half a minute later at most. */
export const ALARM_INTERVAL = 30;
/** While nobody could say yet whether a rollout may start. */
const START_INTERVAL = 10;
/** While people are asked: once a minute, and no more than 500 times however long they have (500 looks are 13,500 history events). */
const ASKED_INTERVAL = 60;
const ASKED_LOOKS = 500;
/** As for metrics: the fifth time in a row that nobody could say ends the patience. */
const UNKNOWN_LIMIT = 4;

/** What is remembered between two looks. */
export interface AlarmWatch {
  readonly at: Instant;
  /** Whether any look was answered so far. */
  readonly answered: boolean;
  /** Names that fired when the rollout started despite them, and have not been quiet since: they do not count. */
  readonly ignored: readonly string[];
  /** Those that fire and count, with the alarm's own words. */
  readonly firing: readonly string[];
  /** Those that do not exist. */
  readonly absent: readonly string[];
  /** Looks in a row that did not answer, and why the last one did not. */
  readonly unknown: number;
  readonly because: string;
}

/** What the alarms say now. `unknown`: nobody could look; `exceeded` once that lasts longer than is put up with. */
export type AlarmVerdict =
  | { readonly kind: 'quiet' }
  | { readonly kind: 'fires'; readonly said: string }
  | { readonly kind: 'absent'; readonly said: string }
  | { readonly kind: 'unknown'; readonly said: string; readonly exceeded: boolean };

/** The alarms of the rollout's plan, by their full names. */
export function alarmsOf({ plan, candidate, stable }: Rollout, place: ServicePlace): readonly string[] {
  return (plan.alarms ?? []).map((name) => fillPlaceholders(name, place, candidate.side, stable.side, 0));
}

/**
 * When the alarms have to be looked at next; undefined when they do not matter (any more). Before each greater share, and before the
 * candidate becomes stable, they are looked at however short the pause was.
 */
export function nextAlarmLook({ plan, phase, step, stepSince, ...rollout }: Rollout): Instant | undefined {
  const { alarms, question, pausedSince } = rollout;
  if ((plan.alarms ?? []).length === 0 || (phase !== 'preparing' && phase !== 'stepping')) return undefined;
  if (alarms === undefined) return 0;
  if (phase === 'stepping' && risesAt(plan, step) && alarms.at < stepSince) return stepSince;
  const asked = question !== undefined || pausedSince !== undefined;
  const seconds =
    phase === 'preparing' && alarms.unknown > 0 ? START_INTERVAL : asked ? askedInterval(plan) : ALARM_INTERVAL;
  return alarms.at + seconds * 1_000;
}

/** Whether the candidate is about to get more. */
export function risesAt({ steps }: Plan, step: number): boolean {
  const current = steps[step];
  return current === undefined || current.kind === 'shift';
}

/** Seconds between looks while people are asked. */
export function askedInterval({ steps }: Plan): number {
  const longest = steps.reduce((most, step) => (step.kind === 'ask' ? Math.max(most, step.deadlineSeconds) : most), 0);
  return Math.max(ASKED_INTERVAL, Math.ceil(longest / ASKED_LOOKS));
}

/** The watch after a look at `now`. `despite`: what fires at the first look that answers does not count. */
export function watchAlarms(
  before: AlarmWatch | undefined,
  readings: readonly AlarmReading[],
  now: Instant,
  despite: boolean,
): AlarmWatch {
  const known = before ?? NOTHING_SEEN;
  const unseen = readings.find((reading) => reading.state === 'unknown');
  if (unseen !== undefined) return { ...known, at: now, unknown: known.unknown + 1, because: unseen.because };
  const firing = readings.flatMap((reading) => (reading.state === 'fires' ? [reading] : []));
  const isIgnored = (name: string): boolean => (known.answered ? known.ignored.includes(name) : despite);
  return {
    at: now,
    answered: true,
    ignored: firing.map(({ name }) => name).filter(isIgnored),
    firing: firing.filter(({ name }) => !isIgnored(name)).map(describeFiring),
    absent: readings.flatMap(({ name, state }) => (state === 'absent' && !despite ? [name] : [])),
    unknown: 0,
    because: '',
  };
}

const NOTHING_SEEN: Omit<AlarmWatch, 'at'> = {
  answered: false,
  ignored: [],
  firing: [],
  absent: [],
  unknown: 0,
  because: '',
};

function describeFiring({ name, since, reason }: Extract<AlarmReading, { state: 'fires' }>): string {
  return `"${name}" since ${new Date(since).toISOString()} (${reason})`;
}

/** What the watch means; an alarm that was seen firing fires until somebody sees it quiet. */
export function judgeAlarms({ answered, firing, absent, unknown, because }: AlarmWatch): AlarmVerdict {
  if (firing.length > 0)
    return { kind: 'fires', said: `${plural(firing, 'the alarm fires', 'alarms fire')}: ${firing.join('; ')}` };
  if (absent.length > 0) {
    const names = absent.map((name) => `"${name}"`).join(', ');
    return {
      kind: 'absent',
      said: `${plural(absent, 'there is no alarm', 'there are no alarms')} ${names} in CloudWatch`,
    };
  }
  if (unknown > 0) {
    const said = `nobody could say whether an alarm fires: ${because}`;
    return { kind: 'unknown', said, exceeded: !answered || unknown > UNKNOWN_LIMIT };
  }
  return { kind: 'quiet' };
}

function plural(list: readonly string[], one: string, many: string): string {
  return list.length === 1 ? one : many;
}
