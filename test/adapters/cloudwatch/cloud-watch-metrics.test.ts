/** The adapter of CloudWatch: its contract over the wire, and what comes of a CloudWatch that is away, refuses, or answers nonsense. */
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { cloudWatchMetrics } from '../../../lambdas/adapters/cloudwatch/cloud-watch-metrics.ts';
import type { MetricQuestion } from '../../../lambdas/contracts/lookout.ts';
import { FakeCloudWatch } from '../../fakes/cloud-watch.ts';
import { withLaptop } from '../../local/aws/laptop.ts';
import { answer, broken, failure, wire, type WireAnswer } from '../aws/wire.ts';
import { cloudWatchContract } from '../contracts/cloud-watch-contract.ts';

describe('the fake', () => {
  cloudWatchContract(async (test) => {
    const fake = new FakeCloudWatch();
    await test({ metrics: fake, put: (...sample) => fake.put(...sample) });
  });
});

describe('the adapter, over the wire to the CloudWatch of the laptop', () => {
  cloudWatchContract((test) =>
    withLaptop({}, async ({ client }) => {
      const sdk = new CloudWatchClient(client);
      await test({
        metrics: cloudWatchMetrics(sdk),
        async put(Namespace, MetricName, dimensions, time, Value) {
          const Dimensions = Object.entries(dimensions).map(([Name, value]) => ({ Name, Value: value }));
          const MetricData = [{ MetricName, Dimensions, Timestamp: new Date(time), Value }];
          await sdk.send(new PutMetricDataCommand({ Namespace, MetricData }));
        },
      });
    }),
  );
});

const MINUTE = 1_764_163_200_000;
const errors: MetricQuestion = {
  name: 'errors',
  metric: { namespace: 'AWS/ApplicationELB', metric: 'HTTPCode_Target_5XX_Count', dimensions: {}, statistic: 'Sum' },
  from: MINUTE,
  to: MINUTE + 120_000,
};
const read = (answers: () => WireAnswer, question = errors) => {
  const { options, calls } = wire(answers);
  return { readings: cloudWatchMetrics(new CloudWatchClient(options), 200).read([question]), calls };
};
const results = (...MetricDataResults: readonly object[]): WireAnswer => answer({ MetricDataResults });

describe('CloudWatch', () => {
  it('is asked for whole minutes, by the JSON of the API', async () => {
    const { readings, calls } = read(() => results({ Id: 'm0', Label: 'x', Timestamps: [MINUTE / 1000], Values: [4] }));
    expect(await readings).toEqual([{ kind: 'value', value: 4 }]);
    expect(calls).toMatchObject([
      {
        action: 'GetMetricData',
        input: {
          StartTime: MINUTE / 1000,
          EndTime: MINUTE / 1000 + 120,
          MetricDataQueries: [{ Id: 'm0', MetricStat: { Period: 60, Stat: 'Sum' } }],
        },
      },
    ]);
  });

  it('reads every page', async () => {
    let page = 0;
    const { readings } = read(() => {
      page += 1;
      const one = { Id: 'm0', Label: 'x', Timestamps: [MINUTE / 1000 + 60 * (page - 1)], Values: [page] };
      return answer({ MetricDataResults: [one], ...(page === 1 && { NextToken: 'more' }) });
    });
    expect(await readings).toEqual([{ kind: 'value', value: 3 }]);
  });

  it('takes an expression as it is', async () => {
    const question = { ...errors, metric: { expression: 'SELECT SUM(failed) FROM Shop' } };
    const { readings, calls } = read(
      () => results({ Id: 'm0', Label: 'x', Timestamps: [MINUTE / 1000], Values: [2] }),
      question,
    );
    expect(await readings).toEqual([{ kind: 'value', value: 2 }]);
    expect(calls[0]?.input['MetricDataQueries']).toEqual([
      { Id: 'm0', Expression: 'SELECT SUM(failed) FROM Shop', Period: 60 },
    ]);
  });

  it.each<[string, WireAnswer, RegExp]>([
    ['is away', broken, /socket hang up/],
    ['is busy', failure('ThrottlingException'), /ThrottlingException/],
    ['refuses', failure('AccessDeniedException', 403), /AccessDenied/],
    [
      'forbids one metric',
      results({ Id: 'm0', Label: 'x', StatusCode: 'Forbidden', Messages: [{ Code: 'Forbidden', Value: 'not yours' }] }),
      /not yours/,
    ],
    [
      'answers several series',
      results(
        { Id: 'm0', Label: 'a', Timestamps: [MINUTE / 1000], Values: [1] },
        { Id: 'm0', Label: 'b', Timestamps: [MINUTE / 1000], Values: [1] },
      ),
      /2 series; it must give one number/,
    ],
  ])('that %s is an answer, not an exception', async (_what, said, because) => {
    expect(await read(() => said).readings).toEqual([
      { kind: 'error', because: expect.stringMatching(because) as string },
    ]);
  });

  it('that never answers is given up in time', async () => {
    const { options } = wire(() => broken);
    const handle = (_request: unknown, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) =>
      new Promise<never>((_resolve, reject) => {
        abortSignal?.addEventListener('abort', () =>
          reject(Object.assign(new Error('aborted'), { name: 'AbortError' })),
        );
      });
    const client = new CloudWatchClient({ ...options, requestHandler: { handle } });
    expect(await cloudWatchMetrics(client, 50).read([errors])).toEqual([
      { kind: 'error', because: 'CloudWatch: no answer within 50 ms' },
    ]);
  });
});
