/**
 * The stored objects as controllers see them. Separate because controllers are trusted: no rights are asked, nothing goes over the wire.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, Metadata, NewObject, Objects } from '../objects.ts';
import { alreadyExists, conflict, notFound } from './status.ts';
import { Store } from './store.ts';

/** Kinds that have no namespace. */
const clusterScoped = new Set(
  'Namespace Node ClusterRole ClusterRoleBinding GatewayClass ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding CustomResourceDefinition PersistentVolume'.split(
    ' ',
  ),
);

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');
const subjectOf = (apiVersion: string, kind: string) => ({
  group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
  plural: `${kind.toLowerCase()}s`,
  kind,
});

/** Objects on a store of their own, in memory or below a directory. */
export function createObjects(options: { stateDirectory?: string } = {}): Objects {
  const store = new Store(options.stateDirectory);
  const find = (object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): KubeObject => {
    const { namespace, name } = object.metadata;
    const current = store.get(`${object.apiVersion}/${object.kind}`, namespace, name);
    if (!current) throw notFound(subjectOf(object.apiVersion, object.kind), name);
    if (object.metadata.uid && object.metadata.uid !== current.metadata.uid)
      throw conflict(subjectOf(object.apiVersion, object.kind), name, 'the object was replaced by another one');
    const version = object.metadata.resourceVersion;
    if (version && version !== current.metadata.resourceVersion)
      throw conflict(
        subjectOf(object.apiVersion, object.kind),
        name,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    return current;
  };
  const save = (current: KubeObject, next: KubeObject): KubeObject => {
    if (next.metadata.deletionTimestamp && !next.metadata.finalizers?.length && next.kind !== 'Pod')
      return store.delete(next);
    return isDeepStrictEqual(current, next) ? current : store.put(next);
  };
  return {
    get: (apiVersion, kind, namespace, name) => structuredClone(store.get(`${apiVersion}/${kind}`, namespace, name)),
    list: (apiVersion, kind, namespace) => structuredClone(store.list(`${apiVersion}/${kind}`, namespace)),
    create(object: NewObject) {
      const { apiVersion, kind } = object;
      const namespace = clusterScoped.has(kind) ? undefined : (object.metadata.namespace ?? 'default');
      if (store.get(`${apiVersion}/${kind}`, namespace, object.metadata.name))
        throw alreadyExists(subjectOf(apiVersion, kind), object.metadata.name);
      const metadata: Metadata = {
        ...structuredClone(object.metadata),
        ...(namespace === undefined ? {} : { namespace }),
        uid: randomUUID(),
        creationTimestamp: now(),
        generation: 1,
        resourceVersion: '',
      };
      return structuredClone(store.put({ ...structuredClone(object), metadata }));
    },
    update(object) {
      const current = find(object);
      const next: KubeObject = { ...structuredClone(object), status: current.status };
      const changed = !isDeepStrictEqual({ ...next, metadata: 0 }, { ...current, metadata: 0 });
      next.metadata = {
        ...next.metadata,
        uid: current.metadata.uid,
        resourceVersion: current.metadata.resourceVersion,
        creationTimestamp: current.metadata.creationTimestamp,
        generation: (current.metadata.generation ?? 1) + (changed ? 1 : 0),
      };
      return structuredClone(save(current, next));
    },
    updateStatus(object) {
      const current = find(object);
      return structuredClone(save(current, { ...current, status: structuredClone(object.status) }));
    },
    remove(apiVersion, kind, namespace, name) {
      const current = store.get(`${apiVersion}/${kind}`, namespace, name);
      if (!current || current.metadata.deletionTimestamp) return;
      const grace = kind === 'Pod' ? 30 : undefined;
      if (!current.metadata.finalizers?.length && grace === undefined) {
        store.delete(current);
        return;
      }
      const marks = { deletionTimestamp: now(), ...(grace === undefined ? {} : { deletionGracePeriodSeconds: grace }) };
      store.put({ ...current, metadata: { ...current.metadata, ...marks } });
    },
    finishRemoval(object) {
      const current = store.get(`${object.apiVersion}/${object.kind}`, object.metadata.namespace, object.metadata.name);
      if (current && current.metadata.uid === object.metadata.uid) store.delete(current);
    },
    subscribe: (listener) =>
      store.subscribe((change) => listener({ type: change.type, object: structuredClone(change.object) })),
  };
}
