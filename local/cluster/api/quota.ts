/**
 * What a namespace may hold: ResourceQuota (refused when exceeded, shown in its status) and LimitRange (filled in and checked).
 * Separate because both count the same amounts of the same containers.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../objects.ts';
import { isObject, type Json } from './decode.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';
import { forbidden } from './status.ts';
import type { Store } from './store.ts';
import { resourceOfPath, stored, storeKey, type Resource } from './table.ts';

const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const object = (value: unknown): Json => (isObject(value) ? value : {});
const amount = (value: unknown): number => parseQuantity(value ?? 0) ?? 0;

/** A pod's sum of requests or limits: its containers together, or one init container if that is more. */
function podSum(pod: KubeObject, group: 'requests' | 'limits', name: string): number {
  const of = (container: Json): number => amount(object(object(container['resources'])[group])[name]);
  const spec = object(pod['spec']);
  const together = list(spec['containers']).reduce((sum, container) => sum + of(container), 0);
  return Math.max(together, ...list(spec['initContainers']).map(of));
}

const isOver = (pod: KubeObject): boolean => ['Succeeded', 'Failed'].includes(String(object(pod['status'])['phase']));

/** Plurals that quotas may count without `count/`, besides pods. */
const counted = new Set(
  'configmaps secrets services persistentvolumeclaims resourcequotas replicationcontrollers'.split(' '),
);

/** What one object takes of one quota's amount; undefined when the amount is about something else. */
function usageOf(name: string, resource: Resource, one: KubeObject): number | undefined {
  if (name.startsWith('count/')) {
    const [plural, ...group] = name.slice('count/'.length).split('.');
    return resource.plural === plural && resource.group === group.join('.') ? 1 : undefined;
  }
  if (resource.group !== '') return undefined;
  if (counted.has(name)) return resource.plural === name ? 1 : undefined;
  const type = object(one['spec'])['type'];
  if (resource.kind === 'Service' && name === 'services.loadbalancers') return type === 'LoadBalancer' ? 1 : undefined;
  if (resource.kind === 'Service' && name === 'services.nodeports') {
    const ports = type === 'NodePort' || type === 'LoadBalancer' ? list(object(one['spec'])['ports']) : [];
    return ports.length || undefined;
  }
  if (resource.kind === 'PersistentVolumeClaim' && name === 'requests.storage')
    return amount(object(object(object(one['spec'])['resources'])['requests'])['storage']);
  if (resource.kind !== 'Pod' || isOver(one)) return undefined;
  if (name === 'pods') return 1;
  const [, group, what = name] = /^(?:(requests|limits)\.)(.+)$/.exec(name) ?? [];
  return podSum(one, group === 'limits' ? 'limits' : 'requests', what);
}

/** Kinds whose objects a quota's amount counts. */
function countedKinds(name: string): readonly Resource[] {
  const [plural = '', ...group] = name.startsWith('count/')
    ? name.slice('count/'.length).split('.')
    : [name.split('.')[0]];
  if (name.startsWith('count/')) return stored.filter((one) => one.plural === plural && one.group === group.join('.'));
  const own = counted.has(plural)
    ? resourceOfPath('v1', plural)
    : resourceOfPath('v1', name === 'requests.storage' ? 'persistentvolumeclaims' : 'pods');
  return own ? [own] : [];
}

function usedNow(store: Store, namespace: string, name: string): number {
  return countedKinds(name).reduce(
    (sum, resource) =>
      sum +
      store.list(storeKey(resource), namespace).reduce((all, one) => all + (usageOf(name, resource, one) ?? 0), 0),
    0,
  );
}

/** Refuses what would exceed a quota, in the words of the API server. */
export function checkQuota(store: Store, resource: Resource, next: KubeObject, current: KubeObject | undefined): void {
  const { namespace, name } = next.metadata;
  if (namespace === undefined) return;
  for (const quota of store.list('v1/ResourceQuota', namespace)) {
    const hard = object(object(quota['spec'])['hard']);
    if (!inScope(quota, next)) continue;
    const unset = resource.kind === 'Pod' && !current ? missing(next, Object.keys(hard)) : [];
    if (unset.length > 0)
      throw forbidden(resource, name, `failed quota: ${quota.metadata.name}: must specify ${unset.join('; ')}`);
    const over = Object.entries(hard).flatMap(([what, limit]) => {
      const asked = (usageOf(what, resource, next) ?? 0) - (current ? (usageOf(what, resource, current) ?? 0) : 0);
      const used = asked > 0 ? usedNow(store, namespace, what) : 0;
      return asked > 0 && used + asked > amount(limit) + 1e-9 ? [{ what, asked, used, limit: String(limit) }] : [];
    });
    if (over.length === 0) continue;
    over.sort((one, other) => byText(one.what, other.what));
    const show = (key: 'asked' | 'used'): string =>
      over.map((one) => `${one.what}=${formatQuantity(one[key], one.what + one.limit)}`).join(',');
    const limits = over.map((one) => `${one.what}=${one.limit}`).join(',');
    throw forbidden(
      resource,
      name,
      `exceeded quota: ${quota.metadata.name}, requested: ${show('asked')}, used: ${show('used')}, limited: ${limits}`,
    );
  }
}

