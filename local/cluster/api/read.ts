/**
 * From what a client sent to a complete object of its kind. Separate because nothing is decided here: types, names and unknown
 * fields are looked at, and what is absent is filled in.
 */
import type { KubeObject } from '../objects.ts';
import type { Attempt, Place } from './attempt.ts';
import { fillDefaults, isObject, prune, type Findings, type Json } from './decode.ts';
import { kindDefaults } from './defaults.ts';
import { badRequest, invalid } from './status.ts';
import { apiVersionOf, isCustom, objectSchema, type Resource } from './table.ts';

/** What a client sent, as an object of the resource; unknown fields are refused, told or dropped as the client wished. */
export function read(resource: Resource, body: unknown, attempt: Attempt, applied = false): KubeObject {
  if (!isObject(body))
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: the body is not an object`,
    );
  const apiVersion = apiVersionOf(resource);
  const given = { apiVersion: body['apiVersion'] ?? apiVersion, kind: body['kind'] ?? resource.kind };
  if (given.apiVersion !== apiVersion || given.kind !== resource.kind)
    throw badRequest(
      `${JSON.stringify(given.kind)} in version ${JSON.stringify(given.apiVersion)} cannot be handled as a ${resource.kind}: the API version or kind in the data does not match the expected ${apiVersion}, Kind=${resource.kind}`,
    );
  const findings: Findings = { unknown: [] };
  const pruned = prune(body, objectSchema(resource), findings) as KubeObject;
  const { wrongType, unknown } = findings;
  if (wrongType) {
    const { found, type, path } = wrongType;
    if (isCustom(resource))
      throw invalid(resource, nameIn(body, 'name'), [
        {
          reason: 'FieldValueTypeInvalid',
          message: `Invalid value: ${JSON.stringify(found)}: ${path} in body must be of type ${type === 'bool' ? 'boolean' : type}: ${JSON.stringify(found)}`,
          field: path,
        },
      ]);
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: json: cannot unmarshal ${found} into Go struct field ${path} of type ${type}`,
    );
  }
  const lines = unknown.map((path) => `unknown field "${path}"`);
  if (unknown.length > 0 && (attempt.validation === 'Strict' || (applied && !isCustom(resource))))
    throw badRequest(
      applied
        ? `failed to create typed patch object (${nameIn(body, 'namespace')}/${nameIn(body, 'name')}; ${apiVersion}, Kind=${resource.kind}): ${unknown.map((path) => `.${path}: field not declared in schema`).join('\n')}`
        : `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${lines.join(', ')}`,
    );
  if (attempt.validation === 'Warn') attempt.warnings.push(...lines);
  return { ...pruned, apiVersion, kind: resource.kind, metadata: { ...pruned.metadata } };
}

/** An object with everything filled in; the input is not changed. */
export function complete(resource: Resource, next: KubeObject): KubeObject {
  const full = fillDefaults(structuredClone(next), objectSchema(resource), isCustom(resource)) as KubeObject;
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
