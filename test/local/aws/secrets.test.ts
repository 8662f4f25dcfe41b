/** Secrets Manager and Parameter Store of the laptop. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parameters, readTexts } from '../../../local/aws/parameters.ts';
import type { Service } from '../../../local/aws/api.ts';

const ACCOUNT = { id: '000000000000', region: 'eu-central-1', endpoint: '', state: '', log: () => undefined };
const actionsOf = (services: readonly Service[], name: string) =>
  services.find((service) => service.name === name)?.actions as unknown as Record<string, (input: object) => unknown>;

function texts(yaml: string): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-secrets-'));
  try {
    writeFileSync(join(folder, 'secrets.yaml'), yaml);
    return readTexts(join(folder, 'secrets.yaml'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the stand-in of Secrets Manager', () => {
  it('makes, reads, changes and deletes secrets under AWS’s names of errors', () => {
    const api = actionsOf(parameters(ACCOUNT).services, 'secretsmanager');
    const first = api['CreateSecret']?.({ Name: 'a/b', SecretString: 'one' }) as { readonly VersionId: string };
    expect(() => api['CreateSecret']?.({ Name: 'a/b', SecretString: 'two' })).toThrow('already exists');
    expect(api['GetSecretValue']?.({ SecretId: 'a/b' })).toMatchObject({
      SecretString: 'one',
      VersionId: first.VersionId,
    });
    const second = api['PutSecretValue']?.({ SecretId: 'a/b', SecretString: 'two' }) as { readonly VersionId: string };
    expect(second.VersionId).not.toBe(first.VersionId);
    expect(api['GetSecretValue']?.({ SecretId: 'a/b' })).toMatchObject({ SecretString: 'two' });
    api['DeleteSecret']?.({ SecretId: 'a/b' });
    expect(() => api['GetSecretValue']?.({ SecretId: 'a/b' })).toThrow("can't find the specified secret");
  });

  it('tells on the bus when a value becomes another, as AWS does', () => {
    const told: unknown[] = [];
    const { services } = parameters(ACCOUNT, new Map(), (source, type, detail) => told.push([source, type, detail]));
    const [secrets, ssm] = [actionsOf(services, 'secretsmanager'), actionsOf(services, 'ssm')];
    secrets['CreateSecret']?.({ Name: 'a/b', SecretString: 'one' });
    const put = secrets['PutSecretValue']?.({ SecretId: 'a/b', SecretString: 'two' });
    const { VersionId } = put as { VersionId: string };
    expect(secrets['DescribeSecret']?.({ SecretId: 'a/b' })).toMatchObject({
      VersionIdsToStages: { [VersionId]: ['AWSCURRENT'] },
    });
    ssm['PutParameter']?.({ Name: '/a/c', Value: 'one' });
    expect(() => ssm['PutParameter']?.({ Name: '/a/c', Value: 'two' })).toThrow('already exists');
    ssm['PutParameter']?.({ Name: '/a/c', Value: 'two', Overwrite: true });
    expect(ssm['GetParameter']?.({ Name: '/a/c' })).toMatchObject({ Parameter: { Value: 'two', Version: 2 } });
    expect(told).toEqual([
      ['aws.secretsmanager', 'Secret Label Updated', { name: 'a/b', labelUpdated: 'AWSCURRENT', versionId: VersionId }],
      ['aws.ssm', 'Parameter Store Change', { operation: 'Create', name: '/a/c', type: 'String' }],
      ['aws.ssm', 'Parameter Store Change', { operation: 'Update', name: '/a/c', type: 'String' }],
    ]);
  });

  it('has what a person’s file says, parameters by a slash in front', () => {
    const { services } = parameters(
      ACCOUNT,
      texts('espalier/feature/orders/key: test-1\n/espalier/feature/smtp: test-2\n'),
    );
    expect(
      actionsOf(services, 'secretsmanager')['GetSecretValue']?.({ SecretId: 'espalier/feature/orders/key' }),
    ).toMatchObject({ SecretString: 'test-1' });
    expect(actionsOf(services, 'ssm')['GetParameter']?.({ Name: '/espalier/feature/smtp' })).toMatchObject({
      Parameter: { Value: 'test-2' },
    });
  });

  it('refuses a file that holds anything else, without repeating a value', () => {
    expect(() => texts('- sk_live')).toThrow(/must be a mapping(?!.*sk_live)/);
    expect(() => texts('name: 5')).toThrow('must be text');
  });
});
