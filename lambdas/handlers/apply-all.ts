/**
 * Applying and pruning several objects. Separate because every stage applies with force under its own field manager and removes what
 * it applied before and no longer wants.
 */
import type { Manifest } from '../domain/manifests/manifest.ts';
import type { Cluster, KubernetesObject, ObjectReference } from '../ports/cluster.ts';

/** Applies objects side by side; nothing may depend on their order. */
export async function applyAll(
  cluster: Cluster,
  fieldManager: string,
  manifests: readonly Manifest[],
): Promise<readonly KubernetesObject[]> {
  return Promise.all(manifests.map((manifest) => cluster.apply(manifest, fieldManager, { force: true })));
}

/** Objects of these kinds in a namespace that carry all labels. */
export async function listKinds(
  cluster: Cluster,
  kinds: readonly Pick<ObjectReference, 'apiVersion' | 'kind'>[],
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Promise<readonly KubernetesObject[]> {
  const lists = await Promise.all(kinds.map((kind) => cluster.list({ ...kind, namespace }, labels)));
  return lists.flat();
}

/** Removes objects side by side, each only if it is still the one that was seen. */
export async function removeAll(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<void> {
  await Promise.all(
    objects.map(({ apiVersion, kind, metadata }) => {
      const namespace = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
      const uid = typeof metadata['uid'] === 'string' ? { uid: metadata['uid'] } : {};
      return cluster.remove({ apiVersion, kind, ...namespace, name: metadata.name }, uid);
    }),
  );
}
