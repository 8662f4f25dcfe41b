/**
 * Reads what a client sent against the schema: wrong types are refused, unknown fields found, absent defaults filled in.
 * Separate because it is generic over all kinds; what a single kind demands beyond its schema is in `rules.ts`.
 */
import { parseQuantity } from './quantity.ts';
import type { Cause } from './status.ts';
import { fieldSchema, resolve, type Schema } from './table.ts';

export type Json = Record<string, unknown>;

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What reading found beside the value. */
export interface Findings {
  /** Unknown fields by path, as `spec.containers[0].imagee`. */
  readonly unknown: string[];
  /** The first value of a wrong type: where, what it is and what it had to be. */
  wrongType?: {
    readonly path: string;
    readonly found: string;
    readonly type: string;
    readonly owner: string;
    readonly value: unknown;
  };
  /** The first amount that is none. */
  notAQuantity?: unknown;
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
};

/** A value as the schema sees it: unknown fields and nulls are gone, and named in `findings`. */
export function prune(value: unknown, of: Schema, findings: Findings, path = '', holder = ''): unknown {
  const schema = resolve(of);
  const owner = of.$ref?.split('.').at(-1) ?? holder;
  if (value === null || value === undefined) return undefined;
  if (!rightType(value, schema)) {
    findings.wrongType ??= { path, found: kindOf(value), type: goType(schema, of), owner: holder, value };
    return undefined;
  }
  if (isQuantity(schema) && parseQuantity(value) === undefined) findings.notAQuantity ??= value;
  if (Array.isArray(value))
    return value.map((item, index) => prune(item, schema.items ?? {}, findings, `${path}[${index}]`, owner) ?? null);
  if (!isObject(value)) return value;
  const out: Json = {};
  for (const [name, inner] of Object.entries(value)) {
    const field = fieldSchema(schema, name);
    if (!field) findings.unknown.push(join(path, name));
    else {
      const read = field.named
        ? prune(inner, schema.properties?.[name] ?? {}, findings, join(path, name), owner)
        : prune(inner, field.schema, findings, join(path, name), owner);
      if (read !== undefined) out[name] = read;
      else if (!field.named && inner === null && field.schema.type === 'string') out[name] = '';
    }
  }
  return out;
}

/** Amounts are the only values that may be written as a text or as a number with a fraction. */
const isQuantity = ({ oneOf }: Schema): boolean =>
  oneOf?.length === 2 && oneOf[0]?.type === 'string' && oneOf[1]?.type === 'number';

function rightType(value: unknown, schema: Schema): boolean {
  if (schema.oneOf && !schema.type) return schema.oneOf.some((one) => rightType(value, resolve(one)));
  switch (schema.type ?? '') {
    case 'integer':
      return Number.isInteger(value) && (schema.format !== 'int32' || Math.abs(value as number) < 2 ** 31);
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string';
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    default:
      return true;
  }
}

/** The name of a schema's type in the words of the API server's decoder. */
function goType(schema: Schema, of: Schema = schema): string {
  const named = of.$ref?.split('.').slice(-2);
  if (named) return named.join('.');
  if (schema.type === 'integer') return schema.format ?? 'int64';
  if (schema.type === 'boolean') return 'bool';
  if (schema.type === 'array') return `[]${goType(resolve(schema.items ?? {}), schema.items)}`;
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object')
    return `map[string]${goType(resolve(schema.additionalProperties), schema.additionalProperties)}`;
  return schema.type ?? 'string';
}

const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false;

/**
 * Fills in the schema's defaults where the parent exists. Built-in kinds publish the zero values of required fields as defaults too:
 * only a status shows these, because what a user must say is not zero by itself. Empty structures are always shown.
 */
export function fillDefaults(value: unknown, of: Schema, custom: boolean, zeros = false): unknown {
  const schema = resolve(of);
  if (Array.isArray(value)) return value.map((item) => fillDefaults(item, schema.items ?? {}, custom, zeros));
  if (!isObject(value)) return value;
  const out: Json = { ...value };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const { default: preset } = resolve(property);
    const shown = custom || !isZero(preset) || (zeros && preset === 0 && schema.required?.includes(name));
    if (out[name] === undefined && preset !== undefined && shown) out[name] = structuredClone(preset);
    if (out[name] !== undefined) out[name] = fillDefaults(out[name], property, custom, zeros || name === 'status');
  }
  if (typeof schema.additionalProperties === 'object')
    for (const name of Object.keys(out))
      out[name] = fillDefaults(out[name], schema.additionalProperties, custom, zeros);
  return out;
}

