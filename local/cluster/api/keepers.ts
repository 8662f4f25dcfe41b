/**
 * What the API engine does by itself after a change: emptying namespaces that end, collecting what lost its owner, counting quotas.
 * Separate because these react to the store as controllers do, but belong to every cluster's API and not to its workloads.
 */
import { collectGarbage } from './garbage.ts';
import type { Engine } from './engine.ts';
import { endNamespace } from './namespaces.ts';
import { refreshQuotas } from './quota.ts';

/** Starts reacting, first to what is stored already; returns the way to stop. */
export function startKeepers(engine: Engine): () => void {
  const { store } = engine;
  const dirty = new Set<string>();
  const settle = (): void => {
    const namespaces = [...dirty];
    dirty.clear();
    for (const namespace of namespaces) {
      refreshQuotas(store, namespace);
      endNamespace(engine, namespace);
    }
  };
  const touch = (namespace: string): void => {
    if (dirty.size === 0) queueMicrotask(settle);
    dirty.add(namespace);
  };
  const garbage = collectGarbage(engine);
  const stop = store.subscribe((change) => {
    garbage.look(change.object, change.type);
    const { namespace, name } = change.object.metadata;
    if (namespace !== undefined) touch(namespace);
    else if (change.object.kind === 'Namespace' && change.type !== 'DELETED') touch(name);
  });
  garbage.lookAtAll();
  for (const namespace of store.list('v1/Namespace')) touch(namespace.metadata.name);
  return stop;
}
