/**
 * Objects follow their owners: deleted when all of them are gone (background), before them (foreground), or let go (orphan).
 * Separate because it is the only part that follows references between any kinds:
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import { controllerAttempt } from './attempt.ts';
import type { Engine } from './engine.ts';
import type { KubeObject } from '../objects.ts';
import { resourceOfKind, stored, storeKey } from './table.ts';

/** Follows changes; `lookAtAll` catches up with what happened before. */
export interface GarbageCollector {
  look(object: KubeObject, type: 'ADDED' | 'MODIFIED' | 'DELETED'): void;
  lookAtAll(): void;
}

/** Starts knowing who owns whom. */
export function collectGarbage(engine: Engine): GarbageCollector {
  const { store } = engine;
  const live = new Map<string, KubeObject>();
  const dependents = new Map<string, Set<string>>();

  const forget = (uid: string): void => {
    for (const owner of live.get(uid)?.metadata.ownerReferences ?? []) dependents.get(owner.uid)?.delete(uid);
    live.delete(uid);
  };
  const learn = (object: KubeObject): void => {
    forget(object.metadata.uid);
    live.set(object.metadata.uid, object);
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const known = dependents.get(uid) ?? new Set();
      dependents.set(uid, known.add(object.metadata.uid));
    }
  };
  const below = (uid: string): KubeObject[] =>
    [...(dependents.get(uid) ?? [])].map((one) => live.get(one)).filter((one) => one !== undefined);
  const current = (object: KubeObject): KubeObject | undefined => {
    const found = store.get(`${object.apiVersion}/${object.kind}`, object.metadata.namespace, object.metadata.name);
    return found?.metadata.uid === object.metadata.uid ? found : undefined;
  };
  const change = (object: KubeObject, metadata: Partial<KubeObject['metadata']>): void => {
    const resource = resourceOfKind(object.apiVersion, object.kind);
    if (!resource) return;
    const { namespace, name } = object.metadata;
    engine.update(
      { resource, namespace, name },
      { ...object, metadata: { ...object.metadata, ...metadata } },
      controllerAttempt,
    );
  };
  const remove = (object: KubeObject, propagationPolicy: string): void => {
    const resource = resourceOfKind(object.apiVersion, object.kind);
    if (!resource || object.metadata.deletionTimestamp) return;
    const { namespace, name, uid } = object.metadata;
    engine.remove({ resource, namespace, name }, { propagationPolicy, preconditions: { uid } }, controllerAttempt);
  };
  const exists = (uid: string): boolean => live.has(uid);

  /** Deletes an object whose owners are all gone, or whose owner waits for it. */
  const judge = (object: KubeObject): void => {
    const found = current(object);
    const owners = found?.metadata.ownerReferences ?? [];
    if (!found || owners.length === 0) return;
    const present = owners.filter((owner) => exists(owner.uid));
    const awaited = (uid: string): boolean =>
      live.get(uid)?.metadata.finalizers?.includes('foregroundDeletion') === true &&
      live.get(uid)?.metadata.deletionTimestamp !== undefined;
    if (present.length === 0) remove(found, 'Background');
    else if (present.every((owner) => awaited(owner.uid))) remove(found, 'Foreground');
    else if (present.length < owners.length) change(found, { ownerReferences: present });
  };
  /** Lets an ending owner go on when what it waits for is done. */
  const release = (owner: KubeObject): void => {
    const found = current(owner);
    const finalizers = found?.metadata.finalizers ?? [];
    if (!found?.metadata.deletionTimestamp) return;
    const uid = found.metadata.uid;
    if (finalizers.includes('orphan')) {
      for (const object of below(uid)) {
        const held = current(object);
        if (held)
          change(held, { ownerReferences: (held.metadata.ownerReferences ?? []).filter((one) => one.uid !== uid) });
      }
      change(found, { finalizers: finalizers.filter((one) => one !== 'orphan') });
    } else if (finalizers.includes('foregroundDeletion')) {
      for (const object of below(uid)) judge(object);
      const waiting = below(uid).some((object) => {
        const references = current(object)?.metadata.ownerReferences as
          { uid: string; blockOwnerDeletion?: boolean }[] | undefined;
        return references?.some((one) => one.uid === uid && one.blockOwnerDeletion === true);
      });
      if (!waiting) change(found, { finalizers: finalizers.filter((one) => one !== 'foregroundDeletion') });
    }
  };
  return {
    look(object, type) {
      const { uid } = object.metadata;
      const owners = object.metadata.ownerReferences ?? [];
      if (type === 'DELETED') {
        const lost = below(uid);
        forget(uid);
        for (const dependent of lost) judge(dependent);
        for (const owner of owners) {
          const found = live.get(owner.uid);
          if (found) release(found);
        }
        return;
      }
      learn(object);
      if (type === 'ADDED') judge(object);
      if (object.metadata.deletionTimestamp) release(object);
    },
    lookAtAll() {
      const all = stored.flatMap((resource) => store.list(storeKey(resource)));
      for (const object of all) learn(object);
      for (const object of all) {
        judge(object);
        release(object);
      }
    },
  };
}
