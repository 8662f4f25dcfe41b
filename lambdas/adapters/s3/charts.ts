/** Rendered charts as objects in S3. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ARCHIVE_FOLDERS } from '../../contracts/archive.ts';
import type { Charts } from '../../ports/charts.ts';
import { translated } from '../aws/translate-error.ts';

/** Charts in this bucket. */
export function s3Charts(client: S3Client, bucket: string): Charts {
  const read = (key: string) =>
    translated(`Reading ${key} from the archive`, async () => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await Body?.transformToString('utf-8');
      } catch (error) {
        if (error instanceof Error && ABSENT.includes(error.name)) return undefined;
        throw error;
      }
    });
  return {
    rendered: (repository, commit) => read(`${ARCHIVE_FOLDERS.rendered}/${repository}.${commit}.yaml`),
    load: (digest) => read(keyOf(digest)),
    keep: (digest, text) =>
      translated('Keeping a chart in the archive', async () => {
        await client.send(
          new PutObjectCommand({ Bucket: bucket, Key: keyOf(digest), Body: text, ContentType: 'application/yaml' }),
        );
      }),
  };
}

/**
 * Who may not list a bucket is told AccessDenied about a key that is not there.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Permissions)
 */
const ABSENT = ['NoSuchKey', 'AccessDenied'];

function keyOf(digest: string): string {
  return `${ARCHIVE_FOLDERS.charts}/${digest}.yaml`;
}
