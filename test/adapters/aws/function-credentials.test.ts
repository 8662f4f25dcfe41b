/** Functions find the credentials that Lambda gives them, and say so when there are none. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultProvider } from '../../../lambdas/adapters/aws/function-credentials.ts';

afterEach(() => vi.unstubAllEnvs());

describe('credentials of a function', () => {
  it('are those of its variables, with the session that a role has', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIAEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'session');
    await expect(defaultProvider()()).resolves.toEqual({
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'secret',
      sessionToken: 'session',
    });
  });

  it('are missed by name', () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    expect(() => defaultProvider()()).toThrow(/AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set/);
  });
});
