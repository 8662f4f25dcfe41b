/**
 * Reads a YAML text into a type, or says what is wrong with it by line and column.
 * Separate because settings and service files are both written by hand and deserve the same messages.
 */
import * as v from 'valibot';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { found } from './values.ts';

/** One thing that is wrong; `path` is the key path (`environments.feature.quota.cpu`), empty for the whole file. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

export type Reading<Value> =
  { readonly kind: 'read'; readonly value: Value } | { readonly kind: 'wrong'; readonly problems: readonly Problem[] };

/** Larger files are refused unread: nobody writes these by hand. */
const LARGEST_FILE = 65_536;

/** Parses YAML 1.2 and then the schema. An empty file counts as an empty mapping. */
export function readYaml<const Schema extends v.GenericSchema>(
  text: string,
  schema: Schema,
): Reading<v.InferOutput<Schema>> {
  if (text.length > LARGEST_FILE) {
    return wrong([
      { line: 1, column: 1, path: '', message: `the file has more than ${String(LARGEST_FILE)} characters` },
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  if (document.errors.length > 0) {
    return wrong(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { line, column: col, path: '', message: `not valid YAML: ${error.message}` };
      }),
    );
  }
  const plain = plainValue(document);
  if (plain.kind === 'wrong') return plain;
  const reserved = reservedKey(plain.value);
  if (reserved !== undefined) {
    const message = 'no key can have this name; choose another';
    return wrong([{ ...position(document, lines, reserved), path: keyPath(reserved), message }]);
  }
  const parsed = v.safeParse(schema, plain.value);
  if (parsed.success) return { kind: 'read', value: parsed.output };
  return wrong(
    parsed.issues.map((issue) => {
      const keys = (issue.path ?? []).map((item) => item.key as string | number);
      return { ...position(document, lines, keys), path: keyPath(keys), message: issue.message };
    }),
  );
}

/** One problem as people read it: `settings.yaml:3:5: environments.feature.quota.cpu: …`. */
export function describeProblem(file: string, problem: Problem): string {
  const where = `${file}:${String(problem.line)}:${String(problem.column)}`;
  const said = problem.path === '' ? problem.message : `${problem.path}: ${problem.message}`;
  // A problem is one line, whatever stands in the file.
  return `${where}: ${said.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`;
}

function wrong(problems: readonly Problem[]): { readonly kind: 'wrong'; readonly problems: readonly Problem[] } {
  return { kind: 'wrong', problems };
}

/** Aliases that would grow without end are refused by the library while it resolves them. */
function plainValue(document: Document): Reading<unknown> {
  try {
    return { kind: 'read', value: (document.toJS({ maxAliasCount: 100 }) as unknown) ?? {} };
  } catch (error) {
    const message = `its aliases cannot be resolved: ${error instanceof Error ? error.message : String(error)}`;
    return wrong([{ line: 1, column: 1, path: '', message }]);
  }
}

/** Keys that every JavaScript object has of its own: parsers would take them for something that is there. */
const RESERVED_KEYS = ['__proto__', 'constructor', 'prototype'];

/** Where such a key stands. */
function reservedKey(value: unknown, seen = new Set<object>()): readonly (string | number)[] | undefined {
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  for (const [name, inner] of Object.entries(value)) {
    const key = Array.isArray(value) ? Number(name) : name;
    if (typeof key === 'string' && RESERVED_KEYS.includes(key)) return [key];
    const below = reservedKey(inner, seen);
    if (below !== undefined) return [key, ...below];
  }
  return undefined;
}

/** A key that is no word is quoted, so that a path stays readable whatever somebody wrote. */
function keyPath(keys: readonly (string | number)[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${String(key)}]`;
    const shown = /^[\w./-]{1,80}$/.test(key) ? key : found(key);
    return path === '' ? shown : `${path}.${shown}`;
  }, '');
}

/** Where the key stands, or the nearest parent when the key is missing. */
function position(
  document: Document,
  lines: LineCounter,
  keys: readonly (string | number)[],
): { readonly line: number; readonly column: number } {
  for (let length = keys.length; length > 0; length -= 1) {
    const offset = offsetOf(document, keys.slice(0, length));
    if (offset !== undefined) {
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

function offsetOf(document: Document, keys: readonly (string | number)[]): number | undefined {
  const parent = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true);
  const last = keys.at(-1);
  const items = (parent as { items?: readonly unknown[] } | null | undefined)?.items;
  const item =
    typeof last === 'number'
      ? items?.[last]
      : items?.find((pair) => (pair as { key?: { value?: unknown } }).key?.value === last);
  const node = (item as { key?: unknown } | undefined)?.key ?? item;
  return (node as { range?: readonly [number, number, number] } | undefined)?.range?.[0];
}
