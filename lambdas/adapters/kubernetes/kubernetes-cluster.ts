/**
 * The port Cluster over the Kubernetes API: server-side apply, get, list, delete. Nothing is watched and nothing is kept.
 */
import type { Cluster, KubernetesObject, ObjectReference } from '../../ports/cluster.ts';
import type { PodProxy } from '../../ports/pod-proxy.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { collectionPath, objectPath, versionPath } from './kinds.ts';
import { podProxy } from './pod-proxy.ts';
import { translateRefusal } from './translate-refusal.ts';

/** Objects per page of a list, as kubectl does it. */
const PAGE = 500;

interface Page {
  readonly items?: readonly KubernetesObject[];
  readonly metadata?: { readonly continue?: string };
}

/** A cluster behind its API. */
export class KubernetesCluster implements Cluster {
  readonly #connection: Connection;

  constructor(options: ConnectionOptions) {
    this.#connection = new Connection(options);
  }

  async apply(
    object: KubernetesObject,
    fieldManager: string,
    options?: { readonly force?: boolean },
  ): Promise<KubernetesObject> {
    const { apiVersion, kind, metadata } = object;
    const reference = { apiVersion, kind, name: metadata.name };
    const path = objectPath(
      metadata.namespace === undefined ? reference : { ...reference, namespace: metadata.namespace },
    );
    const query = new URLSearchParams({ fieldManager, force: String(options?.force ?? false) });
    const response = await this.#connection.send({
      method: 'PATCH',
      path: `${path}?${query.toString()}`,
      body: object,
      // JSON is YAML; the type is what asks for server-side apply.
      contentType: 'application/apply-patch+yaml',
    });
    if (response.status >= 300) throw translateRefusal(`${kind} ${metadata.name}`, response);
    return response.body as KubernetesObject;
  }

  async annotate(
    reference: ObjectReference,
    annotations: Readonly<Record<string, string>>,
    fieldManager: string,
  ): Promise<'annotated' | 'absent'> {
    const query = new URLSearchParams({ fieldManager });
    const response = await this.#connection.send({
      method: 'PATCH',
      path: `${objectPath(reference)}?${query.toString()}`,
      body: { metadata: { annotations } },
      contentType: 'application/merge-patch+json',
    });
    if (response.status === 404) return 'absent';
    if (response.status >= 300) throw translateRefusal(`${reference.kind} ${reference.name}`, response);
    return 'annotated';
  }

  /** Asks pods by the same connections. */
  get pods(): PodProxy {
    return podProxy(this.#connection);
  }

  async get(reference: ObjectReference): Promise<KubernetesObject | undefined> {
    const response = await this.#connection.send({ method: 'GET', path: objectPath(reference) });
    if (response.status === 404) return undefined;
    if (response.status >= 300) throw translateRefusal(`${reference.kind} ${reference.name}`, response);
    return response.body as KubernetesObject;
  }

  async list(
    kind: Omit<ObjectReference, 'name'>,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<readonly KubernetesObject[]> {
    const query = new URLSearchParams({ limit: String(PAGE) });
    const selector = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    if (selector.length > 0) query.set('labelSelector', selector.join(','));
    const found: KubernetesObject[] = [];
    for (;;) {
      const response = await this.#connection.send({
        method: 'GET',
        path: `${collectionPath(kind)}?${query.toString()}`,
      });
      if (response.status >= 300) throw translateRefusal(`the list of ${kind.kind}`, response);
      const page = response.body as Page;
      // Items of a list leave out what the list says once.
      found.push(...(page.items ?? []).map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind })));
      const next = page.metadata?.continue;
      if (next === undefined || next === '') return found;
      query.set('continue', next);
    }
  }

  async serves(kind: Pick<ObjectReference, 'apiVersion' | 'kind'>): Promise<boolean> {
    const response = await this.#connection.send({ method: 'GET', path: versionPath(kind.apiVersion) });
    if (response.status === 404) return false;
    if (response.status >= 300) throw translateRefusal(`the list of kinds of ${kind.apiVersion}`, response);
    const { resources = [] } = response.body as { resources?: readonly { kind: string }[] };
    return resources.some((resource) => resource.kind === kind.kind);
  }

  async removeFields(reference: ObjectReference, pointers: readonly string[], fieldManager: string): Promise<void> {
    const query = new URLSearchParams({ fieldManager });
    for (const pointer of pointers) {
      const response = await this.#connection.send({
        method: 'PATCH',
        path: `${objectPath(reference)}?${query.toString()}`,
        body: [{ op: 'remove', path: pointer }],
        contentType: 'application/json-patch+json',
      });
      // 404: the object is gone · 422 with nothing at the pointer: somebody was faster, or the removal before took it along.
      if (response.status === 404 || (response.status === 422 && isNothingThere(response.body))) continue;
      if (response.status >= 300) throw translateRefusal(`${reference.kind} ${reference.name}`, response);
    }
  }

  async remove(
    reference: ObjectReference,
    options?: { readonly uid?: string; readonly propagation?: 'Background' | 'Foreground' },
  ): Promise<void> {
    const response = await this.#connection.send({
      method: 'DELETE',
      path: objectPath(reference),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: options?.propagation ?? 'Background',
        ...(options?.uid !== undefined && { preconditions: { uid: options.uid } }),
      },
    });
    if (response.status === 404) return;
    // The object we meant is gone, another has its name.
    if (response.status === 409 && options?.uid !== undefined) return;
    if (response.status >= 300) throw translateRefusal(`the deletion of ${reference.kind} ${reference.name}`, response);
  }

  /** Closes idle connections; functions never need to. */
  close(): void {
    this.#connection.close();
  }
}

/** How the API server says that a JSON patch removes what is not there. */
function isNothingThere(body: unknown): boolean {
  const message = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : '';
  return /nonexistent key|Unable to remove|index out of bounds|unable to access invalid index/i.test(message);
}
