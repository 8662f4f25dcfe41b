/** What is the stand-in's own and no recording can show: identities by token, pods behind the API, what is refused by name. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, objectsOf } from '../../../../local/cluster/api/objects.ts';
import { startServer, type ApiServer } from '../../../../local/cluster/api/server.ts';
import { writeKubeconfig } from '../../../../local/cluster/kubeconfig.ts';
import type { Objects } from '../../../../local/cluster/objects.ts';
import { certificatesOf } from '../../../../local/cluster/tls.ts';
import { clientOf, type Client } from './client.ts';

const directory = mkdtempSync(join(tmpdir(), 'api-server-'));
const web = createServer((request, response) => response.end(`${request.method} ${request.url}`));
const token = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });
let client: Client;
let nobody: Client;
let server: ApiServer;
let objects: Objects;

const pod = '/api/v1/namespaces/default/pods/web';
beforeAll(async () => {
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const certificates = await certificatesOf(directory);
  const engine = createEngine();
  objects = objectsOf(engine);
  const containers = ['a', 'b'].map((name) => ({
    name,
    image: 'example.test/web:1',
    ports: [{ containerPort: 8080 }],
  }));
  objects.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: { containers },
  });
  const { port } = web.address() as AddressInfo;
  const pods = {
    log: (_: string, name: string, container: string | undefined, options: object) =>
      Readable.from([`${name} ${container} ${JSON.stringify(options)}\n`]),
    target: (_: string, name: string, wanted: number) =>
      name === 'web' && wanted === 8080 ? { host: '127.0.0.1', port } : undefined,
  };
  server = await startServer(engine, {
    port: 0,
    tls: { ...certificates.server, ca: certificates.authority },
    authenticate: (value) =>
      Promise.resolve(value === 'good' ? { username: 'builder', groups: ['builders'] } : undefined),
    pods: () => pods,
    log: (line) => console.error(line),
  });
  writeKubeconfig(join(directory, 'kubeconfig'), `https://127.0.0.1:${server.port}`, certificates);
  client = clientOf(join(directory, 'kubeconfig'));
  nobody = clientOf(join(directory, 'kubeconfig'), true);
});
afterAll(async () => {
  client.close();
  nobody.close();
  await server.stop();
  web.close();
  rmSync(directory, { recursive: true, force: true });
});

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('metrics', () => {
  it('count requests by verb and resource, for those who may see them', async () => {
    const count = async (): Promise<number> => {
      const { text } = await client.send('GET', '/metrics');
      return Number(
        /^apiserver_request_total\{.*resource="limitranges",.*verb="LIST".*\} (\d+)$/m.exec(text)?.[1] ?? 0,
      );
    };
    const before = await count();
    for (let round = 0; round < 3; round += 1) await client.send('GET', '/api/v1/namespaces/default/limitranges');
    expect((await count()) - before).toBe(3);
    expect((await nobody.send('GET', '/metrics')).status).toBe(403);
  });
});

describe('who asks', () => {
  it('is known by a bearer token, and has the rights of its groups', async () => {
    const secrets = '/api/v1/namespaces/default/secrets';
    expect((await nobody.send('GET', secrets, token('good'))).status).toBe(403);
    const rbac = 'rbac.authorization.k8s.io';
    objects.create({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'builders' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'Group', name: 'builders', apiGroup: rbac }],
    });
    expect((await nobody.send('GET', secrets, token('good'))).status).toBe(200);
    expect((await nobody.send('GET', '/api/v1/nodes', token('good'))).status).toBe(403);
  });

  it('is refused with a token that nobody knows', async () => {
    const answer = await nobody.send('GET', '/api/v1/namespaces', token('bad'));
    expect(answer.status).toBe(401);
    expect(json(answer.text)).toMatchObject({ kind: 'Status', reason: 'Unauthorized' });
  });

  it('may look at health and version without a name, and at nothing else', async () => {
    expect((await nobody.send('GET', '/readyz')).text).toBe('ok');
    expect((await nobody.send('GET', '/version')).status).toBe(200);
    const answer = await nobody.send('GET', '/api/v1/namespaces');
    expect(json(answer.text)['message']).toBe(
      'namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces" in API group "" at the cluster scope',
    );
  });

  it('may not speak for others without the right to', async () => {
    const answer = await nobody.send('GET', '/api/v1/nodes', {
      headers: { ...token('good').headers, 'impersonate-user': 'root', 'impersonate-group': 'system:masters' },
    });
    expect(json(answer.text)['message']).toBe(
      'users "root" is forbidden: User "builder" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });
});

describe('a pod behind the API', () => {
  it('gives its log, of the container that is asked for', async () => {
    expect((await client.send('GET', `${pod}/log?container=b&tailLines=3&follow=true`)).text).toBe(
      'web b {"follow":true,"previous":false,"tail":3}\n',
    );
    expect(json((await client.send('GET', `${pod}/log`)).text)['message']).toBe(
      'a container name must be specified for pod web, choose one of: [a b]',
    );
  });

  it('answers requests through the API', async () => {
    expect((await client.send('GET', `${pod}:8080/proxy/a/b?c=d`)).text).toBe('GET /a/b?c=d');
    expect((await client.send('GET', `${pod}:9/proxy/`)).status).toBe(503);
  });

  it('is evicted only as far as a budget allows', async () => {
    const labels = { app: 'kept' };
    const kept = objects.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'kept', namespace: 'default', labels },
      spec: { containers: [{ name: 'a', image: 'x:1' }] },
    });
    objects.updateStatus({ ...kept, status: { phase: 'Running' } });
    const budget = objects.create({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b', namespace: 'default' },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    });
    const evict = async (): Promise<number> =>
      (
        await client.send('POST', '/api/v1/namespaces/default/pods/kept/eviction', {
          body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'kept' } },
        })
      ).status;
    expect(await evict()).toBe(429);
    objects.updateStatus({
      ...budget,
      status: { disruptionsAllowed: 1, currentHealthy: 1, desiredHealthy: 0, expectedPods: 1 },
    });
    expect(await evict()).toBe(201);
  });
});

describe('what is not there', () => {
  it.each(['exec', 'attach', 'portforward'])('refuses pods/%s by name and says what to do instead', async (name) => {
    const answer = await client.send('POST', `${pod}/${name}`);
    expect(answer.status).toBe(501);
    expect(json(answer.text)['message']).toMatch(
      new RegExp(`^pods/${name} is not supported by the laptop's cluster: .{10,}`),
    );
  });

  it('refuses the watch paths of old clients by name', async () => {
    const answer = await client.send('GET', '/api/v1/watch/namespaces/default/pods');
    expect(answer.status).toBe(501);
    expect(json(answer.text)['message']).toBe(
      "the path watch/ is not supported by the laptop's cluster: list the resource itself with ?watch=true",
    );
  });

  it('refuses options of logs that it does not have', async () => {
    expect((await client.send('GET', `${pod}/log?container=a&timestamps=true`)).status).toBe(501);
  });

  it('refuses a body that is too large, and keeps none of it', async () => {
    const body = { metadata: { name: 'big' }, data: { big: 'x'.repeat(4 * 1024 * 1024) } };
    expect((await client.send('POST', '/api/v1/namespaces/default/configmaps', { body })).status).toBe(413);
    expect((await client.send('GET', '/api/v1/namespaces/default/configmaps/big')).status).toBe(404);
  });
});

describe('a page of a list that nobody keeps any more', () => {
  it('is a 410, whose words make clients begin anew', async () => {
    const token = Buffer.from('{"v":"meta.k8s.io/v1","rv":2,"start":"gone"}').toString('base64url');
    const answer = await client.send('GET', `/api/v1/namespaces/default/configmaps?limit=1&continue=${token}`);
    expect(answer.status).toBe(410);
    expect(json(answer.text)).toMatchObject({ kind: 'Status', reason: 'Expired', code: 410 });
  });
});

describe('a list of a version that is no longer known', () => {
  it.each(['resourceVersion=1&resourceVersionMatch=Exact', 'resourceVersion=1&limit=1'])(
    'is a 410 in the words of a real API server whose store was compacted: %s',
    async (query) => {
      const answer = await client.send('GET', `/api/v1/namespaces/default/configmaps?${query}`);
      expect(json(answer.text)).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'The resourceVersion for the provided list is too old.',
        reason: 'Expired',
        code: 410,
      });
    },
  );
});

describe('clients find', () => {
  it('all resources, in one piece or group by group', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const pieces = json((await client.send('GET', '/apis', { accept })).text)['items'] as {
      metadata: { name: string };
      versions: { version: string; resources: { resource: string }[] }[];
    }[];
    for (const { metadata, versions } of pieces)
      for (const { version, resources } of versions) {
        const list = json((await client.send('GET', `/apis/${metadata.name}/${version}`)).text)['resources'] as {
          name: string;
        }[];
        expect(list.map((one) => one.name).filter((name) => !name.includes('/'))).toEqual(
          resources.map((one) => one.resource),
        );
      }
    expect(pieces.map((one) => one.metadata.name)).toContain('gateway.networking.k8s.io');
  });

  it('schemas whose references lead somewhere, with the parameter that makes kubectl let the server validate', async () => {
    const { paths } = json((await client.send('GET', '/openapi/v3')).text) as {
      paths: Record<string, { serverRelativeURL: string }>;
    };
    for (const { serverRelativeURL } of Object.values(paths)) {
      const document = json((await client.send('GET', serverRelativeURL)).text) as {
        paths: Record<string, { patch?: { parameters: { name: string }[] } }>;
        components: { schemas: object };
      };
      const known = Object.keys(document.components.schemas);
      for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
        expect(known).toContain(name);
      const patches = Object.values(document.paths).flatMap(({ patch }) => patch ?? []);
      for (const { parameters } of patches) expect(parameters.map((one) => one.name)).toContain('fieldValidation');
    }
  });

  it('an older OpenAPI without kinds, so that kubectl says of an unknown kind that there is none', async () => {
    const answer = await client.send('GET', '/openapi/v2', {
      accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
    });
    expect([answer.status, answer.text]).toEqual([200, '']);
  });

  it('an object unchanged, and its version too, when they write what is there', async () => {
    const path = '/api/v1/namespaces/default/configmaps/same?fieldManager=me';
    const send = async (): Promise<unknown> =>
      json(
        (
          await client.send('PATCH', path, {
            type: 'application/apply-patch+yaml',
            body: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same}\ndata: {a: b}\n',
          })
        ).text,
      )['metadata'];
    expect(await send()).toEqual(await send());
  });
});
