/**
 * What a path and method ask for, in the words of the API: verb, resource, namespace, name, subresource. Separate because rights,
 * dispatch and messages all speak of the same request.
 */
import { apiVersionOf, resourceOfPath, resources, type Resource } from './table.ts';

/** A request to a resource. */
export interface ResourceRequest {
  readonly kind: 'resource';
  readonly verb: string;
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly subresource: string;
  /** What follows the subresource, for proxies. */
  readonly rest: string;
  readonly query: URLSearchParams;
}

/** A request to anything else: discovery, health, version. */
export interface PathRequest {
  readonly kind: 'path';
  readonly verb: string;
  readonly path: string;
  /** The path is below a known group and version, which has no such resource. */
  readonly known: boolean;
  readonly query: URLSearchParams;
}

const groupVersions = new Set(resources.map(apiVersionOf));
const namespaceSubresources = new Set(['status', 'finalize']);

/** Reads method and URL; what is no resource stays a path. */
export function parseRequest(method: string, url: string): ResourceRequest | PathRequest {
  const { pathname, searchParams: query } = new URL(url, 'https://cluster');
  const parts = pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const core = parts[0] === 'api';
  const apiVersion = core ? (parts[1] ?? '') : parts.slice(1, 3).join('/');
  const below = parts.slice(core ? 2 : 3);
  const path: PathRequest = { kind: 'path', verb: method.toLowerCase(), path: pathname, known: false, query };
  if ((!core && parts[0] !== 'apis') || below.length === 0 || !groupVersions.has(apiVersion)) return path;
  const [first, second, third] = below;
  const within = first === 'namespaces' && third !== undefined && !namespaceSubresources.has(third);
  const [plural = '', name = '', subresource = '', ...rest] = within ? below.slice(2) : below;
  const resource = resourceOfPath(apiVersion, plural);
  if (!resource || within !== (resource.namespaced && within)) return { ...path, known: true };
  if (resource.namespaced && !within && name !== '') return { ...path, known: true };
  const namespace = within ? second : resource.kind === 'Namespace' && name !== '' ? name : undefined;
  const watching = ['true', '1'].includes(query.get('watch') ?? '');
  const verbs: Record<string, string> = {
    GET: name ? 'get' : watching ? 'watch' : 'list',
    HEAD: 'get',
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: name ? 'delete' : 'deletecollection',
  };
  const verb = verbs[method] ?? method.toLowerCase();
  return { kind: 'resource', verb, resource, namespace, name, subresource, rest: rest.join('/'), query };
}
