/**
 * What every Cluster must do, the fake included. Separate because the same requirements are held against the fake, the laptop's
 * Kubernetes and a real one.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ERROR_NAMES } from '../../lambdas/contracts/errors.ts';
import type { Cluster, KubernetesObject } from '../../lambdas/ports/cluster.ts';

const NAMESPACE_KIND = { apiVersion: 'v1', kind: 'Namespace' };

/** Holds a cluster to the port's contract. `wait` lets its time pass. */
export function describeCluster(
  title: string,
  open: () => Promise<{ readonly cluster: Cluster; readonly prefix: string; wait(): Promise<void> }>,
): void {
  describe(`${title} as a cluster`, () => {
    let cluster: Cluster;
    let namespace = '';
    let wait: () => Promise<void>;

    beforeAll(async () => {
      const opened = await open();
      ({ cluster } = opened);
      wait = () => opened.wait();
      namespace = `${opened.prefix}-contract`;
      await cluster.apply(
        { ...NAMESPACE_KIND, metadata: { name: namespace, labels: { contract: 'yes' } } },
        'contract',
      );
    });

    afterAll(async () => {
      await cluster.remove({ ...NAMESPACE_KIND, name: namespace });
    });

    const configMap = (name: string, data: Record<string, string>): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels: { of: name } },
      data,
    });
    const reference = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });

    test('applies, and applying the same again changes nothing', async () => {
      const stored = await cluster.apply(configMap('same', { a: '1' }), 'one');
      expect(stored).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'same', namespace }, data: { a: '1' } });
      const again = await cluster.apply(configMap('same', { a: '1' }), 'one');
      expect(again.metadata['resourceVersion']).toBe(stored.metadata['resourceVersion']);
      expect(again.metadata['uid']).toBe(stored.metadata['uid']);
    });

    test('a manager takes away what it applied before and leaves what others applied', async () => {
      await cluster.apply(configMap('fields', { a: '1', b: '2' }), 'one');
      await cluster.apply(configMap('fields', { c: '3' }), 'two');
      await cluster.apply(configMap('fields', { a: '1' }), 'one');
      expect((await cluster.get(reference('fields')))?.['data']).toEqual({ a: '1', c: '3' });
    });

    test('another manager’s field is taken only by force', async () => {
      await cluster.apply(configMap('owned', { a: '1' }), 'one');
      await expect(cluster.apply(configMap('owned', { a: '2' }), 'two')).rejects.toMatchObject({
        name: 'RejectedError',
        reason: expect.stringContaining('conflict with "one"') as string,
      });
      await cluster.apply(configMap('owned', { a: '2' }), 'two', { force: true });
      expect((await cluster.get(reference('owned')))?.['data']).toEqual({ a: '2' });
    });

    test('what is not there is undefined, and removing it is success', async () => {
      await expect(cluster.get(reference('nothing'))).resolves.toBeUndefined();
      await expect(cluster.remove(reference('nothing'))).resolves.toBeUndefined();
    });

    test('removes only the object that was seen', async () => {
      const { metadata } = await cluster.apply(configMap('successor', {}), 'one');
      await cluster.remove(reference('successor'), { uid: '00000000-0000-0000-0000-000000000000' });
      expect(await cluster.get(reference('successor'))).toBeDefined();
      await cluster.remove(reference('successor'), { uid: String(metadata['uid']) });
      expect(await cluster.get(reference('successor'))).toBeUndefined();
    });

    test('lists by label, in one namespace or in all, with version and kind', async () => {
      await cluster.apply(configMap('listed-1', {}), 'one');
      await cluster.apply(configMap('listed-2', {}), 'one');
      const listed = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace }, { of: 'listed-1' });
      expect(listed).toMatchObject([
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'listed-1', namespace } },
      ]);
      const all = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { of: 'listed-2' });
      expect(all.filter(({ metadata }) => metadata.namespace === namespace)).toHaveLength(1);
      await expect(
        cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: `${namespace}-not-there` }),
      ).resolves.toEqual([]);
      const namespaces = await cluster.list(NAMESPACE_KIND, { contract: 'yes' });
      expect(namespaces.map(({ metadata }) => metadata.name)).toContain(namespace);
    });

    test('what is applied into a namespace that does not exist may succeed later', async () => {
      const elsewhere = { ...configMap('lost', {}), metadata: { name: 'lost', namespace: `${namespace}-not-there` } };
      await expect(cluster.apply(elsewhere, 'one')).rejects.toMatchObject({ name: 'TransientError' });
    });

    test('knows which kinds it serves', async () => {
      await expect(cluster.serves({ apiVersion: 'v1', kind: 'ConfigMap' })).resolves.toBe(true);
      await expect(cluster.serves({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' })).resolves.toBe(
        true,
      );
    });

    test('a namespace that goes takes nothing new, and is not found in the end', async () => {
      const name = `${namespace}-going`;
      await cluster.apply({ ...NAMESPACE_KIND, metadata: { name } }, 'one');
      await cluster.apply({ ...configMap('inside', {}), metadata: { name: 'inside', namespace: name } }, 'one');
      await cluster.remove({ ...NAMESPACE_KIND, name });
      const late = cluster.apply({ ...configMap('late', {}), metadata: { name: 'late', namespace: name } }, 'one');
      await expect(late.catch((error: Error) => error.name)).resolves.toSatisfy((end) =>
        ERROR_NAMES.includes(end as never),
      );
      await vi.waitFor(
        async () => {
          await wait();
          expect(await cluster.get({ ...NAMESPACE_KIND, name })).toBeUndefined();
        },
        { timeout: 30_000, interval: 100 },
      );
    });
  });
}
