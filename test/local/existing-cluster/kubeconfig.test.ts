/** Kubeconfigs as kind, clouds and people write them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readKubeconfig } from '../../../local/existing-cluster/kubeconfig.ts';

const directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
afterAll(() => rmSync(directory, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');
const server = 'https://127.0.0.1:6443';

/** The file of one cluster and one user. */
function written(cluster: object, user: object, more: object = {}): string {
  const path = join(directory, 'config');
  const config = {
    'current-context': 'here',
    contexts: [
      { name: 'elsewhere', context: {} },
      { name: 'here', context: { cluster: 'c', user: 'u' } },
    ],
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
    ...more,
  };
  writeFileSync(path, stringify(config));
  return path;
}

describe('a kubeconfig', () => {
  it('holds certificates in itself', () => {
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') };
    expect(readKubeconfig(written({ 'certificate-authority-data': base64('CA') }, user))).toEqual({
      endpoint: server,
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY' },
    });
  });

  it('names certificates by paths from its own folder', () => {
    mkdirSync(join(directory, 'pki'), { recursive: true });
    for (const name of ['ca', 'cert', 'key']) writeFileSync(join(directory, 'pki', name), name.toUpperCase());
    const user = { 'client-certificate': 'pki/cert', 'client-key': join(directory, 'pki/key') };
    const { tls } = readKubeconfig(written({ 'certificate-authority': 'pki/ca' }, user));
    expect(tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY' });
  });

  it('gives a token, a file of one that is renewed, or a command for one', async () => {
    await expect(readKubeconfig(written({}, { token: 'secret' })).token?.()).resolves.toBe('secret');
    writeFileSync(join(directory, 'token'), 'first\n');
    const renewed = readKubeconfig(written({}, { tokenFile: 'token' }));
    await expect(renewed.token?.()).resolves.toBe('first');
    writeFileSync(join(directory, 'token'), 'second\n');
    await expect(renewed.token?.()).resolves.toBe('second');

    const counter = join(directory, 'asked');
    const script = `echo asked >> ${counter}; echo "{\\"status\\":{\\"token\\":\\"$WHO\\",\\"expirationTimestamp\\":\\"$UNTIL\\"}}"`;
    const command = (until: string) => ({
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', script],
      env: [
        { name: 'WHO', value: 'by-command' },
        { name: 'UNTIL', value: until },
      ],
    });
    const { token } = readKubeconfig(written({}, { exec: command('2999-01-01T00:00:00Z') }));
    await expect(token?.()).resolves.toBe('by-command');
    await expect(token?.()).resolves.toBe('by-command');
    const asked = async (times: number) => {
      const { readFileSync } = await import('node:fs');
      expect(readFileSync(counter, 'utf8').trim().split('\n')).toHaveLength(times);
    };
    await asked(1);
    const old = readKubeconfig(written({}, { exec: command('2001-01-01T00:00:00Z') })).token;
    await old?.();
    await old?.();
    await asked(3);
  });

  it('that cannot be used is refused with what is wrong', () => {
    expect(() => readKubeconfig(join(directory, 'nothing'))).toThrow(/nothing cannot be used: ENOENT/);
    expect(() => readKubeconfig(written({}, {}, { 'current-context': 'lost' }))).toThrow('kubectl config use-context');
    expect(() => readKubeconfig(written({}, {}))).toThrow('neither a certificate nor a token');
    expect(() => readKubeconfig(written({}, { username: 'admin' }))).toThrow('uses username, which is not understood');
    expect(() => readKubeconfig(written({ 'proxy-url': 'http://proxy' }, { token: 't' }))).toThrow('uses proxy-url');
    expect(() => readKubeconfig(written({ server: 'http://127.0.0.1' }, { token: 't' }))).toThrow(
      'an https:// address',
    );
  });
});
