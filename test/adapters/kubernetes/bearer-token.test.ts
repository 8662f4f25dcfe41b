/** The token for EKS, checked the way that EKS checks it. */
import { describe, expect, test } from 'vitest';
import { eksToken } from '../../../lambdas/adapters/kubernetes/bearer-token.ts';
import { Credentials } from '../../../local/aws/credentials.ts';

const account = { id: '000000000000', region: 'eu-central-1' };

function tokens(now: () => number, clusterName = 'shop') {
  const known = new Credentials(account as ConstructorParameters<typeof Credentials>[0]);
  const caller = known.session('arn:aws:iam::000000000000:role/deploy', 'test');
  const keys = known.issue(caller);
  return { known, caller, token: eksToken({ clusterName, region: account.region, credentials: keys, now }) };
}

describe('the bearer token', () => {
  test('is a presigned request that tells the cluster which role asks', async () => {
    const { known, caller, token } = tokens(Date.now);
    expect(known.callerOfToken(await token(), 'shop')).toEqual(caller);
  });

  test('is worth nothing to another cluster', async () => {
    const { known, token } = tokens(Date.now);
    expect(known.callerOfToken(await token(), 'other')).toBeUndefined();
  });

  test('says what EKS wants to read: x-k8s-aws-id is signed and the session is named', async () => {
    const { token } = tokens(() => Date.UTC(2026, 0, 2, 3, 4, 5));
    const url = new URL(Buffer.from((await token()).replace('k8s-aws-v1.', ''), 'base64url').toString());
    expect(url.host).toBe('sts.eu-central-1.amazonaws.com');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'GetCallerIdentity',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Expires': '60',
      'X-Amz-Date': '20260102T030405Z',
    });
    expect(url.searchParams.get('X-Amz-Security-Token')).toBeTruthy();
  });

  test('stays the same for ten minutes and is made anew before it is too old', async () => {
    let now = Date.UTC(2026, 0, 1);
    const { token } = tokens(() => now);
    const first = await token();
    now += 9 * 60_000;
    expect(await token()).toBe(first);
    now += 2 * 60_000;
    expect(await token()).not.toBe(first);
  });
});
