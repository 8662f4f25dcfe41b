/**
 * States of CloudWatch alarms. Separate from metrics, which are another question; whatever goes wrong is an answer within a bounded time.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html (composite alarms come only when asked
 * for, at most 100 names a call)
 */
import {
  DescribeAlarmsCommand,
  type CloudWatchClient,
  type CompositeAlarm,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import type { AlarmReading } from '../../contracts/lookout.ts';
import type { CloudWatchAlarms } from '../../ports/metrics.ts';

/** Longest wait for the answer: a rollout that waits for it looks at nothing else meanwhile. */
const PATIENCE_MS = 5_000;

/** Over the network. */
export function cloudWatchAlarms(client: CloudWatchClient, patienceMs = PATIENCE_MS): CloudWatchAlarms {
  return {
    async states(names) {
      if (names.length === 0) return [];
      try {
        const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(
          new DescribeAlarmsCommand({
            AlarmNames: [...names],
            AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
            MaxRecords: 100,
          }),
          { abortSignal: AbortSignal.timeout(patienceMs) },
        );
        const found = new Map([...MetricAlarms, ...CompositeAlarms].map((alarm) => [alarm.AlarmName, alarm]));
        return names.map((name) => readingOf(name, found.get(name)));
      } catch (error) {
        const { name: kind, message } = error as Error;
        const late = kind === 'AbortError' || kind === 'TimeoutError';
        const because = `CloudWatch: ${late ? `no answer within ${String(patienceMs)} ms` : `${kind}: ${message}`}`;
        return names.map((name) => ({ name, state: 'unknown', because }));
      }
    },
  };
}

function readingOf(name: string, alarm: MetricAlarm | CompositeAlarm | undefined): AlarmReading {
  if (alarm === undefined) return { name, state: 'absent' };
  if (alarm.StateValue !== 'ALARM') return { name, state: 'quiet' };
  const since = (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime() ?? 0;
  return { name, state: 'fires', since, reason: alarm.StateReason ?? 'without a reason' };
}
