/**
 * Who owns which field: server-side apply, and the bookkeeping of every other write in `managedFields`.
 * Separate because it is the contract between those who write the same object. The rules are those of
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/ and structured-merge-diff's `merge.Updater`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../objects.ts';
import { emptyObject, isObject, type Json } from './decode.ts';
import * as fields from './fields.ts';
import type { FieldSet } from './fields.ts';
import { at } from './selectors.ts';
import { conflict, type Cause, type Subject } from './status.ts';
import { fieldSchema, resolve, type Schema } from './table.ts';

/** One entry of `managedFields`. */
interface Entry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: unknown;
  subresource?: string;
}

/** Who writes, and through which door. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string | undefined;
  readonly time: string;
}

/** Fields that nobody owns: they name the object or are the server's. */
const serversOwn = 'name namespace creationTimestamp selfLink uid generation managedFields resourceVersion';
const nobodys = new Set([
  ...['apiVersion', 'kind', 'metadata'].map((name) => `f:${name}`),
  ...serversOwn.split(' ').map((name) => `f:metadata\u0001f:${name}`),
]);

const owned = (set: FieldSet): FieldSet => {
  const isOwned = (path: string): boolean => !nobodys.has(path) && !path.startsWith('f:metadata\u0001f:managedFields');
  return new Set([...set].filter(isOwned));
};

const entriesOf = (object: KubeObject | undefined): Entry[] => (object?.metadata.managedFields ?? []) as Entry[];
const same = (entry: Entry, writer: Writer, apiVersion: string): boolean =>
  entry.manager === writer.manager &&
  entry.operation === writer.operation &&
  entry.subresource === writer.subresource &&
  (entry.apiVersion === apiVersion || writer.operation === 'Apply');

