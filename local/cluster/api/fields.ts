/**
 * Sets of fields: which fields an object has, and which differ between two. Separate because ownership (`apply.ts`) is arithmetic
 * on these sets; the rules for maps, lists and keys follow
 * https://github.com/kubernetes-sigs/structured-merge-diff (fieldpath and typed).
 */
import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json } from './decode.ts';
import { fieldSchema, resolve, type Schema } from './table.ts';

/** Paths of elements (`f:name`, `k:{"name":"x"}`, `v:"x"`) joined by a character that no field name contains. */
export type FieldSet = Set<string>;
const separator = '\u0001';
const under = (path: string, element: string): string => (path === '' ? element : `${path}${separator}${element}`);

/** The fields of both sets. */
export const union = (one: FieldSet, other: FieldSet): FieldSet => new Set([...one, ...other]);
/** The fields of the first set that the second does not have. */
export const minus = (one: FieldSet, other: FieldSet): FieldSet => new Set([...one].filter((path) => !other.has(path)));
/** The fields that both sets have. */
export const common = (one: FieldSet, other: FieldSet): FieldSet => new Set([...one].filter((path) => other.has(path)));

/** How a list is merged: as one value, by the keys of its items, or as a set of values. */
export const listKind = (schema: Schema): 'atomic' | 'map' | 'set' => schema['x-kubernetes-list-type'] ?? 'atomic';
const isAtomic = (value: unknown, schema: Schema): boolean =>
  Array.isArray(value)
    ? listKind(schema) === 'atomic'
    : !isObject(value) ||
      schema['x-kubernetes-map-type'] === 'atomic' ||
      (!schema.properties && typeof schema.additionalProperties !== 'object');

/** The element that names an item of a list; absent keys take their schema's default, as ports without a protocol. */
export function itemElement(item: unknown, schema: Schema): string {
  if (listKind(schema) === 'set') return `v:${JSON.stringify(item)}`;
  const fields = resolve(schema.items ?? {});
  const keys: Json = {};
  for (const key of [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort()) {
    const value = isObject(item) ? (item[key] ?? fields.properties?.[key]?.default) : undefined;
    if (value !== undefined) keys[key] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

/** The fields below one value: their elements, values and schemas; undefined when the value counts as a whole. */
function children(
  value: unknown,
  schema: Schema,
): Map<string, { value: unknown; schema: Schema; named: boolean }> | undefined {
  if (value === undefined || isAtomic(value, schema)) return undefined;
  const found = new Map<string, { value: unknown; schema: Schema; named: boolean }>();
  if (Array.isArray(value))
    for (const item of value)
      found.set(itemElement(item, schema), { value: item, schema: resolve(schema.items ?? {}), named: false });
  else
    for (const [name, inner] of Object.entries(value as Json)) {
      const field = fieldSchema(schema, name);
      if (field && inner !== undefined) found.set(`f:${name}`, { value: inner, ...field });
    }
  return found;
}

/** The fields that an applied configuration has an opinion about. */
export function fieldsOf(value: unknown, schema: Schema, path = '', into: FieldSet = new Set()): FieldSet {
  const below = children(value, schema);
  if (!below || below.size === 0) {
    if (path !== '') into.add(path);
    return into;
  }
  for (const [element, child] of below) {
    if (!child.named) into.add(under(path, element));
    fieldsOf(child.value, child.schema, under(path, element), into);
  }
  return into;
}

/** Items of keyed lists whose keys are there twice, in the words of server-side apply. */
export function duplicateKeys(value: unknown, schema: Schema, path = ''): string[] {
  const below = children(value, schema);
  if (!below) return [];
  const seen = new Set<string>();
  const twice = Array.isArray(value)
    ? value.map((item: unknown) => itemElement(item, schema)).filter((one) => seen.size === seen.add(one).size)
    : [];
  return [
    ...[...new Set(twice)].map((one) => `${readable(path)}: duplicate entries for key ${readable(one)}`),
    ...[...below].flatMap(([element, child]) => duplicateKeys(child.value, child.schema, under(path, element))),
  ];
}

/** What changed between two objects. */
export interface Difference {
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** Fields that were added, changed or removed from one object to the next. */
export function compare(
  before: unknown,
  after: unknown,
  schema: Schema,
  path = '',
  into: Difference = { changed: new Set(), removed: new Set() },
): Difference {
  const left = children(before, schema);
  const right = children(after, schema);
  if (path !== '' && before === undefined) into.changed.add(path);
  if (path !== '' && after === undefined) into.removed.add(path);
  if (!left && !right) {
    if (before !== undefined && after !== undefined && !isDeepStrictEqual(before, after)) into.changed.add(path);
    return into;
  }
  for (const element of new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])) {
    const one = left?.get(element);
    const other = right?.get(element);
    const below = (one ?? other)?.schema ?? {};
    compare(one?.value, other?.value, below, under(path, element), into);
  }
  return into;
}

/** The fields of a set with the named structures that hold them, which belong to whoever owns all that is in them. */
export function withParents(set: FieldSet): FieldSet {
  const all = new Set(set);
  for (const path of set) {
    const elements = path.split(separator);
    // A map's entries and a list's items are members of their own; only fields of structures follow from what they hold.
    for (let length = elements.length - 1; length > 0; length -= 1)
      if (elements[length - 1]?.startsWith('f:')) all.add(elements.slice(0, length).join(separator));
  }
  return all;
}

/** Whether a set has the path or anything below it. */
export const touches = (set: FieldSet, path: string): boolean =>
  set.has(path) || [...set].some((one) => one.startsWith(path + separator));

/** Takes the fields of a set out of an object, deepest first. */
export function without(value: unknown, schema: Schema, gone: FieldSet, path = ''): unknown {
  const below = children(value, schema);
  if (!below) return value;
  const kept: [string, unknown][] = [];
  for (const [element, child] of below) {
    const here = under(path, element);
    if (!gone.has(here)) kept.push([element.slice(2), without(child.value, child.schema, gone, here)]);
  }
  return Array.isArray(value) ? kept.map(([, item]) => item) : Object.fromEntries(kept);
}

/** A set as `fieldsV1`. */
export function encode(set: FieldSet): Json {
  const root: Json = {};
  for (const path of [...set].sort()) {
    let node = root;
    for (const element of path.split(separator)) node = (node[element] ??= {}) as Json;
    node['.'] = {};
  }
  const tidy = (node: Json): Json => {
    const names = Object.keys(node);
    if (names.length === 1 && names[0] === '.') return {};
    return Object.fromEntries(names.map((name) => [name, name === '.' ? {} : tidy(node[name] as Json)]));
  };
  return Object.fromEntries(Object.entries(root).map(([name, node]) => [name, tidy(node as Json)]));
}

/** The set that a `fieldsV1` says. */
export function decodeFields(fields: unknown, path = '', into: FieldSet = new Set()): FieldSet {
  const entries = isObject(fields) ? Object.entries(fields) : [];
  if (path !== '' && entries.length === 0) into.add(path);
  for (const [element, below] of entries)
    if (element === '.') into.add(path);
    else decodeFields(below, under(path, element), into);
  return into;
}

/** A path as messages show it: `.spec.containers[name="web"].image`. */
export function readable(path: string): string {
  const show = (element: string): string => {
    const rest = element.slice(2);
    if (element.startsWith('f:')) return `.${rest}`;
    if (element.startsWith('v:')) return `[=${rest}]`;
    const keys = Object.entries(JSON.parse(rest) as Json);
    return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
  };
  return path.split(separator).map(show).join('');
}