/** Quotas with scopes are not counted here; `scopes: [NotTerminating]` and its like choose pods by fields we do not run. */
const inScope = (quota: KubeObject, _next: KubeObject): boolean =>
  !object(quota['spec'])['scopes'] && !object(quota['spec'])['scopeSelector'];

/** Amounts that a quota asks for and a container does not say. */
function missing(pod: KubeObject, hard: readonly string[]): string[] {
  const without = new Map<string, string[]>();
  for (const name of hard) {
    const [, group = 'requests', what = name] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(name) ?? [];
    if (what !== 'cpu' && what !== 'memory') continue;
    for (const container of list(object(pod['spec'])['containers']))
      if (object(object(container['resources'])[group])[what] === undefined)
        without.set(name, [...(without.get(name) ?? []), String(container['name'])]);
  }
  return [...without]
    .sort(([one], [other]) => byText(one, other))
    .map(([name, containers]) => `${name} for: ${containers.join(',')}`);
}

/** Writes how much of every quota in a namespace is used. */
export function refreshQuotas(store: Store, namespace: string): void {
  for (const quota of store.list('v1/ResourceQuota', namespace)) {
    const hard = object(object(quota['spec'])['hard']);
    const used = Object.fromEntries(
      Object.entries(hard).map(([name, limit]) => [
        name,
        formatQuantity(usedNow(store, namespace, name), name + String(limit)),
      ]),
    );
    const status = { hard, used };
    if (!isDeepStrictEqual(quota['status'], status)) store.put({ ...quota, status });
  }
}

/** Fills in what a namespace's LimitRanges say about containers, and refuses what lies outside of them. */
export function applyLimitRanges(store: Store, resource: Resource, next: KubeObject): void {
  if (resource.kind !== 'Pod') return;
  const faults: string[] = [];
  const said: string[] = [];
  for (const range of store.list('v1/LimitRange', next.metadata.namespace))
    for (const limit of list(object(range['spec'])['limits'])) {
      const containers = [...list(object(next['spec'])['containers']), ...list(object(next['spec'])['initContainers'])];
      if (limit['type'] === 'Container')
        for (const container of containers) {
          said.push(...fillIn(limit, container));
          const resources = object(container['resources']);
          faults.push(...outside(limit, (group, name) => object(resources[group])[name], 'Container'));
        }
      if (limit['type'] === 'Pod') faults.push(...outside(limit, (group, name) => podSum(next, group, name), 'Pod'));
    }
  if (said.length > 0)
    next.metadata.annotations = {
      ...next.metadata.annotations,
      'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${said.join('; ')}`,
    };
  if (faults.length > 0)
    throw forbidden(resource, next.metadata.name, faults.length === 1 ? (faults[0] ?? '') : `[${faults.join(', ')}]`);
}

/** Fills in a container's sizes; what was filled in is said in the words of the pod's annotation. */
function fillIn(limit: Json, container: Json): string[] {
  const resources = object((container['resources'] ??= {}));
  const said: string[] = [];
  for (const [group, source, word] of [
    ['requests', 'defaultRequest', 'request'],
    ['limits', 'default', 'limit'],
  ] as const) {
    const given = object(resources[group]);
    const added = Object.keys(object(limit[source])).filter((name) => given[name] === undefined);
    if (added.length === 0) continue;
    resources[group] = { ...object(limit[source]), ...given };
    said.push(`${added.sort(byText).join(', ')} ${word} for container ${text(container['name'])}`);
  }
  return said;
}
const byText = (one: string, other: string): number => (one < other ? -1 : 1);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function outside(limit: Json, value: (group: 'limits' | 'requests', name: string) => unknown, per: string): string[] {
  const most = Object.entries(object(limit['max'])).flatMap(([name, max]) => {
    const found = value('limits', name);
    if (found === undefined) return [`maximum ${name} usage per ${per} is ${String(max)}.  No limit is specified`];
    return amount(found) > amount(max)
      ? [`maximum ${name} usage per ${per} is ${String(max)}, but limit is ${shown(found, max)}`]
      : [];
  });
  const least = Object.entries(object(limit['min'])).flatMap(([name, min]) => {
    const found = value('requests', name);
    if (found === undefined) return [`minimum ${name} usage per ${per} is ${String(min)}.  No request is specified`];
    return amount(found) < amount(min)
      ? [`minimum ${name} usage per ${per} is ${String(min)}, but request is ${shown(found, min)}`]
      : [];
  });
  return [...least, ...most];
}
const shown = (found: unknown, like: unknown): string =>
  typeof found === 'number' ? formatQuantity(found, String(like)) : String(found);
