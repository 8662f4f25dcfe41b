/**
 * Access keys and who has them, STS over them, and the check of the bearer tokens that functions present to Kubernetes.
 * Separate because keys are made by whoever starts a process (Lambda, CodeBuild) and read by whoever is called.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type Account, AwsError, type Caller, nameOf, person, type Service } from './api.ts';
import { query } from './protocols.ts';

/** Temporary credentials of a role's session. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** The keys of this run. They live in memory: every process that has some ends with us. */
export class Credentials {
  readonly #account: Account;
  readonly #known = new Map<string, { caller: Caller; secret: string }>();

  constructor(account: Account) {
    this.#account = account;
    this.#known.set('local', { caller: person(account), secret: 'local' });
  }

  /** The session of a role, as `sts:AssumeRole` makes it. */
  session(role: string, sessionName: string): Caller {
    return { role, arn: `arn:aws:sts::${this.#account.id}:assumed-role/${nameOf(role)}/${sessionName}` };
  }

  /** New keys for this caller. */
  issue(caller: Caller): Keys {
    const accessKeyId = `ASIA${randomBytes(10).toString('hex').toUpperCase().slice(0, 16)}`;
    const secretAccessKey = randomBytes(30).toString('base64');
    this.#known.set(accessKeyId, { caller, secret: secretAccessKey });
    return { accessKeyId, secretAccessKey, sessionToken: randomBytes(48).toString('base64') };
  }

  /** Forgets keys whose process has ended. */
  revoke(keys: Keys): void {
    this.#known.delete(keys.accessKeyId);
  }

  callerOf = (accessKey: string): Caller | undefined => this.#known.get(accessKey)?.caller;

  /**
   * Who presented this Kubernetes bearer token, a presigned GetCallerIdentity request: its signature, its cluster and its age
   * are checked as aws-iam-authenticator does (https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster).
   */
  callerOfToken(bearer: string, cluster: string): Caller | undefined {
    const encoded = /^k8s-aws-v1\.([\w-]+)$/.exec(bearer)?.[1];
    if (encoded === undefined) return undefined;
    const url = URL.parse(Buffer.from(encoded, 'base64url').toString());
    if (!url) return undefined;
    const [key = '', day = '', region = '', service = ''] = url.searchParams.get('X-Amz-Credential')?.split('/') ?? [];
    const known = this.#known.get(key);
    const time = url.searchParams.get('X-Amz-Date') ?? '';
    const signed = (url.searchParams.get('X-Amz-SignedHeaders') ?? '').split(';');
    if (!known || service !== 'sts' || !signed.includes('x-k8s-aws-id') || !signed.includes('host')) return undefined;
    if (
      url.searchParams.get('Action') !== 'GetCallerIdentity' ||
      !/^sts(\.[\w-]+)?\.amazonaws\.com$/.test(url.hostname)
    )
      return undefined;
    const made = Date.parse(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
    if (!(Math.abs(Date.now() - made) < 15 * 60_000)) return undefined;
    const headers: Record<string, string> = { host: url.host, 'x-k8s-aws-id': cluster };
    const encode = (text: string) =>
      encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
    const canonical = [
      'GET',
      url.pathname,
      [...url.searchParams]
        .filter(([name]) => name !== 'X-Amz-Signature')
        .map(([name, value]) => `${encode(name)}=${encode(value)}`)
        .sort()
        .join('&'),
      ...signed.map((name) => `${name}:${headers[name] ?? ''}`),
      '',
      signed.join(';'),
      createHash('sha256').digest('hex'),
    ].join('\n');
    const scope = `${day}/${region}/sts/aws4_request`;
    const hash = createHash('sha256').update(canonical).digest('hex');
    const hmac = (with_: string | Buffer, text: string) => createHmac('sha256', with_).update(text).digest();
    const signingKey = [day, region, 'sts', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${known.secret}`);
    const signature = hmac(Buffer.from(signingKey), `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash}`).toString('hex');
    return signature === url.searchParams.get('X-Amz-Signature') ? known.caller : undefined;
  }
}

/** The STS API. */
export function sts(
  account: Account,
  credentials: Credentials,
  trusts: (role: string, caller: Caller) => boolean,
): Service {
  return {
    name: 'sts',
    protocol: query,
    actions: {
      GetCallerIdentity: (_input: unknown, caller: Caller) => ({
        Arn: caller.arn,
        UserId: caller.arn.split('/').at(-1),
        Account: account.id,
      }),
      AssumeRole(
        { RoleArn = '', RoleSessionName = '' }: { RoleArn?: string; RoleSessionName?: string },
        caller: Caller,
      ) {
        if (!trusts(RoleArn, caller))
          throw new AwsError(
            'AccessDenied',
            `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
            403,
          );
        const session = credentials.session(RoleArn, RoleSessionName);
        const {
          accessKeyId: AccessKeyId,
          secretAccessKey: SecretAccessKey,
          sessionToken: SessionToken,
        } = credentials.issue(session);
        const Expiration = new Date(Date.now() + 3_600_000);
        return {
          Credentials: { AccessKeyId, SecretAccessKey, SessionToken, Expiration },
          AssumedRoleUser: { Arn: session.arn, AssumedRoleId: `AROA:${RoleSessionName}` },
        };
      },
    },
  };
}
