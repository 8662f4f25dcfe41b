/** The composed cluster: up within a second, again with the same state, and gone without a trace when it is stopped. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startCluster } from '../../../local/cluster/cluster.ts';
import { clientOf } from './api/client.ts';

const stateDirectory = mkdtempSync(join(tmpdir(), 'whole-cluster-'));
afterAll(() => rmSync(stateDirectory, { recursive: true, force: true }));
const options = {
  stateDirectory,
  apiPort: 0,
  gatewayPort: 0,
  authenticate: () => Promise.resolve(undefined),
  images: { find: () => Promise.resolve(undefined) },
  log: () => undefined,
};

it('starts within a second, and again with what it had under the same certificates', async () => {
  const started = performance.now();
  const first = await startCluster(options);
  expect(performance.now() - started).toBeLessThan(1_000);
  const writer = clientOf(first.kubeconfigPath);
  const made = await writer.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'team' } } });
  expect(made.status).toBe(201);
  writer.close();
  await first.stop();

  const second = await startCluster(options);
  const reader = clientOf(second.kubeconfigPath);
  const found = await reader.send('GET', '/api/v1/namespaces/team');
  const node = await reader.send('GET', '/api/v1/nodes');
  reader.close();
  await second.stop();
  expect(JSON.parse(found.text)).toMatchObject({
    metadata: { uid: (JSON.parse(made.text) as { metadata: { uid: string } }).metadata.uid },
  });
  expect((JSON.parse(node.text) as { items: unknown[] }).items).toHaveLength(1);
  expect(second.certificateAuthority).toBe(first.certificateAuthority);
});
