/**
 * Access keys and who has them, STS over them, and the check of the bearer tokens that functions present to Kubernetes.
 * Separate because keys are made by whoever starts a process (Lambda, CodeBuild) and read by whoever is called.
 */
import { randomBytes } from 'node:crypto';
import { type Account, AwsError, type Caller, type HttpRequest, nameOf, person, type Service } from './api.ts';
import { query } from './protocols.ts';
import { isSignedWith, sha256, signedAt } from './signature.ts';

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

  callerOf = (accessKey: string): Caller | undefined => this.#find(accessKey)?.caller;

  /** `local-ann` is a person called ann, with the secret `local` too. */
  #find(accessKey: string): { readonly caller: Caller; readonly secret: string } | undefined {
    const name = /^local-([\w+=.@-]{1,64})$/.exec(accessKey)?.[1];
    return (
      this.#known.get(accessKey) ??
      (name === undefined ? undefined : { caller: person(this.#account, name), secret: 'local' })
    );
  }

  /**
   * Who signed this request to this service, with the access key; undefined when nobody known did, or too long ago.
   * Source of the five minutes: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
   */
  signerOf(request: HttpRequest, service: string): { readonly caller: Caller; readonly accessKey: string } | undefined {
    const header = (name: string): string => [request.headers[name] ?? ''].flat().join(',');
    const [, accessKey = '', scope = '', names = '', signature = ''] =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)$/.exec(
        header('authorization'),
      ) ?? [];
    const known = this.#find(accessKey);
    const signedHeaders = names.split(';');
    const time = header('x-amz-date');
    if (!known || scope.split('/')[2] !== service || !signedHeaders.includes('host')) return undefined;
    if (!(Math.abs(Date.now() - signedAt(time)) < 5 * 60_000)) return undefined;
    const { method, path, query: parameters, body } = request;
    const signed = { method, path, query: parameters, header, signedHeaders, scope, time, signature };
    return isSignedWith(known.secret, { ...signed, bodyHash: sha256(body) })
      ? { caller: known.caller, accessKey }
      : undefined;
  }

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
    if (!(Math.abs(Date.now() - signedAt(time)) < 15 * 60_000)) return undefined;
    const headers: Record<string, string> = { host: url.host, 'x-k8s-aws-id': cluster };
    const genuine = isSignedWith(known.secret, {
      method: 'GET',
      path: url.pathname,
      query: url.searchParams,
      header: (name) => headers[name] ?? '',
      signedHeaders: signed,
      bodyHash: sha256(''),
      scope: `${day}/${region}/sts/aws4_request`,
      time,
      signature: url.searchParams.get('X-Amz-Signature') ?? '',
    });
    return genuine ? known.caller : undefined;
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