/** Entries after the writer's own set is known; entries that own nothing any more disappear. */
function settle(entries: readonly Entry[], sets: Map<Entry, FieldSet>, own: Entry, time: string): Entry[] {
  const all = entries.includes(own) ? entries : [...entries, own];
  const kept = all.filter((entry) => (sets.get(entry)?.size ?? 0) > 0);
  return kept
    .map((entry) => {
      const fieldsV1 = fields.encode(sets.get(entry) ?? new Set());
      const unchanged = entry.fieldsV1 !== undefined && isDeepStrictEqual(entry.fieldsV1, fieldsV1);
      const { subresource, ...rest } = entry;
      const stamp = unchanged ? (entry.time ?? time) : time;
      const through = subresource ? { subresource } : {};
      // Whose field came through a Scale is not told when.
      const when = subresource === 'scale' ? {} : { time: stamp };
      return { ...rest, ...when, fieldsType: 'FieldsV1', fieldsV1, ...through };
    })
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

const sortKey = ({ operation, time, manager }: Entry): string => `${operation} ${time ?? ''} ${manager}`;

/** `managedFields` after a create, update or patch: the writer owns what it changed, everybody else loses that. */
export function trackUpdate(
  live: KubeObject | undefined,
  empty: Json,
  next: KubeObject,
  schema: Schema,
  writer: Writer,
): Entry[] {
  const given = next.metadata.managedFields as Entry[] | undefined;
  // A single empty entry is the documented way to reset ownership.
  const reset = given?.length === 1 && Object.keys(given[0] ?? {}).length === 0;
  const entries = reset ? [] : given?.length ? given : entriesOf(live);
  const { changed, removed } = fields.compare(live ?? empty, next, schema);
  // A Scale does not write a size of 0, so that nobody owns it.
  const unsaid = writer.subresource === 'scale' && at(next, 'spec.replicas') === 0;
  const mine = owned(changed);
  const own = entries.find((entry) => same(entry, writer, next.apiVersion)) ?? newEntry(writer, next.apiVersion);
  const sets = new Map<Entry, FieldSet>();
  for (const entry of entries.includes(own) ? entries : [...entries, own]) {
    const before = fields.decodeFields(entry.fieldsV1);
    const kept = fields.minus(before, removed);
    sets.set(entry, entry === own && !unsaid ? fields.union(kept, mine) : fields.minus(kept, mine));
  }
  return settle(entries, sets, own, writer.time);
}

const newEntry = (writer: Writer, apiVersion: string): Entry => ({
  manager: writer.manager,
  operation: writer.operation,
  apiVersion,
  ...(writer.subresource ? { subresource: writer.subresource } : {}),
});

/** The object after an applied configuration, with its new owners; refuses to take others' fields unless forced. */
export function apply(
  live: KubeObject | undefined,
  config: KubeObject,
  schema: Schema,
  writer: Writer,
  options: {
    readonly force: boolean;
    readonly subject: Subject;
    readonly ignore: (path: string) => boolean;
    /** Fields that may be taken from others without force. */
    readonly granted: FieldSet;
  },
): KubeObject {
  const entries =
    live?.metadata.managedFields?.length || !live ? entriesOf(live) : [beforeFirst(live, schema, writer.time)];
  const own = entries.find((entry) => same(entry, writer, config.apiVersion)) ?? newEntry(writer, config.apiVersion);
  const last = own.fieldsV1 === undefined ? new Set<string>() : fields.decodeFields(own.fieldsV1);
  const wanted = new Set([...owned(fields.fieldsOf(config, schema))].filter((path) => !options.ignore(path)));
  const merged = live ? (merge(live, config, schema) as KubeObject) : config;

  const others = new Map<Entry, FieldSet>();
  for (const entry of entries) if (entry !== own) others.set(entry, fields.decodeFields(entry.fieldsV1));
  const everybody = [wanted, ...others.values()];
  const gone = new Set(
    [...owned(fields.withParents(last))].filter((path) => !everybody.some((set) => fields.touches(set, path))),
  );
  const next = (gone.size > 0 ? fields.without(merged, schema, gone) : merged) as KubeObject;

  const { changed, removed } = fields.compare(live ?? {}, next, schema);
  const contested = new Map<Entry, FieldSet>();
  for (const [entry, set] of others) {
    const taken = fields.common(set, changed);
    if (taken.size > 0) contested.set(entry, taken);
  }
  const refused = [...contested]
    .map(([entry, set]) => [entry, fields.minus(set, options.granted)] as const)
    .filter(([, set]) => set.size > 0);
  if (refused.length > 0 && !options.force) throw refusal(new Map(refused), options.subject, config.metadata.name);
  const sets = new Map<Entry, FieldSet>([[own, wanted]]);
  for (const [entry, set] of others)
    sets.set(entry, fields.minus(set, fields.union(contested.get(entry) ?? new Set(), removed)));
  const settled = settle(entries, sets, own, writer.time);
  return { ...next, metadata: { ...next.metadata, managedFields: settled } };
}

/** Who owns what was there before anybody's ownership was known. */
const beforeFirst = (live: KubeObject, schema: Schema, time: string): Entry => ({
  ...newEntry({ manager: 'before-first-apply', operation: 'Update', subresource: undefined, time }, live.apiVersion),
  time,
  fieldsType: 'FieldsV1',
  fieldsV1: fields.encode(owned(fields.compare(emptyObject(schema), live, schema).changed)),
});

function refusal(contested: Map<Entry, FieldSet>, subject: Subject, name: string): Error {
  const causes: Cause[] = [];
  const groups: string[] = [];
  const single = [...contested.values()].reduce((sum, set) => sum + set.size, 0) === 1;
  for (const [entry, set] of contested) {
    const through = entry.subresource ? ` with subresource "${entry.subresource}"` : '';
    const using = entry.operation === 'Update' ? ` using ${entry.apiVersion}` : '';
    const who = `"${entry.manager}"${through}${using}`;
    const paths = [...set].sort().map(fields.readable);
    for (const field of paths) causes.push({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field });
    groups.push(single ? `conflict with ${who}: ${paths[0]}` : `conflicts with ${who}:\n- ${paths.join('\n- ')}`);
  }
  const count = `${causes.length} conflict${causes.length === 1 ? '' : 's'}`;
  return conflict(subject, name, `Apply failed with ${count}: ${groups.join('\n')}`, causes);
}

/** Live fields with the configuration's laid over them, list items matched by their keys. */
export function merge(live: unknown, config: unknown, schema: Schema): unknown {
  if (config === undefined) return live;
  if (isObject(live) && isObject(config) && schema['x-kubernetes-map-type'] !== 'atomic') {
    const out: Json = { ...live };
    for (const [name, value] of Object.entries(config))
      out[name] = merge(live[name], value, fieldSchema(schema, name)?.schema ?? {});
    return out;
  }
  if (!Array.isArray(live) || !Array.isArray(config) || fields.listKind(schema) === 'atomic') return config;
  const element = (item: unknown): string => fields.itemElement(item, schema);
  const before = new Map(live.map((item: unknown) => [element(item), item]));
  const wanted = new Map(config.map((item: unknown) => [element(item), item]));
  // The configuration's order holds; what only the live list has stays in its place between them.
  const out: unknown[] = [];
  const queue = [...wanted];
  const take = (count: number): void => {
    for (const [key, item] of queue.splice(0, count))
      out.push(merge(before.get(key), item, resolve(schema.items ?? {})));
  };
  for (const [key, item] of before)
    if (wanted.has(key)) take(queue.findIndex(([next]) => next === key) + 1);
    else out.push(item);
  take(queue.length);
  return out;
}
