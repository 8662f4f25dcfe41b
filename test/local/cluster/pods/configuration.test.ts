/** ConfigMaps and Secrets of the small cluster: files that follow, values that are never on the disk. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Store } from '../../../../local/cluster/api/store.ts';
import { type Cluster, type Pod } from '../../../../local/cluster/kinds.ts';
import { makeVolumes } from '../../../../local/cluster/pods/pod-values.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-values-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a mounted ConfigMap', () => {
  it('is replaced in one step when it has changed, and untouched when it has not', () => {
    let text = 'one';
    const cluster = {
      get: () => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'orders' }, data: { file: text } }),
    } as unknown as Cluster;
    const pod = {
      metadata: { name: 'p', namespace: 'n', uid: 'u' },
      spec: { containers: [], volumes: [{ name: 'configuration', configMap: { name: 'orders' } }] },
    } as unknown as Pod;
    const read = (): string => readFileSync(join(folder, 'configuration', 'file'), 'utf8');
    makeVolumes(cluster, pod, folder, folder);
    expect(read()).toBe('one');
    text = 'two';
    makeVolumes(cluster, pod, folder, folder);
    expect(read()).toBe('two');
  });
});

describe('a Secret', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'orders', namespace: 'n', uid: 'u', resourceVersion: '1' },
    data: { TOKEN: Buffer.from('sk_live').toString('base64') },
  };
  const journal = (): string => readFileSync(join(folder, 'objects.jsonl'), 'utf8');

  it('is in memory with its values, and in no file of the state directory', () => {
    const store = new Store(folder);
    store.put(secret as never);
    expect(store.get('v1/Secret', 'n', 'orders')).toMatchObject({ data: secret.data });
    expect(journal()).not.toContain(secret.data.TOKEN);
    store.close();
    expect(journal()).not.toContain('sk_live');
  });

  it('is gone after a restart, until somebody makes it again; everything else stays', () => {
    const store = new Store(folder);
    store.put(secret as never);
    store.put({ ...secret, kind: 'ConfigMap' } as never);
    store.close();
    const again = new Store(folder);
    expect(again.get('v1/Secret', 'n', 'orders')).toBeUndefined();
    expect(again.get('v1/ConfigMap', 'n', 'orders')).toBeDefined();
    again.close();
  });
});