/** Fields whose empty text means something: an explicit "no class" is not an absent one. */
const meaningfulWhenEmpty = new Set(['storageClassName', 'default', 'value']);

/** Leaves out what built-in kinds do not show: empty texts, lists and maps that nothing requires, and in a status numbers of 0. */
export function dropEmpty(value: unknown, of: Schema, inStatus = false): unknown {
  const schema = resolve(of);
  if (Array.isArray(value)) return value.map((item) => dropEmpty(item, schema.items ?? {}, inStatus));
  if (!isObject(value) || !schema.properties) return value;
  const out: Json = {};
  for (const [name, inner] of Object.entries(value)) {
    const property = resolve(schema.properties[name] ?? {});
    const isMap = isObject(inner) && property.properties === undefined && property.additionalProperties !== undefined;
    const size = isMap ? Object.keys(inner).length : Array.isArray(inner) ? inner.length : 1;
    const empty =
      size === 0 ||
      (inStatus && inner === 0) ||
      (inner === '' && property.type === 'string' && !meaningfulWhenEmpty.has(name));
    if (!empty || schema.required?.includes(name))
      out[name] = dropEmpty(inner, property, inStatus || name === 'status');
  }
  return out;
}

/** An object before anything was said about it: its empty structures, and nulls where lists are required. */
export function emptyObject(of: Schema): Json {
  const schema = resolve(of);
  const out: Json = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const field = resolve(property);
    if (isObject(field.default)) out[name] = emptyObject(property);
    else if (field.type === 'array' && schema.required?.includes(name)) out[name] = null;
  }
  return out;
}

const quote = (value: unknown): string => JSON.stringify(value);

/** What the schema forbids in a value that has the right types: required fields, enumerations, patterns, bounds. */
export function violations(value: unknown, of: Schema, custom: boolean, path = '', into: Cause[] = []): Cause[] {
  const schema = resolve(of);
  const say = (reason: string, message: string, field = path): number => into.push({ reason, message, field });
  // The status is checked by itself: its paths begin below it.
  const bad = (why: string, shown: unknown = value): number =>
    say('FieldValueInvalid', `Invalid value: ${quote(shown)}: ${path.replace(/^status\./, '')} in body should ${why}`);
  if (schema.enum && !schema.enum.includes(value)) {
    const allowed = schema.enum.filter((one) => one !== '').map(quote);
    say('FieldValueNotSupported', `Unsupported value: ${quote(value)}: supported values: ${allowed.join(', ')}`);
  }
  if (typeof value === 'string' && custom) {
    if (schema.minLength !== undefined && value.length < schema.minLength)
      bad(`be at least ${schema.minLength} chars long`);
    if (schema.maxLength !== undefined && value.length > schema.maxLength)
      say('FieldValueTooLong', `Too long: may not be more than ${schema.maxLength} bytes`);
    if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) bad(`match '${schema.pattern}'`);
  }
  if (typeof value === 'number' && custom) {
    if (schema.minimum !== undefined && value < schema.minimum) bad(`be greater than or equal to ${schema.minimum}`);
    if (schema.maximum !== undefined && value > schema.maximum) bad(`be less than or equal to ${schema.maximum}`);
  }
  if (Array.isArray(value)) {
    if (custom && schema.maxItems !== undefined && value.length > schema.maxItems)
      say('FieldValueTooMany', `Too many: ${value.length}: must have at most ${schema.maxItems} items`);
    if (custom && schema.minItems !== undefined && value.length < schema.minItems)
      bad(`have at least ${schema.minItems} items`, value.length);
    value.forEach((item, index) => violations(item, schema.items ?? {}, custom, `${path}[${index}]`, into));
  }
  if (!isObject(value)) return into;
  const required = (): void => {
    for (const name of schema.required ?? [])
      if (value[name] === undefined) say('FieldValueRequired', 'Required value', join(path, name));
  };
  // Custom kinds look at what is there first.
  if (!custom) required();
  for (const [name, inner] of Object.entries(value)) {
    const field = fieldSchema(schema, name);
    if (field) violations(inner, field.schema, custom, join(path, name), into);
  }
  if (custom) required();
  return into;
}
