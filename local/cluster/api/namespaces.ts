/**
 * The end of a namespace: its content is deleted, what holds it is said in its status, and only an empty one disappears.
 * Separate because it is the one object whose deletion is a process. Conditions as in
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/controller/namespace/deletion/status_condition_utils.go
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../objects.ts';
import { controllerAttempt, timestamp } from './attempt.ts';
import type { Json } from './decode.ts';
import type { Engine } from './engine.ts';
import { resourceOfKind, stored, storeKey, type Resource } from './table.ts';

/** Namespaces that are there from the beginning. */
export function createNamespaces(engine: Engine): void {
  const resource = resourceOfKind('v1', 'Namespace');
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    if (resource && !engine.store.get('v1/Namespace', undefined, name))
      engine.create(resource, undefined, { metadata: { name } }, controllerAttempt);
}

/** Brings a namespace that is to end one step further, as often as something in it changes. */
export function endNamespace(engine: Engine, name: string): void {
  const { store } = engine;
  const namespace = store.get('v1/Namespace', undefined, name);
  if (!namespace?.metadata.deletionTimestamp) return;
  const remaining: [Resource, KubeObject[]][] = [];
  for (const resource of stored.filter((one) => one.namespaced)) {
    for (const object of store.list(storeKey(resource), name))
      if (!object.metadata.deletionTimestamp)
        engine.remove(
          { resource, namespace: name, name: object.metadata.name },
          { propagationPolicy: 'Background' },
          controllerAttempt,
        );
    const left = store.list(storeKey(resource), name);
    if (left.length > 0) remaining.push([resource, left]);
  }
  const spec = namespace['spec'] as { finalizers?: string[] } | undefined;
  const empty = remaining.length === 0;
  const finalizers = (spec?.finalizers ?? []).filter((one) => !empty || one !== 'kubernetes');
  if (empty && finalizers.length === 0 && !namespace.metadata.finalizers?.length) {
    store.delete(namespace);
    return;
  }
  const status = {
    ...(namespace['status'] as Json),
    phase: 'Terminating',
    conditions: conditions(namespace, remaining),
  };
  const next = { ...namespace, spec: { ...spec, finalizers }, status };
  if (!isDeepStrictEqual(next, namespace)) store.put(next);
}

function conditions(namespace: KubeObject, remaining: readonly [Resource, KubeObject[]][]): Json[] {
  const before = ((namespace['status'] as Json | undefined)?.['conditions'] ?? []) as Json[];
  const condition = (type: string, status: boolean, reason: string, message: string): Json => {
    const known = before.find((one) => one['type'] === type);
    const same = known?.['status'] === (status ? 'True' : 'False') && known['message'] === message;
    return {
      type,
      status: status ? 'True' : 'False',
      lastTransitionTime: same ? known['lastTransitionTime'] : timestamp(),
      reason,
      message,
    };
  };
  const title = (resource: Resource): string =>
    resource.group ? `${resource.plural}.${resource.group}` : `${resource.plural}.`;
  const kinds = remaining.map(([resource, left]) => `${title(resource)} has ${left.length} resource instances`).sort();
  const finalizers = new Map<string, number>();
  for (const object of remaining.flatMap(([, left]) => left))
    for (const one of object.metadata.finalizers ?? []) finalizers.set(one, (finalizers.get(one) ?? 0) + 1);
  const held = [...finalizers].map(([one, count]) => `${one} in ${count} resource instances`).sort();
  return [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      false,
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    condition(
      'NamespaceDeletionContentFailure',
      false,
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ),
    kinds.length > 0
      ? condition(
          'NamespaceContentRemaining',
          true,
          'SomeResourcesRemain',
          `Some resources are remaining: ${kinds.join(', ')}`,
        )
      : condition('NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed'),
    held.length > 0
      ? condition(
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${held.join(', ')}`,
        )
      : condition(
          'NamespaceFinalizersRemaining',
          false,
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ),
  ];
}
