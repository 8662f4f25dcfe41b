/**
 * What kinds there are and what their objects look like: typed access to `openapi.json`, which `make-table.ts` made from a real API
 * server. Separate because discovery, validation, defaulting and field ownership all follow from this one table.
 */
import { readFileSync } from 'node:fs';
import type { KubeObject } from '../objects.ts';

/** An OpenAPI schema as the API server publishes it, without descriptions. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly oneOf?: readonly Schema[];
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** One column of what `kubectl get` prints. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly priority: number;
}

/** What hangs below an object of a resource; what is not served is refused by name. */
export interface Subresource {
  readonly name: string;
  readonly served: boolean;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** A resource: its kind, its names in paths and on the command line, and what may be done with it. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
  readonly schema: string;
  readonly columns: readonly Column[];
}

const table = JSON.parse(readFileSync(new URL('openapi.json', import.meta.url), 'utf8')) as {
  resources: Resource[];
  schemas: Record<string, Schema>;
  roles: KubeObject[];
  numbers: Record<string, Record<string, string>>;
};

/** All resources; those without the verb `list` are questions that are answered and not stored. */
export const resources: readonly Resource[] = table.resources;
export const schemas: Readonly<Record<string, Schema>> = table.schemas;

/** Roles and bindings that every cluster has from the beginning. */
export const roles: readonly KubeObject[] = table.roles;

/** Field numbers of each schema's protocol buffer; `+Name` is a message whose fields stand in the outer object. */
export const fieldNumbers: Readonly<Record<string, Readonly<Record<string, string>>>> = table.numbers;

/** `v1`, `apps/v1`. */
export const apiVersionOf = (resource: Pick<Resource, 'group' | 'version'>): string =>
  resource.group ? `${resource.group}/${resource.version}` : resource.version;

/** Under which name the store keeps the objects of a resource. */
export const storeKey = (resource: Resource): string => `${apiVersionOf(resource)}/${resource.kind}`;

const byKind = new Map(resources.map((resource) => [storeKey(resource), resource]));
const byPlural = new Map(resources.map((resource) => [`${apiVersionOf(resource)}/${resource.plural}`, resource]));

/** The resource of an object's `apiVersion` and `kind`. */
export const resourceOfKind = (apiVersion: string, kind: string): Resource | undefined =>
  byKind.get(`${apiVersion}/${kind}`);

/** The resource of a path's group, version and plural name. */
export const resourceOfPath = (apiVersion: string, plural: string): Resource | undefined =>
  byPlural.get(`${apiVersion}/${plural}`);

/** Resources whose objects are stored. */
export const stored: readonly Resource[] = resources.filter((resource) => resource.verbs.includes('list'));

/** Whether the objects have a status that only the subresource writes. */
export const hasStatus = (resource: Resource): boolean => resource.subresources.some((one) => one.name === 'status');

/** Kinds that a CustomResourceDefinition made: they are validated by their schema alone, and all its defaults apply. */
export const isCustom = (resource: Resource): boolean => resource.group === 'gateway.networking.k8s.io';

/** Follows a reference; what stands beside it (a default) is kept. */
export function resolve(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const target = schemas[schema.$ref] ?? {};
  return schema.default === undefined ? target : { ...target, default: schema.default };
}

/** The schema of a field of an object: a named property, an entry of a map, or nothing that is known. */
export function fieldSchema(
  schema: Schema,
  name: string,
): { readonly schema: Schema; readonly named: boolean } | undefined {
  const property = schema.properties?.[name];
  if (property) return { schema: resolve(property), named: true };
  if (typeof schema.additionalProperties === 'object')
    return { schema: resolve(schema.additionalProperties), named: false };
  if (schema['x-kubernetes-preserve-unknown-fields'] || !schema.properties) return { schema: {}, named: false };
  return undefined;
}

/** The schema of a resource's objects. */
export const objectSchema = (resource: Resource): Schema => schemas[resource.schema] ?? {};
