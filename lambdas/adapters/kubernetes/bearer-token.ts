/**
 * The bearer token by which EKS knows a role: a presigned URL of STS, made without any call. Separate because it is the only thing
 * here that knows AWS, and tests and other clusters bring tokens of their own.
 */
import { SignatureV4 } from '@smithy/signature-v4';
import { NodeSha256 } from '../aws/node-sha256.ts';

/** Who we are, towards the Kubernetes API. */
export type BearerToken = () => Promise<string>;

/** Credentials of a role, as Lambda puts them into the environment. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Seconds; the only value that the token's reader on EKS's side expects. */
const EXPIRES_IN = 60;
/**
 * Milliseconds after which a new token is made. Presigned URLs of STS are honoured for 15 minutes, and a token that stays the same is
 * answered from the API server's cache.
 * Source: https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/master/pkg/token/token.go (presignedURLExpiration).
 */
const REFRESH_AFTER = 10 * 60_000;

/** Tokens for an EKS cluster, made from the role's credentials and kept until they are old. */
export function eksToken(options: {
  readonly clusterName: string;
  readonly region: string;
  readonly credentials: RoleCredentials;
  readonly now: () => number;
}): BearerToken {
  const signer = new SignatureV4({
    service: 'sts',
    region: options.region,
    credentials: options.credentials,
    sha256: NodeSha256,
  });
  let kept: { readonly token: string; readonly madeAt: number } | undefined;
  return async () => {
    const now = options.now();
    if (kept !== undefined && now - kept.madeAt < REFRESH_AFTER) return kept.token;
    const hostname = `sts.${options.region}.${options.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
    const signed = await signer.presign(
      {
        method: 'GET',
        protocol: 'https:',
        hostname,
        path: '/',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host: hostname, 'x-k8s-aws-id': options.clusterName },
      },
      { expiresIn: EXPIRES_IN, signingDate: new Date(now) },
    );
    const url = new URL(`https://${hostname}/`);
    for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.set(name, String(value));
    kept = { token: `k8s-aws-v1.${Buffer.from(url.href).toString('base64url')}`, madeAt: now };
    return kept.token;
  };
}
