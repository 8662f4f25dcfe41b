/** The adapter of alarms: its contract over the wire, and what comes of a CloudWatch that is away. */
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { cloudWatchAlarms } from '../../../lambdas/adapters/cloudwatch/cloud-watch-alarms.ts';
import { FakeCloudWatch } from '../../fakes/cloud-watch.ts';
import { withLaptop } from '../../local/aws/laptop.ts';
import { answer, broken, failure, wire, type WireAnswer } from '../aws/wire.ts';
import { cloudWatchAlarmsContract } from '../contracts/cloud-watch-alarms-contract.ts';

const ALARM = {
  Namespace: 'Shop',
  MetricName: 'errors',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold',
} as const;

describe('the fake', () => {
  cloudWatchAlarmsContract(async (test) => {
    const fake = new FakeCloudWatch();
    await test({
      alarms: fake,
      quiet: (name) => fake.alarm(name),
      fire: (name, reason) => fake.alarm(name, reason),
    });
  });
});

describe('the adapter, over the wire to the CloudWatch of the laptop', () => {
  cloudWatchAlarmsContract((test) =>
    withLaptop({}, async ({ client }) => {
      const sdk = new CloudWatchClient(client);
      const set = async (AlarmName: string, StateValue: 'OK' | 'ALARM', StateReason: string): Promise<void> => {
        await sdk.send(new PutMetricAlarmCommand({ ...ALARM, AlarmName }));
        await sdk.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason }));
      };
      await test({
        alarms: cloudWatchAlarms(sdk),
        quiet: (name) => set(name, 'OK', 'fine'),
        fire: (name, reason) => set(name, 'ALARM', reason),
      });
    }),
  );
});

const states = (answers: () => WireAnswer) => {
  const { options, calls } = wire(answers);
  return { readings: cloudWatchAlarms(new CloudWatchClient(options), 200).states(['shop']), calls };
};

describe('CloudWatch', () => {
  it('is asked for composite alarms too, which it keeps to itself otherwise', async () => {
    const composite = { AlarmName: 'shop', StateValue: 'ALARM', StateReason: 'two of three', StateUpdatedTimestamp: 7 };
    const { readings, calls } = states(() => answer({ MetricAlarms: [], CompositeAlarms: [composite] }));
    expect(await readings).toEqual([{ name: 'shop', state: 'fires', since: 7_000, reason: 'two of three' }]);
    expect(calls[0]?.input).toMatchObject({ AlarmNames: ['shop'], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
  });

  it('that has too few numbers for an alarm calls it quiet', async () => {
    const alarm = { AlarmName: 'shop', StateValue: 'INSUFFICIENT_DATA' };
    expect(await states(() => answer({ MetricAlarms: [alarm] })).readings).toEqual([{ name: 'shop', state: 'quiet' }]);
  });

  it.each<[string, WireAnswer]>([
    ['socket hang up', broken],
    ['ThrottlingException', failure('ThrottlingException')],
    ['AccessDenied', failure('AccessDeniedException', 403)],
  ])('that is away never means quiet: %s', async (because, said) => {
    expect(await states(() => said).readings).toEqual([
      { name: 'shop', state: 'unknown', because: expect.stringContaining(because) as string },
    ]);
  });
});
