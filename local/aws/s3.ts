/**
 * S3: objects as files, read and written with path-style or virtual-host addresses. Separate file per service; versions, ACLs
 * and multipart uploads are refused by name.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Account, AwsError, type HttpAnswer, type HttpRequest, type Protocol, type Service } from './api.ts';
import { xml } from './protocols.ts';

interface Key {
  readonly Bucket: string;
  readonly Key: string;
}
interface Stored {
  readonly Body?: Buffer;
  readonly ETag: string;
  readonly LastModified: Date;
  readonly ContentLength: number;
}

/** Each chunk is its length in hexadecimal, a line end, the bytes; trailers follow the empty chunk. */
function unchunk(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const end = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.toString('latin1', at, end), 16);
    if (!(length > 0)) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}

const objectActions: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
};
/** Query parameters that choose another operation. */
const others = [
  'uploads',
  'uploadId',
  'acl',
  'tagging',
  'versioning',
  'versions',
  'policy',
  'lifecycle',
  'delete',
  'retention',
];

const wire: Protocol = {
  read(request: HttpRequest) {
    const host = String(request.headers.host).split(':')[0] ?? '';
    const virtual = /^(.+)\.(localhost|s3\..*)$/.exec(host)?.[1];
    const [, first = '', ...rest] = request.path.split('/').map(decodeURIComponent);
    const Bucket = virtual ?? first;
    const Key = (virtual === undefined ? rest : [first, ...rest]).join('/');
    if (others.some((name) => request.query.has(name)) || request.headers['x-amz-copy-source'] !== undefined)
      return undefined;
    if (Key === '') {
      const action =
        request.method === 'HEAD' ? 'HeadBucket' : request.query.get('list-type') === '2' ? 'ListObjectsV2' : undefined;
      return action === undefined
        ? undefined
        : { action, input: { Bucket, Prefix: request.query.get('prefix') ?? '' } };
    }
    const action = objectActions[request.method];
    if (action === undefined) return undefined;
    const chunked = String(request.headers['content-encoding']).includes('aws-chunked');
    return {
      action,
      input: {
        Bucket,
        Key,
        IfNoneMatch: request.headers['if-none-match'],
        Body: chunked ? unchunk(request.body) : request.body,
      },
    };
  },
  write(action, output): HttpAnswer {
    if (action === 'ListObjectsV2') {
      const { Contents, ...list } = output as { Contents: unknown[] };
      const contents = Contents.map((object) => `<Contents>${xml(object)}</Contents>`).join('');
      const body = `<ListBucketResult>${xml(list)}${contents}</ListBucketResult>`;
      return { status: 200, headers: { 'content-type': 'application/xml' }, body };
    }
    const stored = output as Partial<Stored> | undefined;
    const headers = {
      ...(stored?.ETag !== undefined && { etag: stored.ETag }),
      ...(stored?.LastModified && {
        'last-modified': stored.LastModified.toUTCString(),
        'content-length': String(stored.ContentLength),
      }),
    };
    return { status: action === 'DeleteObject' ? 204 : 200, headers, ...(stored?.Body && { body: stored.Body }) };
  },
  fail: (error) => ({
    status: error.status,
    headers: { 'content-type': 'application/xml' },
    body: `<Error><Code>${error.code.replace('AccessDeniedException', 'AccessDenied')}</Code><Message>${xml(error.message)}</Message></Error>`,
  }),
};

/** The buckets of this account. */
export function s3(account: Account) {
  const folderOf = (bucket: string): string => {
    const folder = join(account.state, 's3', encodeURIComponent(bucket));
    if (!existsSync(folder)) throw new AwsError('NoSuchBucket', `The specified bucket does not exist: ${bucket}`, 404);
    return folder;
  };
  // Files end with ~, which encoded keys never do, so that `a` and `a/b` can both be objects.
  const pathOf = ({ Bucket, Key }: Key) =>
    join(
      folderOf(Bucket),
      `${Key.split('/')
        .map((part) => encodeURIComponent(part).replaceAll('~', '%7E').replaceAll('.', '%2E'))
        .join('/')}~`,
    );
  const read = (key: Key): Stored => {
    const path = pathOf(key);
    if (!existsSync(path)) throw new AwsError('NoSuchKey', `The specified key does not exist: ${key.Key}`, 404);
    const Body = readFileSync(path);
    return {
      Body,
      ETag: `"${createHash('md5').update(Body).digest('hex')}"`,
      LastModified: statSync(path).mtime,
      ContentLength: Body.length,
    };
  };
  const actions = {
    PutObject({ Bucket, Key, Body, IfNoneMatch }: Key & { Body: Buffer | string; IfNoneMatch?: string }) {
      const path = pathOf({ Bucket, Key });
      if (IfNoneMatch === '*' && existsSync(path))
        throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, Body);
      return { ETag: read({ Bucket, Key }).ETag };
    },
    GetObject: (key: Key) => read(key),
    HeadObject: (key: Key) => ({ ...read(key), Body: undefined }),
    DeleteObject: (key: Key) => rmSync(pathOf(key), { force: true }),
    HeadBucket: ({ Bucket }: { Bucket: string }) => void folderOf(Bucket),
    ListObjectsV2({ Bucket, Prefix = '' }: { Bucket: string; Prefix?: string }) {
      const files = (readdirSync(folderOf(Bucket), { recursive: true }) as string[]).filter((name) =>
        name.endsWith('~'),
      );
      const keys = files
        .map((name) => decodeURIComponent(name.slice(0, -1)))
        .filter((key) => key.startsWith(Prefix))
        .sort();
      const Contents = keys.map((Key) => ({
        Key,
        Size: read({ Bucket, Key }).ContentLength,
        ETag: read({ Bucket, Key }).ETag,
        LastModified: read({ Bucket, Key }).LastModified,
      }));
      return { Name: Bucket, Prefix, KeyCount: keys.length, MaxKeys: keys.length, IsTruncated: false, Contents };
    },
  };
  const declareBucket = (name: string) =>
    void mkdirSync(join(account.state, 's3', encodeURIComponent(name)), { recursive: true });
  return {
    service: { name: 's3', protocol: wire, actions } satisfies Service,
    declareBucket,
    /** An object that is a file of this machine; made anew at every start. */
    declareFile(bucket: string, key: string, file: string) {
      declareBucket(bucket);
      const path = pathOf({ Bucket: bucket, Key: key });
      mkdirSync(dirname(path), { recursive: true });
      rmSync(path, { force: true });
      symlinkSync(resolve(file), path);
    },
  };
}
