/**
 * Lists in pages: every page of one list shows the same moment. Separate because that moment must be kept between requests.
 */
import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../objects.ts';
import type { Json } from './decode.ts';
import type { ResourceRequest } from './request.ts';
import { fieldSelector, labelSelector } from './selectors.ts';
import { ApiError, badRequest, expired } from './status.ts';
import type { Store } from './store.ts';
import { storeKey, type Resource } from './table.ts';

/** How long the rest of a list waits to be asked for: a real API server forgets after five minutes too. */
const keptMs = 5 * 60_000;

interface Rest {
  readonly objects: readonly KubeObject[];
  readonly revision: string;
  readonly until: number;
}

/** A token in the form of the API server's, by which clients of pages know nothing. */
const tokenOf = (revision: string, start: string): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: Number(revision), start })).toString('base64url');

function idIn(token: string): string {
  try {
    const { start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { start?: unknown };
    if (typeof start === 'string') return start;
    throw new Error('start is missing');
  } catch (error) {
    throw badRequest(`invalid continue token: continue key is not valid: ${(error as Error).message}`);
  }
}

/**
 * The version that a list must show, if it may show no other one: pages of a version are exact without a word, as they were before there
 * was one. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
 */
function exactVersion(query: URLSearchParams): string | undefined {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  if (version === '' || version === '0' || match === 'NotOlderThan') return undefined;
  return match === 'Exact' || Number(query.get('limit') ?? 0) > 0 ? version : undefined;
}

/** Answers lists, whole or page by page. */
export class Listing {
  readonly #store: Store;
  readonly #rests = new Map<string, Rest>();

  constructor(store: Store) {
    this.#store = store;
  }

  list(request: ResourceRequest): { objects: readonly KubeObject[]; metadata: Json } {
    const { query } = request;
    const token = query.get('continue');
    if (token && !['', '0'].includes(query.get('resourceVersion') ?? ''))
      throw badRequest('specifying resource version is not allowed when using continue');
    const { objects, revision } = token ? this.#rest(token) : this.#first(request);
    const asked = Number(query.get('limit') ?? 0);
    const limit = asked > 0 ? asked : objects.length;
    if (objects.length <= limit) return { objects, metadata: { resourceVersion: revision } };
    const remaining = objects.slice(limit);
    const id = randomUUID();
    this.#rests.set(id, { objects: remaining, revision, until: Date.now() + keptMs });
    // With a selector a real API server cannot say how many are left.
    const selected = query.has('labelSelector') || query.has('fieldSelector');
    const left = selected ? {} : { remainingItemCount: remaining.length };
    const metadata = { resourceVersion: revision, continue: tokenOf(revision, id), ...left };
    return { objects: objects.slice(0, limit), metadata };
  }

  #first({ resource, namespace, query }: ResourceRequest): Pick<Rest, 'objects' | 'revision'> {
    const wanted = query.get('resourceVersion') ?? '';
    if (Number(wanted) > this.#store.revision)
      throw new ApiError(
        504,
        'Timeout',
        `Timeout: Too large resource version: ${wanted}, current: ${this.#store.revision}`,
        {
          causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
          retryAfterSeconds: 1,
        },
      );
    const byLabel = labelSelector(query.get('labelSelector'));
    const byField = fieldSelector(query.get('fieldSelector'), resource);
    const scope = resource.namespaced ? namespace : undefined;
    const exactly = exactVersion(query);
    const found =
      exactly === undefined ? this.#store.list(storeKey(resource), scope) : this.#past(exactly, resource, scope);
    const objects = found.filter((one) => byLabel(one) && byField(one));
    return { objects, revision: exactly ?? String(this.#store.revision) };
  }

  #past(revision: string, resource: Resource, scope: string | undefined): readonly KubeObject[] {
    const found = this.#store.listAt(Number(revision), storeKey(resource), scope);
    if (found === undefined) throw expired('The resourceVersion for the provided list is too old.');
    return found;
  }

  #rest(token: string): Rest {
    for (const [id, { until }] of this.#rests) if (until < Date.now()) this.#rests.delete(id);
    const rest = this.#rests.get(idIn(token));
    if (rest) return rest;
    throw new ApiError(
      410,
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    );
  }
}
