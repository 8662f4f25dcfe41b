/**
 * The three patches that are not server-side apply: JSON patch (RFC 6902), merge patch (RFC 7386) and Kubernetes' strategic merge
 * patch, which merges lists by the keys in the schema.
 */
import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json } from './decode.ts';
import { ApiError, badRequest } from './status.ts';
import { fieldSchema, resolve, type Schema } from './table.ts';

/** RFC 7386: null removes, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const out: Json = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete out[name];
    else out[name] = mergePatch(out[name], value);
  return out;
}

interface Step {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** RFC 6902; a failed `test` and a missing path refuse the whole patch. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  const root = { value: structuredClone(target) };
  for (const step of patch as Step[]) {
    const fail = (): ApiError =>
      new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
    const locate = (pointer: string): { holder: Json | unknown[]; key: string } => {
      const keys = [
        'value',
        ...pointer
          .split('/')
          .slice(1)
          .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')),
      ];
      let holder: unknown = root;
      for (const key of keys.slice(0, -1)) holder = (holder as Json | undefined)?.[key];
      if (typeof holder !== 'object' || holder === null) throw fail();
      return { holder: holder as Json | unknown[], key: keys.at(-1) ?? '' };
    };
    const read = (pointer: string): unknown => {
      const { holder, key } = locate(pointer);
      return (holder as Json)[key];
    };
    const remove = (pointer: string): void => {
      const { holder, key } = locate(pointer);
      if (!(key in holder)) throw fail();
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
    };
    const add = (pointer: string, value: unknown): void => {
      const { holder, key } = locate(pointer);
      if (Array.isArray(holder)) holder.splice(key === '-' ? holder.length : Number(key), 0, value);
      else holder[key] = value;
    };
    switch (step.op) {
      case 'add':
        add(step.path, step.value);
        break;
      case 'remove':
        remove(step.path);
        break;
      case 'replace': {
        // A real API server's library lets a member that is not there be replaced.
        if (Array.isArray(locate(step.path).holder)) remove(step.path);
        add(step.path, step.value);
        break;
      }
      case 'move':
      case 'copy': {
        const value = structuredClone(read(step.from ?? ''));
        if (step.op === 'move') remove(step.from ?? '');
        add(step.path, value);
        break;
      }
      case 'test':
        if (!isDeepStrictEqual(read(step.path), step.value)) throw fail();
        break;
      default:
        throw fail();
    }
  }
  return root.value;
}

/** Merges by the schema's patch strategies, with the directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder`. */
export function strategicMergePatch(target: unknown, patch: unknown, of: Schema): unknown {
  const schema = resolve(of);
  if (!isObject(patch)) return patch;
  if (patch['$patch'] === 'replace') return plain(patch);
  if (patch['$patch'] === 'delete') return undefined;
  let out: Json = isObject(target) ? { ...target } : {};
  const retained = patch['$retainKeys'];
  if (Array.isArray(retained))
    out = Object.fromEntries(Object.entries(out).filter(([name]) => retained.includes(name)));
  for (const [name, value] of Object.entries(patch)) {
    if (name === '$retainKeys' || name === '$patch') continue;
    const order = name.startsWith('$setElementOrder/');
    const field = name.replace(/^\$(setElementOrder|deleteFromPrimitiveList)\//, '');
    const below = fieldSchema(schema, field)?.schema ?? {};
    if (name.startsWith('$deleteFromPrimitiveList/'))
      out[field] = ((out[field] as unknown[] | undefined) ?? []).filter((one) => !(value as unknown[]).includes(one));
    else if (order) continue;
    else if (value === null) delete out[name];
    else if (Array.isArray(value) && below['x-kubernetes-patch-strategy']?.includes('merge'))
      out[name] = mergeList(
        (out[name] as unknown[] | undefined) ?? [],
        value,
        below,
        patch[`$setElementOrder/${name}`],
      );
    else if (isObject(value)) out[name] = strategicMergePatch(out[name], value, below);
    else out[name] = value;
    if (out[name] === undefined) delete out[name];
  }
  return out;
}

const plain = (patch: Json): Json =>
  Object.fromEntries(Object.entries(patch).filter(([name]) => !name.startsWith('$')));
const keyed = (item: unknown, key: string | undefined): unknown => (key && isObject(item) ? item[key] : item);

function mergeList(live: unknown[], patch: unknown[], schema: Schema, given: unknown): unknown[] {
  const key = schema['x-kubernetes-patch-merge-key'];
  const directive = patch.find((item) => isObject(item) && item['$patch'] === 'replace');
  if (directive) return patch.filter((item) => item !== directive);
  const order = Array.isArray(given) ? given : patch;
  if (key === undefined) return ordered([...new Set([...live, ...patch])], order, live, key);
  const out = [...live];
  for (const item of patch) {
    if (!isObject(item) || item[key] === undefined)
      throw new ApiError(500, '', `map: ${goMap(item)} does not contain declared merge key: ${key}`);
    const at = out.findIndex((one) => keyed(one, key) === item[key]);
    if (item['$patch'] === 'delete') out.splice(at === -1 ? out.length : at, 1);
    else if (at === -1) out.push(plain(item));
    else out[at] = strategicMergePatch(out[at], item, schema.items ?? {});
  }
  return ordered(out, order, live, key);
}

const goMap = (value: unknown): string =>
  isObject(value)
    ? `map[${Object.entries(value)
        .map(([name, one]) => `${name}:${goMap(one)}`)
        .sort(byText)
        .join(' ')}]`
    : (value as string);
const byText = (one: string, other: string): number => (one < other ? -1 : 1);

/**
 * Items in the patch's order, between what it does not name. As the API server merges both
 * (https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go,
 * `mergeSortedSlice`), an item of its own comes before one that it does not name, unless both were there in the other order.
 */
function ordered(list: unknown[], order: unknown[], live: unknown[], key: string | undefined): unknown[] {
  const rankIn =
    (where: unknown[]) =>
    (item: unknown): number =>
      where.findIndex((one) => keyed(one, key) === keyed(item, key));
  const rank = rankIn(order);
  const before = rankIn(live);
  const named = list.filter((item) => rank(item) !== -1).sort((one, other) => rank(one) - rank(other));
  const out: unknown[] = [];
  for (const item of list.filter((one) => rank(one) === -1)) {
    const behind = named.findIndex((one) => before(one) !== -1 && before(item) !== -1 && before(item) < before(one));
    out.push(...named.splice(0, behind === -1 ? named.length : behind), item);
  }
  return [...out, ...named];
}

/** The refusal of an object that a patch made unreadable: it shows the patch as Go prints it, or the object that came of it. */
export function patchRefusal(error: unknown, kind: string, type: string, patch: unknown, patched: unknown): unknown {
  if (!(error instanceof ApiError) || error.code !== 400) return error;
  const why = error.message
    .replace(/^.*? cannot be handled as a \w+: /, '')
    .replace(/Go struct field \.(\w+)\.\w+ /, `Go struct field ${kind}.$1 `)
    .replace(/^json: cannot unmarshal (\w+) into .* of type (\w+)$/, (whole, found: string, wanted: string) =>
      type === 'strategic' ? `cannot convert ${found === 'number' ? 'int64' : found} to ${wanted}` : whole,
    );
  const shown = type === 'strategic' ? inGo(patch) : JSON.stringify(patched);
  const message = `Invalid value: ${JSON.stringify(shown)}: ${why}`;
  const causes = [{ reason: 'FieldValueInvalid', message, field: 'patch' }];
  return new ApiError(422, 'Invalid', ` "" is invalid: patch: ${message}`, { causes });
}

/** A value as Go's `%v` prints it; what is null below the first level was dropped by then. */
function inGo(value: unknown, depth = 0): string {
  if (Array.isArray(value)) return `[${value.map((item) => inGo(item, depth + 1)).join(' ')}]`;
  if (value === null) return '<nil>';
  if (!isObject(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const entries = Object.entries(value).filter(([, inner]) => depth === 0 || inner !== null);
  return `map[${entries
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, inner]) => `${name}:${inGo(inner, depth + 1)}`)
    .join(' ')}]`;
}
