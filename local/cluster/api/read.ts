/**
 * From what a client sent to a complete object of its kind. Separate because nothing is decided here: types, names and unknown
 * fields are looked at, and what is absent is filled in.
 */
import type { KubeObject } from '../objects.ts';
import type { Attempt, Place } from './attempt.ts';
import { dropEmpty, fillDefaults, isObject, prune, type Findings, type Json } from './decode.ts';
import { duplicateKeys } from './fields.ts';
import { kindDefaults } from './defaults.ts';
import { ApiError, badRequest, invalid, unchecked } from './status.ts';
import { apiVersionOf, isCustom, objectSchema, type Resource } from './table.ts';

/** What a client sent, as an object of the resource; unknown fields are refused, told or dropped as the client wished. */
export function read(resource: Resource, body: unknown, attempt: Attempt, applied = false): KubeObject {
  if (!isObject(body))
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: the body is not an object`,
    );
  const apiVersion = apiVersionOf(resource);
  if (applied) checkAppliedKind(resource, body, apiVersion);
  else checkKindOf(resource, body, apiVersion);
  const findings: Findings = { unknown: [] };
  const pruned = prune(body, objectSchema(resource), findings) as KubeObject;
  const { wrongType, unknown, notAQuantity } = findings;
  const untyped = (why: string): ApiError =>
    new ApiError(
      500,
      '',
      `failed to create typed patch object (${nameIn(body, 'namespace')}/${nameIn(body, 'name')}; ${typed(apiVersion)}, Kind=${resource.kind}): ${why}`,
    );
  if (wrongType) {
    const { found, type, path, owner, value } = wrongType;
    if (applied && !isCustom(resource) && isPlain(type))
      throw untyped(`.${path}: expected ${type}, got &value.valueUnstructured{Value:${JSON.stringify(value)}}`);
    if (isCustom(resource))
      throw invalid(resource, nameIn(body, 'name'), [
        {
          reason: 'FieldValueTypeInvalid',
          message: `Invalid value: ${JSON.stringify(found)}: ${path} in body must be of type ${plainType(type)}: ${JSON.stringify(found)}`,
          field: path,
        },
        unchecked,
      ]);
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: json: cannot unmarshal ${found} into Go struct field ${owner}.${path} of type ${type}`,
    );
  }
  const lines = unknown.map((path) => `unknown field "${path}"`);
  if (unknown.length > 0 && (attempt.validation === 'Strict' || (applied && !isCustom(resource))))
    throw applied
      ? untyped(unknown.map((path) => `.${path}: field not declared in schema`).join('\n'))
      : badRequest(
          `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${lines.join(', ')}`,
        );
  const double = applied ? duplicateKeys(pruned, objectSchema(resource))[0] : undefined;
  if (double) throw untyped(double);
  if (notAQuantity !== undefined && !isCustom(resource))
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    );
  if (attempt.validation === 'Warn') attempt.warnings.push(...lines);
  return { ...pruned, apiVersion, kind: resource.kind, metadata: { ...pruned.metadata } };
}

/** The core group's versions as server-side apply spells them. */
const typed = (apiVersion: string): string => (apiVersion.includes('/') ? apiVersion : `/${apiVersion}`);
const isPlain = (type: string): boolean => ['string', 'bool', 'int32', 'int64'].includes(type);

/** Server-side apply takes nothing but the kind of its path. */
function checkAppliedKind(resource: Resource, body: Json, apiVersion: string): void {
  const { kind = '', apiVersion: version = '' } = body as { kind?: string; apiVersion?: string };
  if (kind !== resource.kind || version !== apiVersion)
    throw badRequest(`invalid object type: ${typed(version)}, Kind=${kind}`);
}

/** Types in the words of custom kinds' schemas. */
const plainType = (type: string): string => (type === 'bool' ? 'boolean' : /^int\d+$/.test(type) ? 'integer' : type);

function checkKindOf(resource: Resource, body: Json, apiVersion: string): void {
  const { kind = resource.kind, apiVersion: version = apiVersion } = body as { kind?: string; apiVersion?: string };
  if (isCustom(resource) && body['kind'] === undefined) {
    const text = JSON.stringify(body);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing in '${text}' (${text.slice(0, 30)} ...)`,
    );
  }
  if (kind === resource.kind && version === apiVersion) return;
  const short = version.split('/').at(-1) ?? '';
  throw badRequest(
    `${kind} in version "${short}" cannot be handled as a ${resource.kind}: converting (${short}.${kind}) to (${resource.group.split('.')[0] || 'core'}.${resource.kind}): unknown conversion`,
  );
}

/** An object with everything filled in; the input is not changed. */
export function complete(resource: Resource, next: KubeObject): KubeObject {
  const custom = isCustom(resource);
  const schema = objectSchema(resource);
  const shown = custom ? next : dropEmpty(next, schema);
  const full = fillDefaults(structuredClone(shown), schema, custom) as KubeObject;
  kindDefaults(full);
  return full;
}

/** Fills in name and namespace from the path; refuses a body that says something else. */
export function checkAddress({ namespace, name }: Place, next: KubeObject): void {
  const given = next.metadata.namespace;
  if (given && namespace !== undefined && given !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (name && next.metadata.name && next.metadata.name !== name)
    throw badRequest(`the name of the object (${next.metadata.name}) does not match the name on the URL (${name})`);
  next.metadata.name ||= name;
  if (namespace === undefined) delete next.metadata.namespace;
}

/** A name in the metadata of a body that may be anything. */
function nameIn(body: Json, field: 'name' | 'namespace'): string {
  const metadata = body['metadata'];
  const name = isObject(metadata) ? metadata[field] : '';
  return typeof name === 'string' ? name : '';
}
