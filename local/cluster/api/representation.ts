/**
 * The forms in which objects leave: whole, as tables for people, or as metadata alone, by the `Accept` header. Separate because
 * answers, lists and watches all send the same forms.
 */
import type { KubeObject } from '../objects.ts';
import { cellsOf } from './columns.ts';
import type { Json } from './decode.ts';
import { ApiError, badRequest } from './status.ts';
import type { Resource } from './table.ts';

/** A form, with the content type that says so. */
export interface Form {
  readonly kind: 'object' | 'table' | 'metadata';
  readonly contentType: string;
  /** What a table's rows carry beside their cells. */
  readonly include: string;
}

const meta = 'meta.k8s.io/v1';

/** The first form of the `Accept` header that we have. */
export function formOf(accept: string | undefined, query: URLSearchParams): Form {
  const include = query.get('includeObject') ?? 'Metadata';
  for (const part of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((one) => one.trim());
    if (!['application/json', '*/*', 'application/*', 'application/yaml', ''].includes(type)) continue;
    const as = parameters.find((one) => one.startsWith('as='))?.slice(3);
    const contentType = as ? `application/json;as=${as};v=v1;g=meta.k8s.io` : 'application/json';
    if (as !== undefined && !parameters.includes('v=v1')) continue;
    if (as === 'Table' && !['Metadata', 'Object', 'None', ''].includes(include))
      throw badRequest(
        `Unable to convert to Table as requested: includeObject: Invalid value: "${include}": must be 'Metadata', 'Object', 'None', or empty`,
      );
    if (as === 'Table') return { kind: 'table', contentType, include };
    if (as?.startsWith('PartialObjectMetadata')) return { kind: 'metadata', contentType, include };
    if (as === undefined) return { kind: 'object', contentType, include };
  }
  throw (accept ?? '').includes('as=')
    ? new ApiError(
        406,
        'NotAcceptable',
        'only the following media types are accepted: application/json, application/yaml',
      )
    : new ApiError(406, 'NotAcceptable', '406: Not Acceptable\n\nAvailable representations: application/json', {});
}

const metadataOnly = (object: KubeObject): Json => ({
  kind: 'PartialObjectMetadata',
  apiVersion: meta,
  metadata: object.metadata,
});

function tableOf(
  resource: Resource,
  objects: readonly KubeObject[],
  metadata: Json,
  form: Form,
  headed: boolean,
): Json {
  const rows = objects.map((object) => ({
    cells: cellsOf(resource, object),
    ...(form.include === 'None' ? {} : { object: form.include === 'Object' ? object : metadataOnly(object) }),
  }));
  const described = resource.columns.map((column) => ({ format: '', description: '', ...column }));
  return { kind: 'Table', apiVersion: meta, metadata, columnDefinitions: headed ? described : [], rows };
}

/** One object in a form. */
export function represent(resource: Resource, object: KubeObject, form: Form, headed = true): unknown {
  if (form.kind === 'table')
    return tableOf(resource, [object], { resourceVersion: object.metadata.resourceVersion }, form, headed);
  return form.kind === 'metadata' ? metadataOnly(object) : object;
}

/** A list in a form; `metadata` is the list's own. */
export function representList(resource: Resource, objects: readonly KubeObject[], metadata: Json, form: Form): unknown {
  if (form.kind === 'table') return tableOf(resource, objects, metadata, form, true);
  if (form.kind === 'metadata')
    // None are no list, in the words of a real API server.
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: meta,
      metadata,
      items: objects.length > 0 ? objects.map(metadataOnly) : null,
    };
  const apiVersion = resource.group ? `${resource.group}/${resource.version}` : resource.version;
  // Built-in lists leave out what every item would repeat; lists of custom kinds keep it.
  const items = resource.group.includes('gateway')
    ? objects
    : objects.map(({ apiVersion: _a, kind: _k, ...rest }) => rest);
  return { kind: `${resource.kind}List`, apiVersion, metadata, items };
}
