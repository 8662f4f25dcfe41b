/**
 * The objects of some kinds as they were told, without copies and optionally late. Separate because every request and every controller
 * reads many of them, and because a real gateway takes changes on late while a status is already written.
 */
import type { KubeObject, ObjectEvent, Objects } from './objects.ts';
import { apiVersions, isKind } from './kinds.ts';
import type { Cluster, Kind } from './kinds.ts';

/** Readers over what has been told so far; nobody may write to what they return. */
export interface View extends Pick<Cluster, 'get' | 'list'> {
  /** Grows with every change that was taken on. */
  version(): number;
  stop(): void;
}

/** How a view takes changes on. */
export interface ViewOptions {
  /** So much later than they happened. */
  readonly delayMs?: number;
  /** Told of each after it was taken on. */
  readonly changed?: (object: KubeObject) => void;
}

/** What there is of these kinds, and what changes. */
export function viewOf(objects: Objects, kinds: readonly Kind[], { delayMs = 0, changed }: ViewOptions = {}): View {
  const stored = new Map<Kind, Map<string, Map<string, KubeObject>>>(kinds.map((kind) => [kind, new Map()]));
  const timers = new Set<NodeJS.Timeout>();
  let version = 0;
  const take = ({ type, object }: ObjectEvent): void => {
    const kind = kinds.find((known) => isKind(object, known));
    const byNamespace = kind && stored.get(kind);
    if (!byNamespace) return;
    const { namespace = '', name } = object.metadata;
    const names = byNamespace.get(namespace) ?? new Map<string, KubeObject>();
    byNamespace.set(namespace, names);
    if (type === 'DELETED') names.delete(name);
    else names.set(name, object);
    if (names.size === 0) byNamespace.delete(namespace);
    version += 1;
    changed?.(object);
  };
  const unsubscribe = objects.subscribe((event) => {
    if (delayMs === 0) return take(event);
    const timer = setTimeout(() => {
      timers.delete(timer);
      take(event);
    }, delayMs);
    timers.add(timer);
  });
  for (const kind of kinds) for (const object of objects.list(apiVersions[kind], kind)) take({ type: 'ADDED', object });

  const list = (kind: Kind, namespace?: string): KubeObject[] => {
    const byNamespace = stored.get(kind);
    if (namespace !== undefined) return [...(byNamespace?.get(namespace)?.values() ?? [])];
    return [...(byNamespace?.values() ?? [])].flatMap((names) => [...names.values()]);
  };
  return {
    get: ((kind, namespace, name) =>
      stored
        .get(kind)
        ?.get(namespace ?? '')
        ?.get(name)) as View['get'],
    list: list as View['list'],
    version: () => version,
    stop() {
      unsubscribe();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
