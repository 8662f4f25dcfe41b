/**
 * Alarms on one metric each, looked at when somebody asks. Separate from the metrics, which know nothing of thresholds. They survive
 * a restart.
 */
import { join } from 'node:path';
import { type Account, arnOf, AwsError } from '../api.ts';
import { listState, removeState, writeState } from '../state-file.ts';
import type { Dimension, Metrics } from './metrics.ts';

type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
const STATES: readonly State[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

/** An alarm as it is put. */
export interface AlarmInput {
  readonly AlarmName: string;
  readonly AlarmDescription?: string;
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Period: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData?: string;
}

interface Stored {
  readonly alarm: AlarmInput;
  readonly state: State;
  readonly reason: string;
  /** Milliseconds. */
  readonly since: number;
}

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** Properties of an alarm that would change what it means, and are not looked at here. */
const REFUSED = ['Metrics', 'ThresholdMetricId', 'EvaluateLowSampleCountPercentile'] as const;

/** The alarms of this account. */
export function alarms(account: Account, metrics: Metrics) {
  const folder = join(account.state, 'cloudwatch', 'alarms');
  const fileOf = (name: string) => join(folder, `${encodeURIComponent(name)}.json`);
  const stored = new Map(
    [...listState<Stored>(folder)].map(([file, alarm]) => [decodeURIComponent(file), alarm] as const),
  );
  const save = (name: string, value: Stored) => {
    stored.set(name, value);
    writeState(fileOf(name), value);
  };
  const find = (name: string) => {
    const found = stored.get(name);
    if (!found) throw new AwsError('ResourceNotFound', `There is no alarm ${name}.`, 404);
    return found;
  };
  /** What the newest numbers say; undefined when there are none since the state was last set. */
  const evaluated = ({ alarm, since }: Stored): Pick<Stored, 'state' | 'reason'> | undefined => {
    const period = alarm.Period * 1_000;
    const to = Math.floor(Date.now() / period) * period + period;
    // The period that has just begun may have nothing yet.
    const from = to - (alarm.EvaluationPeriods + 1) * period;
    const points = metrics
      .points(alarm, alarm.ExtendedStatistic ?? alarm.Statistic ?? 'Average', period, from, to)
      .slice(-alarm.EvaluationPeriods);
    if (!points.some(({ time }) => time + period > since)) return undefined;
    const exceeds = COMPARISONS[alarm.ComparisonOperator];
    const bad = points.filter(({ value }) => exceeds?.(value, alarm.Threshold) === true);
    const state = bad.length >= (alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods) ? 'ALARM' : 'OK';
    const shown = points.map(({ value }) => String(value)).join(', ');
    return {
      state,
      reason: `Threshold Crossed: ${String(bad.length)} of ${String(alarm.EvaluationPeriods)} datapoints [${shown}] were ${alarm.ComparisonOperator} (${String(alarm.Threshold)}).`,
    };
  };
  const described = (name: string) => {
    const before = find(name);
    const now = evaluated(before);
    if (now && now.state !== before.state) save(name, { ...before, ...now, since: Date.now() });
    const { alarm, state, reason, since } = find(name);
    return {
      ...alarm,
      AlarmArn: arnOf(account, 'cloudwatch', `alarm:${name}`),
      StateValue: state,
      StateReason: reason,
      StateUpdatedTimestamp: new Date(since),
      StateTransitionedTimestamp: new Date(since),
      ActionsEnabled: false,
    };
  };
  return {
    PutMetricAlarm(alarm: AlarmInput) {
      const refused = REFUSED.filter((property) => property in alarm);
      if (refused.length > 0)
        throw new AwsError('ValidationError', `Alarms with ${refused.join(', ')} are not on the laptop.`);
      if (!(alarm.ComparisonOperator in COMPARISONS))
        throw new AwsError('ValidationError', `The comparison ${alarm.ComparisonOperator} is not on the laptop.`);
      const known = stored.get(alarm.AlarmName);
      const fresh = { state: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation', since: Date.now() };
      save(alarm.AlarmName, { ...(known ?? (fresh as Omit<Stored, 'alarm'>)), alarm });
    },
    SetAlarmState(input: { AlarmName: string; StateValue: State; StateReason: string }) {
      if (!STATES.includes(input.StateValue))
        throw new AwsError('InvalidFormat', `The state is one of ${STATES.join(', ')}.`);
      const { alarm } = find(input.AlarmName);
      save(input.AlarmName, { alarm, state: input.StateValue, reason: input.StateReason, since: Date.now() });
    },
    DescribeAlarms(input: { AlarmNames?: string[]; AlarmNamePrefix?: string; StateValue?: State }) {
      const { AlarmNames, AlarmNamePrefix = '', StateValue } = input;
      const names = [...stored.keys()].filter(
        (name) => (AlarmNames ?? [name]).includes(name) && name.startsWith(AlarmNamePrefix),
      );
      const found = names.toSorted().map(described);
      return {
        MetricAlarms: found.filter((alarm) => StateValue === undefined || alarm.StateValue === StateValue),
        CompositeAlarms: [],
      };
    },
    DeleteAlarms({ AlarmNames }: { AlarmNames: string[] }) {
      for (const name of AlarmNames) {
        stored.delete(name);
        removeState(fileOf(name));
      }
    },
  };
}
