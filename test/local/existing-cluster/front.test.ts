/** The front before a cluster, here the laptop's own: functions are held to the rights of whom their tokens say they are. */
import { mkdtemp, rm } from 'node:fs/promises';
import { request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../local/cluster/cluster.ts';
import { certificatesOf } from '../../../local/cluster/tls.ts';
import { askCluster } from '../../../local/existing-cluster/ask.ts';
import { type Front, startFront } from '../../../local/existing-cluster/front.ts';
import { type Administrator, readKubeconfig } from '../../../local/existing-cluster/kubeconfig.ts';
import { MadeNamespaces } from '../../../local/existing-cluster/made-namespaces.ts';

const people: Readonly<Record<string, { username: string; groups: string[] }>> = {
  'token-of-reader': { username: 'arn:aws:sts::000000000000:assumed-role/reader/x', groups: ['readers', 'others'] },
  'token-of-maker': { username: 'maker', groups: ['system:masters'] },
};
let directory: string;
let cluster: Cluster;
let administrator: Administrator;
let made: MadeNamespaces;
let front: Front;
let authority: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'front-'));
  const nobody = { authenticate: () => Promise.resolve(undefined), images: { find: () => Promise.resolve(undefined) } };
  const ports = { apiPort: 0, gatewayPort: 0 };
  cluster = await startCluster({ stateDirectory: directory, ...ports, ...nobody, log: () => undefined });
  administrator = readKubeconfig(cluster.kubeconfigPath);
  const certificates = await certificatesOf(join(directory, 'front'));
  ({ authority } = certificates);
  made = new MadeNamespaces(join(directory, 'made.json'));
  const authenticate = (bearer: string) => Promise.resolve(people[bearer]);
  const passed = made.saw.bind(made);
  front = await startFront({ port: 0, tls: certificates.server, administrator, authenticate, passed });
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const rules = [{ apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] }];
  await askCluster(administrator, 'POST', `${rbac}/clusterroles`, { metadata: { name: 'reader' }, rules });
  await askCluster(administrator, 'POST', `${rbac}/clusterrolebindings`, {
    metadata: { name: 'readers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'readers' }],
  });
});

afterAll(async () => {
  await front.stop();
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Asked extends RequestOptions {
  readonly token?: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

/** A request of the front, with the answer as it begins. */
function send(path: string, options: Asked = {}): Promise<IncomingMessage> {
  const { token, body, headers, ...rest } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: front.port,
        path,
        ca: authority,
        agent: false,
        ...rest,
        headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

const answer = async (...asked: Parameters<typeof send>) => {
  const response = await send(...asked);
  return { status: response.statusCode, said: JSON.parse(await text(response)) as Record<string, unknown> };
};

const apply = (token: string, name: string) =>
  answer(`/api/v1/namespaces/${name}?fieldManager=test`, {
    method: 'PATCH',
    token,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  });

describe('the front of an existing cluster', () => {
  it('answers 401 to whom AWS does not know', async () => {
    expect(await answer('/api/v1/namespaces')).toMatchObject({ status: 401, said: { reason: 'Unauthorized' } });
    expect(await answer('/api/v1/namespaces', { token: 'made-up' })).toMatchObject({ status: 401 });
  });

  it('gives a function the rights of its groups, and no others', async () => {
    expect(await answer('/api/v1/namespaces', { token: 'token-of-reader' })).toMatchObject({
      status: 200,
      said: { kind: 'NamespaceList' },
    });
    const refused = await answer('/api/v1/configmaps', { token: 'token-of-reader' });
    expect(refused.status).toBe(403);
    expect(refused.said['message']).toContain('User "arn:aws:sts::000000000000:assumed-role/reader/x" cannot list');
  });

  it('lets nobody act for somebody else', async () => {
    const headers = { 'impersonate-user': 'administrator', 'impersonate-group': 'system:masters' };
    expect(await answer('/api/v1/configmaps', { token: 'token-of-reader', headers })).toMatchObject({ status: 403 });
  });

  it('leads nowhere but to the cluster', async () => {
    const response = await send('//127.0.0.1:1/api/v1/namespaces', { token: 'token-of-maker' });
    // Port 1 would refuse the connection, which is a 503 of the front.
    expect(response.statusCode).toBeLessThan(500);
  });

  it('streams a watch', async () => {
    const watch = await send('/api/v1/namespaces?watch=true', { token: 'token-of-reader' });
    const seen = new Promise<string>((resolve) => {
      let all = '';
      watch.on('data', (chunk: Buffer) => (all += chunk.toString()).includes('"watched"') && resolve(all));
    });
    expect(watch.statusCode).toBe(200);
    await apply('token-of-maker', 'watched');
    expect(await seen).toContain('"ADDED"');
    watch.destroy();
  });

  it('remembers the namespaces that functions made, over a restart, and takes away those and no others', async () => {
    const names = async () => {
      const { text: list } = await askCluster(administrator, 'GET', '/api/v1/namespaces');
      return (JSON.parse(list) as { items: { metadata: { name: string } }[] }).items.map(
        ({ metadata }) => metadata.name,
      );
    };
    await askCluster(administrator, 'POST', '/api/v1/namespaces', { metadata: { name: 'somebodys' } });
    expect(await apply('token-of-maker', 'made')).toMatchObject({ status: 201 });
    expect(await apply('token-of-maker', 'made')).toMatchObject({ status: 200 });
    expect(await apply('token-of-maker', 'somebodys')).toMatchObject({ status: 200 });
    expect(await apply('token-of-reader', 'refused')).toMatchObject({ status: 403 });
    await new MadeNamespaces(join(directory, 'made.json')).remove(administrator);
    expect(await names()).toEqual(expect.arrayContaining(['somebodys', 'kube-system']));
    expect(await names()).not.toContain('made');
  });
});
