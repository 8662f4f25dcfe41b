/**
 * Applying and pruning several objects. Separate because every stage applies with force under its own field manager and removes what
 * it applied before and no longer wants.
 */
import { ANNOTATIONS, FIELD_MANAGERS, LABELS } from '../contracts/kubernetes.ts';
import { fingerprintOf, foreignFields } from '../domain/drift/fields.ts';
import type { Manifest } from '../domain/manifests/manifest.ts';
import type { Cluster, KubernetesObject, ObjectReference } from '../ports/cluster.ts';

/**
 * Applies objects side by side; nothing may depend on their order. Objects of environments are put right on the way: what others added
 * to them goes, and which fields were applied is remembered for sweeps.
 */
export async function applyAll(
  cluster: Cluster,
  fieldManager: string,
  manifests: readonly Manifest[],
): Promise<readonly KubernetesObject[]> {
  return Promise.all(
    manifests.map(async (manifest) => {
      const applied = await cluster.apply(manifest, fieldManager, { force: true });
      if (manifest.metadata.labels?.[LABELS.environment] !== undefined) await settle(cluster, fieldManager, applied);
      return applied;
    }),
  );
}

/** Costs a call only when somebody added something, or when other fields were applied than the last time. */
async function settle(cluster: Cluster, fieldManager: string, applied: KubernetesObject): Promise<void> {
  const { apiVersion, kind, metadata } = applied;
  const { name, namespace } = metadata;
  const place = namespace === undefined ? { name } : { name, namespace };
  const foreign = foreignFields(applied);
  if (foreign.length > 0) await cluster.removeFields({ apiVersion, kind, ...place }, foreign, fieldManager);
  const fields = fingerprintOf(applied, fieldManager);
  const annotations = (metadata['annotations'] ?? {}) as Readonly<Record<string, string>>;
  if (fields === undefined || annotations[ANNOTATIONS.fields] === fields) return;
  const remembered = { apiVersion, kind, metadata: { ...place, annotations: { [ANNOTATIONS.fields]: fields } } };
  await cluster.apply(remembered, FIELD_MANAGERS.fields, { force: true });
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
