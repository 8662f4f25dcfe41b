/**
 * Watches: a stream of changes from a resource version on, until its time is over. Separate because it is the only answer that
 * does not end by itself.
 */
import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../objects.ts';
import type { Form } from './representation.ts';
import { represent } from './representation.ts';
import type { ResourceRequest } from './request.ts';
import { fieldSelector, labelSelector } from './selectors.ts';
import { expired } from './status.ts';
import type { Change, Store } from './store.ts';
import { apiVersionOf, storeKey } from './table.ts';

/** How long a watch lasts that does not say so; clients begin again by themselves. */
const defaultSeconds = 45 * 60;
/** How often bookmarks tell the resource version that was reached, and how long before the end the last one comes. */
const bookmarkMs = 60_000;
const lastBookmarkMs = 2_000;

/** Streams changes until the client leaves or the time is over. */
export function watch(store: Store, request: ResourceRequest, form: Form, response: ServerResponse): void {
  const { resource, namespace, query } = request;
  const byLabel = labelSelector(query.get('labelSelector'));
  const byField = fieldSelector(query.get('fieldSelector'), resource);
  const key = storeKey(resource);
  const scope = resource.namespaced ? namespace : undefined;
  const concerns = ({ object }: Change): boolean =>
    `${object.apiVersion}/${object.kind}` === key && (scope === undefined || object.metadata.namespace === scope);
  const chosen = (object: KubeObject | undefined): boolean =>
    object !== undefined && byLabel(object) && byField(object);

  response.writeHead(200, { 'content-type': form.contentType });
  response.flushHeaders();
  let headed = false;
  let reached = store.revision;
  const write = (type: string, object: unknown): void => {
    if (!response.writableEnded) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const tell = (type: Change['type'], object: KubeObject): void => {
    write(type, represent(resource, object, form, !headed));
    headed = true;
  };
  const pass = (change: Change): void => {
    if (!concerns(change) || change.revision <= reached) return;
    reached = change.revision;
    const { type, object, previous } = change;
    const was = type !== 'ADDED' && chosen(previous);
    const is = type !== 'DELETED' && chosen(object);
    if (is) tell(was ? 'MODIFIED' : 'ADDED', object);
    else if (was) {
      // Who leaves the selection is shown as it was, at the version at which it left.
      const { resourceVersion } = object.metadata;
      tell(
        'DELETED',
        type === 'DELETED' || !previous ? object : { ...previous, metadata: { ...previous.metadata, resourceVersion } },
      );
    }
  };
  const from = query.get('resourceVersion') ?? '';
  const initial = query.get('sendInitialEvents');
  const fresh = from === '' || from === '0' || initial === 'true';
  let initialSaid = false;
  const bookmark = (): void => {
    // The first one after what was there says that this was all.
    const annotations = fresh && !initialSaid ? { 'k8s.io/initial-events-end': 'true' } : undefined;
    initialSaid = true;
    const metadata = {
      resourceVersion: String(store.revision),
      creationTimestamp: null,
      ...(annotations ? { annotations } : {}),
    };
    const mark = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
    write(
      'BOOKMARK',
      form.kind === 'table' ? { ...(represent(resource, mark as never, form, false) as object), rows: [] } : mark,
    );
  };

  if (fresh && initial !== 'false') {
    for (const object of store.list(key, scope)) if (chosen(object)) tell('ADDED', object);
    if (initial === 'true' && query.get('allowWatchBookmarks') === 'true') bookmark();
  } else if (!fresh) {
    const missed = store.changesSince(Number(from));
    if (!missed) {
      write('ERROR', expired(`too old resource version: ${from} (${store.revision})`).body());
      response.end();
      return;
    }
    reached = Number(from);
    missed.forEach(pass);
    reached = Math.max(reached, store.revision);
  }

  const lasts = (Number(query.get('timeoutSeconds') ?? 0) || defaultSeconds) * 1000;
  const wanted = query.get('allowWatchBookmarks') === 'true' && lasts > lastBookmarkMs;
  const marks = wanted ? setInterval(bookmark, Math.min(bookmarkMs, lasts - lastBookmarkMs)) : undefined;
  const end = setTimeout(() => response.end(), lasts);
  const stop = store.subscribe(pass);
  response.on('close', () => {
    stop();
    clearTimeout(end);
    clearInterval(marks);
  });
}
