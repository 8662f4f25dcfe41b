/** The archive of charts: its contract in memory and over the wire to the laptop's S3, and what comes of an S3 that says no. */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { s3Charts } from '../../../lambdas/adapters/s3/charts.ts';
import { FakeCharts } from '../../fakes/charts.ts';
import { withLaptop } from '../../local/aws/laptop.ts';
import { chartsContract } from '../contracts/charts-contract.ts';

const Resources = { Archive: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'archive' } } };

describe('the fake', () => {
  chartsContract(async (test) => {
    const charts = new FakeCharts();
    await test({
      charts,
      upload: (repository, commit, text) => {
        charts.upload(repository, commit, text);
        return Promise.resolve();
      },
    });
  });
});

describe('the adapter, over the wire to the S3 of the laptop', () => {
  chartsContract((test) =>
    withLaptop({ Resources }, async ({ client }) => {
      const sdk = new S3Client(client);
      await test({
        charts: s3Charts(sdk, 'archive'),
        upload: async (repository, commit, text) => {
          // As buildspecs/image/chart.sh names it.
          const Key = `rendered/${repository}.${commit}.yaml`;
          await sdk.send(new PutObjectCommand({ Bucket: 'archive', Key, Body: text }));
        },
      });
    }),
  );

  it('does not take an archive that is not there for an empty one', () =>
    withLaptop({ Resources }, async ({ client }) => {
      const charts = s3Charts(new S3Client(client), 'other');
      await expect(charts.load('d'.repeat(64))).rejects.toMatchObject({ name: 'NoSuchBucket' });
      await expect(charts.keep('d'.repeat(64), 'any')).rejects.toMatchObject({ name: 'NoSuchBucket' });
    }));
});

/** Charts in an S3 that answers everything with this error. */
function refusing(statusCode: number, code: string) {
  const body = `<Error><Code>${code}</Code><Message>for a test</Message></Error>`;
  const headers = { 'content-type': 'application/xml' };
  const handle = () => Promise.resolve({ response: { statusCode, headers, body: Readable.from([Buffer.from(body)]) } });
  return s3Charts(
    new S3Client({
      region: 'eu-central-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      requestHandler: { handle },
    }),
    'archive',
  );
}

describe('S3', () => {
  it('that denies a key to who may not list the bucket has none', async () => {
    const charts = refusing(403, 'AccessDenied');
    expect(await charts.rendered('orders', 'c'.repeat(40))).toBeUndefined();
    expect(await charts.load('d'.repeat(64))).toBeUndefined();
  });

  it('that denies the right to keep is told', async () => {
    await expect(refusing(403, 'AccessDenied').keep('d'.repeat(64), 'any')).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  it.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
  ])('that is away passes by itself, and nothing is there: %i %s', async (status, code) => {
    const charts = refusing(status, code);
    const away = { name: 'TransientError', message: expect.stringContaining('rendered/orders.') as string };
    await expect(charts.rendered('orders', 'c'.repeat(40))).rejects.toMatchObject(away);
    await expect(charts.keep('d'.repeat(64), 'any')).rejects.toMatchObject({ name: 'TransientError' });
  });
});
