/**
 * Server-side apply as the fake does it: each manager owns the leaves it applied last, lists are atomic.
 * Separate because it is the one rule of the API that the division of work between functions rests on.
 */
import type { KubernetesObject } from '../../../lambdas/ports/cluster.ts';

/** Leaves of an object by path; lists and empty objects are leaves. */
export type Leaves = ReadonlyMap<string, unknown>;

const SEPARATOR = '\u0000';

/** Everything a manager may own: all but identity. */
export function leavesOf(object: KubernetesObject): Leaves {
  const { apiVersion: _apiVersion, kind: _kind, status: _status, metadata, ...rest } = object;
  const { labels, annotations, finalizers } = metadata as Record<string, unknown>;
  const leaves = new Map<string, unknown>();
  collect({ ...rest, metadata: { ...(labels !== undefined && { labels }), annotations, finalizers } }, '', leaves);
  return leaves;
}

function collect(value: Readonly<Record<string, unknown>>, path: string, into: Map<string, unknown>): void {
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const here = path === '' ? key : `${path}${SEPARATOR}${key}`;
    if (typeof child === 'object' && child !== null && !Array.isArray(child) && Object.keys(child).length > 0) {
      collect(child as Record<string, unknown>, here, into);
    } else {
      into.set(here, child);
    }
  }
}

/** The object's fields from the leaves of all managers; lists are the managers' own. */
export function fromLeaves(managers: Iterable<Leaves>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const leaves of managers) {
    for (const [path, value] of leaves) {
      const keys = path.split(SEPARATOR);
      const last = keys.pop() ?? '';
      let at = root;
      for (const key of keys) {
        const next = at[key];
        at = (typeof next === 'object' && next !== null ? next : (at[key] = {})) as Record<string, unknown>;
      }
      at[last] = value;
    }
  }
  return root;
}

/** Fields that another manager owns with another value, as people read them. */
export function conflicts(mine: Leaves, theirs: Leaves): string[] {
  return [...mine]
    .filter(([path, value]) => theirs.has(path) && JSON.stringify(theirs.get(path)) !== JSON.stringify(value))
    .map(([path]) => path.replaceAll(SEPARATOR, '.'));
}
