/** The laptop's CloudWatch, by the unmodified SDK: alarms follow their metric, and what it does not know is refused by name. */
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withLaptop } from './laptop.ts';

const ALARM = {
  AlarmName: 'orders-5xx',
  Namespace: 'Shop',
  MetricName: 'errors',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold',
} as const;

describe('the CloudWatch of the laptop', () => {
  const withSdk = (test: (sdk: CloudWatchClient) => Promise<void>, state?: string) =>
    withLaptop({}, async ({ client }) => test(new CloudWatchClient(client)), state === undefined ? {} : { state });
  const stateOf = async (sdk: CloudWatchClient): Promise<unknown> => {
    const { MetricAlarms = [] } = await sdk.send(new DescribeAlarmsCommand({ AlarmNames: ['orders-5xx'] }));
    return MetricAlarms[0]?.StateValue;
  };
  const errors = (sdk: CloudWatchClient, Value: number) =>
    sdk.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData: [{ MetricName: 'errors', Value }] }));

  it('lets an alarm fire when its metric crosses the threshold', async () => {
    await withSdk(async (sdk) => {
      await sdk.send(new PutMetricAlarmCommand(ALARM));
      expect(await stateOf(sdk)).toBe('INSUFFICIENT_DATA');
      await errors(sdk, 2);
      expect(await stateOf(sdk)).toBe('OK');
      await errors(sdk, 9);
      expect(await stateOf(sdk)).toBe('ALARM');
      await sdk.send(new DeleteAlarmsCommand({ AlarmNames: ['orders-5xx'] }));
      expect(await stateOf(sdk)).toBeUndefined();
    });
  });

  it('keeps a state that a person sets, over restarts', async () => {
    const state = mkdtempSync(join(tmpdir(), 'laptop-'));
    try {
      await withSdk(async (sdk) => {
        await sdk.send(new PutMetricAlarmCommand(ALARM));
        await sdk.send(
          new SetAlarmStateCommand({ AlarmName: 'orders-5xx', StateValue: 'ALARM', StateReason: 'to try' }),
        );
      }, state);
      await withSdk(async (sdk) => expect(await stateOf(sdk)).toBe('ALARM'), state);
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  });

  it('takes what the SDK compresses, and lists what there is', async () => {
    await withSdk(async (sdk) => {
      // Above 10 KiB the SDK compresses the body.
      const MetricData = Array.from({ length: 150 }, (_, index) => ({
        MetricName: 'errors',
        Dimensions: [{ Name: 'service', Value: `service-${String(index)}` }],
        Values: [1, 2],
        Counts: [10, 1],
      }));
      await sdk.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData }));
      const { Metrics = [] } = await sdk.send(new ListMetricsCommand({ Namespace: 'Shop' }));
      expect(Metrics).toHaveLength(150);
    });
  });

  it('refuses by name what it does not do', async () => {
    await withSdk(async (sdk) => {
      const span = { StartTime: new Date(0), EndTime: new Date() };
      const expression = { ...span, MetricDataQueries: [{ Id: 'e', Expression: 'SELECT 1', Period: 60 }] };
      await expect(sdk.send(new GetMetricDataCommand(expression))).rejects.toThrow(/expressions are not on the laptop/);
      const statistic = {
        Id: 'm',
        MetricStat: { Metric: { Namespace: 'Shop', MetricName: 'errors' }, Period: 60, Stat: 'IQM' },
      };
      await errors(sdk, 1);
      await expect(sdk.send(new GetMetricDataCommand({ ...span, MetricDataQueries: [statistic] }))).rejects.toThrow(
        /IQM is not on the laptop/,
      );
      await expect(
        sdk.send(new PutMetricAlarmCommand({ ...ALARM, ComparisonOperator: 'LessThanLowerThreshold' })),
      ).rejects.toThrow(/LessThanLowerThreshold is not on the laptop/);
    });
  });
});
