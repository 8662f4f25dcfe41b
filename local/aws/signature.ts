/**
 * Whether a request was signed with the secret of its access key. Separate from who has which key, because the computation is the
 * same for a presigned address and for a request with headers.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request as its signature covers it. */
export interface Signed {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Value of a header that the signature names. */
  readonly header: (name: string) => string;
  readonly signedHeaders: readonly string[];
  /** SHA-256 of the body in hexadecimal. */
  readonly bodyHash: string;
  /** `<day>/<region>/<service>/aws4_request`. */
  readonly scope: string;
  readonly time: string;
  readonly signature: string;
}

/** True when the signature was made with this secret. */
export function isSignedWith(secret: string, request: Signed): boolean {
  const { method, path, query, header, signedHeaders, bodyHash, scope, time, signature } = request;
  const canonical = [
    method,
    path,
    [...query]
      .filter(([name]) => name !== 'X-Amz-Signature')
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${header(name).trim().replaceAll(/\s+/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    bodyHash,
  ].join('\n');
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const expected = hmac(Buffer.from(key), `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`);
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Milliseconds since 1970 of a time as signatures write it; NaN for anything else. */
export function signedAt(time: string): number {
  return Date.parse(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** SHA-256 in hexadecimal. */
export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
