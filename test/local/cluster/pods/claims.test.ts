/** Persistent volumes, and probes that speak gRPC. */
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeOnce } from '../../../../local/cluster/pods/probe.ts';
import { container, startTestCluster, until, type TestCluster } from '../start-cluster.ts';

let it: TestCluster;
beforeAll(async () => {
  it = await startTestCluster();
});
afterAll(async () => await it.stop());

function run(name: string, script: string): void {
  it.cluster.create('Pod', {
    metadata: { name, namespace: 'one' },
    spec: {
      restartPolicy: 'Never',
      containers: [
        container({
          command: ['sh', '-c', script],
          env: [{ name: 'DATA', value: '/data' }],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        }),
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    },
  });
}

describe('a persistent volume', () => {
  test('is bound at once, outlives pods, and goes with its claim', async () => {
    it.cluster.create('PersistentVolumeClaim', {
      metadata: { name: 'data', namespace: 'one' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    await until('bound', () => it.cluster.get('PersistentVolumeClaim', 'one', 'data')?.status?.phase === 'Bound');
    for (const [name, script] of [
      ['writer', 'echo kept > "$DATA/file"'],
      ['reader', 'grep kept "$DATA/file"'],
    ] as const) {
      run(name, script);
      await until(`${name} ended`, () => it.cluster.get('Pod', 'one', name)?.status?.phase === 'Succeeded');
    }
    const claims = join(it.directory, 'claims');
    const [own = ''] = readdirSync(claims);
    it.cluster.remove('PersistentVolumeClaim', 'one', 'data');
    await until('gone', () => !existsSync(join(claims, own)));
    expect(readdirSync(claims)).toEqual([]);
  });
});

describe('a grpc probe', () => {
  test.each([
    ['serving', [0x08, 0x01], '0', 'well'],
    ['not serving', [0x08, 0x02], '0', 'service unhealthy'],
    ['without a health service', [], '12', 'gRPC status 12'],
  ])('of a service that is %s', async (_what, body, status, said) => {
    const server = createServer().on('stream', (stream, headers) => {
      expect(headers[':path']).toBe('/grpc.health.v1.Health/Check');
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
      stream.end(Buffer.from([0, 0, 0, 0, body.length, ...body]));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const target = { port: () => port, execute: () => Promise.resolve(0) };
    const problem = await probeOnce({ grpc: { port: 50_051 }, timeoutSeconds: 2 }, target);
    expect(problem ?? 'well').toContain(said);
    server.close();
  });
});
