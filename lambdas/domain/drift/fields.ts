/**
 * Who set which field of an object, as the API server keeps it for server-side apply. What we applied and nobody changed is still ours:
 * whoever changes a value takes its field from us, and whoever removes a field leaves us without it. So a changed set of our fields is
 * a changed object, whatever the values are.
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import { createHash } from 'node:crypto';
import { FORGOTTEN_AFTER_SECONDS, LONGEST_EXPERIMENT_SECONDS } from '../../contracts/experiment.ts';
import { FIELD_MANAGERS, LABELS } from '../../contracts/kubernetes.ts';

/** A tree of fields: `f:name` of a mapping, `k:{…}` an item of a list by its keys, `v:…` by its value, `.` the thing itself. */
export interface Fields {
  readonly [step: string]: Fields;
}

interface Entry {
  readonly manager?: string;
  readonly subresource?: string;
  /** When it last applied something, as RFC 3339. */
  readonly time?: string;
  readonly fieldsV1?: Fields;
}

/** As much of an object as is looked at here. */
export interface Managed {
  readonly metadata: { readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** All our field managers begin with this. */
const OURS = 'espalier-';

/** What is not the content of an object, or changes in the ordinary course of things. */
const OUTSIDE = ['f:metadata', 'f:status'];

/** Decided by autoscalers and rollouts, unless it was applied: of a process that gets no requests it is. */
const NUMBER_OF_PODS = 'spec.replicas';

/**
 * Fields that others may set: the number of pods, annotations of pods (a restart, a changed configuration), the volume that a claim was
 * given and its size, which can be made larger and never smaller, tokens and pull secrets that a cluster gives every account.
 * Source of the size: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
 */
const EXCEPTIONS = [
  NUMBER_OF_PODS,
  'spec.template.metadata.annotations',
  'spec.volumeName',
  'spec.resources.requests.storage',
  'secrets',
  'imagePullSecrets',
];

const entriesOf = ({ metadata }: Managed): readonly Entry[] =>
  ((metadata['managedFields'] ?? []) as readonly Entry[]).filter(({ subresource = '' }) => subresource === '');

/** A short word for the set of fields that a manager holds; undefined where the API keeps none. */
export function fingerprintOf(object: Managed, manager: string): string | undefined {
  const held = entriesOf(object).find((entry) => entry.manager === manager)?.fieldsV1;
  if (held === undefined) return undefined;
  const leaves = leavesOf(contentOf(held), '').toSorted();
  return createHash('sha256').update(leaves.join('\n')).digest('hex').slice(0, 16);
}

function contentOf(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([step]) => !OUTSIDE.includes(step)));
}

function leavesOf(fields: Fields, path: string): readonly string[] {
  if (isException(path) && path !== NUMBER_OF_PODS) return [];
  const steps = Object.entries(fields);
  return steps.length === 0 ? [path] : steps.flatMap(([step, below]) => leavesOf(below, joined(path, step)));
}

const joined = (path: string, step: string): string => {
  const name = step.startsWith('f:') ? step.slice(2) : step;
  return path === '' ? name : `${path}.${name}`;
};

const isException = (path: string): boolean =>
  EXCEPTIONS.some((known) => path === known || path.startsWith(`${known}.`));

/** Where somebody else added something to an object of ours, as JSON pointers, those that are removed first coming first. */
export function foreignFields(object: Managed): readonly string[] {
  const entries = entriesOf(object);
  const ours = entries.filter(({ manager = '' }) => manager.startsWith(OURS)).map(({ fieldsV1 = {} }) => fieldsV1);
  const foreign = entries.filter(({ manager = '' }) => !manager.startsWith(OURS)).map(({ fieldsV1 = {} }) => fieldsV1);
  if (ours.length === 0) return [];
  const found = foreign.flatMap((fields) => added(contentOf(fields), ours, object, '', ''));
  return [...new Set(found)].toSorted(fromTheEnd);
}

/** Of two items of a list the later goes first, so that the other keeps its place. */
const fromTheEnd = (one: string, other: string): number => other.localeCompare(one, 'en', { numeric: true });

function added(
  foreign: Fields,
  ours: readonly Fields[],
  live: unknown,
  pointer: string,
  path: string,
): readonly string[] {
  return Object.entries(foreign).flatMap(([step, below]) => {
    const at = stepInto(live, step);
    const here = joined(path, step);
    if (at === undefined || isException(here)) return [];
    const same = ours.flatMap((fields) => (step in fields ? [fields[step] ?? {}] : []));
    if (same.length === 0) {
      const around = EXCEPTIONS.some((known) => known.startsWith(`${here}.`));
      return around ? added(below, [], at.value, `${pointer}/${at.key}`, here) : [`${pointer}/${at.key}`];
    }
    // What we set as a whole is ours whatever is in it; a change of it has taken it from us.
    if (same.some((fields) => Object.keys(fields).length === 0)) return [];
    return added(below, same, at.value, `${pointer}/${at.key}`, here);
  });
}

/** From a thing to a part of it: its key in a pointer, and what is there. Undefined when there is nothing (any more). */
function stepInto(live: unknown, step: string): { readonly key: string; readonly value: unknown } | undefined {
  if (step.startsWith('f:') && typeof live === 'object' && live !== null) {
    const name = step.slice(2);
    const value = (live as Readonly<Record<string, unknown>>)[name];
    return value === undefined ? undefined : { key: name.replaceAll('~', '~0').replaceAll('/', '~1'), value };
  }
  if (!Array.isArray(live)) return undefined;
  const items: readonly unknown[] = live;
  const wanted: unknown = step === '.' ? undefined : JSON.parse(step.slice(2));
  const index = items.findIndex((item) => (step.startsWith('k:') ? hasKeys(item, wanted) : item === wanted));
  return step === '.' || index < 0 ? undefined : { key: String(index), value: items[index] };
}

function hasKeys(item: unknown, keys: unknown): boolean {
  return Object.entries(keys as Readonly<Record<string, unknown>>).every(
    ([key, value]) => (item as Readonly<Record<string, unknown>> | null)?.[key] === value,
  );
}

/** Whether the number of pods was set by hand: not by an autoscaler, not by us. */
export function scaledByHand({ metadata }: Managed): string | undefined {
  const entries = (metadata['managedFields'] ?? []) as readonly Entry[];
  return entries.find(
    ({ manager = '', subresource }) =>
      subresource === 'scale' && !manager.startsWith(OURS) && manager !== 'kube-controller-manager',
  )?.manager;
}

/** Since when (milliseconds since 1970) an experiment holds a field of it; undefined when none does. */
export function experimentSince({ metadata }: Managed): number | undefined {
  const entries = (metadata['managedFields'] ?? []) as readonly Entry[];
  const time = entries.find(({ manager }) => manager === FIELD_MANAGERS.experiment)?.time;
  return time === undefined ? undefined : Date.parse(time);
}

/**
 * Whether what an experiment holds is so old that nobody can be there any more to undo it. What stands in the way to a dependency stays a
 * quarter of an hour longer than the name that leads to it, so that no caller ever comes to an address that leads nowhere.
 */
export function isForgotten(object: Managed, now: number): boolean {
  const since = experimentSince(object);
  const labels = (object.metadata['labels'] ?? {}) as Readonly<Record<string, string>>;
  const longer = labels[LABELS.component] === 'experiment' ? LONGEST_EXPERIMENT_SECONDS : 0;
  return since !== undefined && now - since > (FORGOTTEN_AFTER_SECONDS + longer) * 1_000;
}
