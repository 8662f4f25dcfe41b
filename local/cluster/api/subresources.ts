/**
 * What hangs below objects and is not the object itself: scale, logs, the way to a pod's process, eviction, a namespace's
 * finalizers. Separate because each has a form of its own.
 */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { KubeObject } from '../objects.ts';
import type { Attempt, Place } from './attempt.ts';
import { isObject, type Json } from './decode.ts';
import type { Engine, PatchType } from './engine.ts';
import { jsonPatch, mergePatch } from './patch.ts';
import type { ResourceRequest } from './request.ts';
import { at, matchesLabels, type WrittenSelector } from './selectors.ts';
import { ApiError, badRequest, unsupported } from './status.ts';

/** What the API needs from the pods' keeper; refusals are errors with a `reason`. */
export interface PodAccess {
  log(
    namespace: string,
    pod: string,
    container: string | undefined,
    options: { follow?: boolean; tail?: number; previous?: boolean },
  ): Readable;
  target(namespace: string, pod: string, port: number): { host: string; port: number } | undefined;
}

/** A workload's size as an `autoscaling/v1` Scale. */
export function scaleOf(object: KubeObject): Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = (at(object, 'spec.selector.matchLabels') ?? {}) as Record<string, string>;
  const selector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    // As everywhere in this kind, a size of 0 is not written.
    spec: at(object, 'spec.replicas') ? { replicas: at(object, 'spec.replicas') } : {},
    status: { replicas: at(object, 'status.replicas') ?? 0, selector },
  };
}

/** Sets a workload's size from a Scale, or from a patch of one. */
export function rescale(
  engine: Engine,
  place: Place,
  body: unknown,
  type: PatchType | undefined,
  attempt: Attempt,
): Json {
  const current = engine.get(place);
  const scale = scaleOf(current);
  const wanted = type === undefined ? body : type === 'json' ? jsonPatch(scale, body) : mergePatch(scale, body);
  const replicas = at(wanted, 'spec.replicas') ?? 0;
  if (!isObject(wanted) || typeof replicas !== 'number') throw badRequest('a Scale has a number in spec.replicas');
  const version = at(wanted, 'metadata.resourceVersion');
  const metadata = {
    ...current.metadata,
    ...(type === undefined && version ? { resourceVersion: version as string } : {}),
  };
  const next = { ...current, metadata, spec: { ...(current['spec'] as Json), replicas } };
  return scaleOf(engine.update(place, next, attempt, 'scale'));
}

/** Streams a container's log. */
export async function sendLog(
  engine: Engine,
  place: Place,
  { query }: ResourceRequest,
  pods: PodAccess,
  response: ServerResponse,
): Promise<void> {
  for (const name of ['timestamps', 'sinceSeconds', 'sinceTime', 'limitBytes'])
    if (![null, 'false'].includes(query.get(name)))
      throw unsupported(`the log option ${name}`, 'leave it out; follow, tail, previous and container are there');
  const names = ((at(engine.get(place), 'spec.containers') ?? []) as { name: string }[]).map((one) => one.name);
  const container = query.get('container') ?? undefined;
  if (container === undefined && names.length > 1)
    throw badRequest(`a container name must be specified for pod ${place.name}, choose one of: [${names.join(' ')}]`);
  const tail = query.get('tailLines');
  const is = (name: string): boolean => query.get(name) === 'true';
  const log = pods.log(place.namespace ?? '', place.name, container, {
    follow: is('follow'),
    previous: is('previous'),
    ...(tail === null ? {} : { tail: Number(tail) }),
  });
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  response.on('close', () => log.destroy());
  await pipeline(log, response).catch(() => response.destroy());
}

/** Passes a request on to a pod's process: `pods/NAME:PORT/proxy/PATH`. */
export async function proxyToPod(
  engine: Engine,
  asked: ResourceRequest,
  pods: PodAccess,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts = asked.name.split(':');
  const [pod = '', wanted] = parts.length === 3 ? parts.slice(1) : parts;
  const object = engine.get({ resource: asked.resource, namespace: asked.namespace, name: pod });
  const port = Number(wanted ?? at(object, 'spec.containers.0.ports.0.containerPort') ?? 80);
  const target = pods.target(asked.namespace ?? '', pod, port);
  const unavailable = (why: string): ApiError =>
    new ApiError(503, 'ServiceUnavailable', `error trying to reach service: ${why}`);
  if (!target) throw unavailable(`pod ${pod} has no process that listens on port ${port}`);
  const search = new URL(incoming.url ?? '/', 'https://cluster').search;
  const { authorization: _, host: _h, ...headers } = incoming.headers;
  await new Promise<void>((resolve, reject) => {
    const options = { ...target, method: incoming.method, path: `/${asked.rest}${search}`, headers };
    const outgoing = httpRequest(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response).then(resolve, resolve);
    });
    outgoing.on('error', (error) => reject(unavailable(error.message)));
    incoming.pipe(outgoing);
  });
}

/** Deletes a pod unless a budget forbids it. */
export function evict(engine: Engine, place: Place, body: unknown, attempt: Attempt): Json {
  const pod = engine.get(place);
  const budgets = engine.store.list('policy/v1/PodDisruptionBudget', place.namespace);
  const budget = budgets.find((one) =>
    matchesLabels(at(one, 'spec.selector') as WrittenSelector | undefined, pod.metadata.labels),
  );
  if (
    budget &&
    at(pod, 'status.phase') === 'Running' &&
    ((at(budget, 'status.disruptionsAllowed') ?? 0) as number) < 1
  ) {
    const { desiredHealthy = 0, currentHealthy = 0 } = (budget['status'] ?? {}) as {
      desiredHealthy?: number;
      currentHealthy?: number;
    };
    const message = `The disruption budget ${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    throw new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [{ reason: 'DisruptionBudget', message }],
    });
  }
  const options = isObject(body) && isObject(body['deleteOptions']) ? body['deleteOptions'] : {};
  engine.remove(place, options, attempt);
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}
