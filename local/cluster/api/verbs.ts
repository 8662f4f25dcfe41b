/**
 * What each verb does with a resource. Separate because it is the whole list of what can be asked, and what is refused by name.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeObject } from '../objects.ts';
import { admitRemove } from './admission.ts';
import type { Attempt, Place } from './attempt.ts';
import { isObject } from './decode.ts';
import type { DeleteOptions } from './deletion.ts';
import type { Engine, PatchType } from './engine.ts';
import { checkListOptions } from './list-options.ts';
import type { Listing } from './listing.ts';
import { isAllowed } from './rbac.ts';
import { formOf, represent, representList, type Form } from './representation.ts';
import type { ResourceRequest } from './request.ts';
import { respond } from './respond.ts';
import { review } from './reviews.ts';
import { ApiError, forbidden, invalidOptions, unsupported, wrongOptions } from './status.ts';
import { evict, proxyToPod, rescale, scaleOf, sendLog, type PodAccess } from './subresources.ts';
import { storeKey } from './table.ts';
import { watch } from './watch.ts';

/** What answering needs. */
export interface Services {
  readonly engine: Engine;
  readonly listing: Listing;
  readonly pods: () => PodAccess | undefined;
}

const patchTypes: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

const notAllowed = (): ApiError =>
  new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

/** Answers one request. */
export async function answerResource(
  services: Services,
  asked: ResourceRequest,
  attempt: Attempt,
  body: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { engine, listing } = services;
  const { resource, namespace, name, verb, query, subresource } = asked;
  const place: Place = { resource, namespace: resource.namespaced ? namespace : undefined, name };
  const form = formOf(request.headers.accept, query);
  const send = (object: KubeObject, code = 200): void =>
    respond(response, code, represent(resource, object, form), form.contentType, attempt.warnings);
  if (subresource !== '' && subresource !== 'status')
    return await answerSubresource(services, asked, place, attempt, body, request, response);
  if (subresource === 'status' && !resource.subresources.some((one) => one.name === 'status'))
    throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
  if (!resource.verbs.includes(verb) || (verb === 'create' && name !== '')) throw notAllowed();
  if (verb === 'list' || verb === 'watch' || verb === 'deletecollection') checkListOptions(query, verb === 'watch');
  switch (verb) {
    case 'get':
      return send(engine.get(place));
    case 'list': {
      const { objects, metadata } = listing.list(asked);
      return respond(response, 200, representList(resource, objects, metadata, form), form.contentType);
    }
    case 'watch':
      return watch(engine.store, asked, form, response);
    case 'create': {
      if (!resource.verbs.includes('list'))
        return respond(response, 201, review(engine.store, resource, isObject(body) ? body : {}, attempt.user));
      if (resource.namespaced && namespace === undefined) throw notAllowed();
      return send(engine.create(resource, namespace, body, attempt), 201);
    }
    case 'update':
      if (subresource === '' && !exists(engine, place)) return createByUpdate(services, place, body, attempt, send);
      return send(engine.update(place, body, attempt, subresource || undefined));
    case 'patch': {
      const type = patchTypeOf(request.headers['content-type'], resource.group);
      const existed = exists(engine, place);
      if (type === 'apply') checkApply(engine, asked, attempt, existed);
      const force = query.get('force') === 'true';
      if (type !== 'apply' && query.has('force')) {
        const message = 'Forbidden: may not be specified for non-apply patch';
        throw wrongOptions('PatchOptions', [{ reason: 'FieldValueForbidden', message, field: 'force' }]);
      }
      return send(
        engine.patch(place, type, body, attempt, { subresource: subresource || undefined, force }),
        existed ? 200 : 201,
      );
    }
    case 'delete':
      return removeOne(engine, place, deleteOptions(asked, body), attempt, form, response);
    case 'deletecollection': {
      const options = deleteOptions(asked, body);
      const { objects, metadata } = listing.list({ ...asked, verb: 'list' });
      for (const object of objects)
        engine.remove({ ...place, namespace: object.metadata.namespace, name: object.metadata.name }, options, attempt);
      return respond(response, 200, representList(resource, objects, metadata, form), form.contentType);
    }
    default:
      throw notAllowed();
  }
}

const exists = ({ store }: Engine, { resource, namespace, name }: Place): boolean =>
  store.get(storeKey(resource), namespace, name) !== undefined;

/** Leases, endpoints and events may be created by PUT; everything else must be there. */
function createByUpdate(
  { engine }: Services,
  place: Place,
  body: unknown,
  attempt: Attempt,
  send: (object: KubeObject, code: number) => void,
): void {
  const mayCreate = [
    'Lease',
    'Endpoints',
    'Event',
    'LimitRange',
    'Role',
    'RoleBinding',
    'ClusterRole',
    'ClusterRoleBinding',
  ];
  if (!mayCreate.includes(place.resource.kind)) return send(engine.update(place, body, attempt), 200);
  send(engine.create(place.resource, place.namespace, body, attempt), 201);
}

function patchTypeOf(contentType: string | undefined, group: string): PatchType {
  const type = patchTypes[contentType?.split(';')[0]?.trim() ?? ''];
  const custom = group === 'gateway.networking.k8s.io';
  if (type !== undefined && !(custom && type === 'strategic')) return type;
  if (type === undefined) throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  const known = Object.keys(patchTypes).filter((one) => !one.includes('strategic'));
  throw new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${known.join(', ')}`,
  );
}

function checkApply(
  engine: Engine,
  { resource, namespace, name, query }: ResourceRequest,
  { user }: Attempt,
  existed: boolean,
): void {
  if (!query.get('fieldManager'))
    throw wrongOptions('PatchOptions', [
      { reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' },
    ]);
  // Applying what is not there creates it, and needs the right to.
  if (
    existed ||
    isAllowed(engine.store, user, { verb: 'create', group: resource.group, resource: resource.plural, namespace, name })
  )
    return;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  throw forbidden(
    resource,
    name,
    `User "${user.username}" cannot create resource "${resource.plural}" in API group "${resource.group}" ${where}`,
  );
}

function deleteOptions({ query }: ResourceRequest, body: unknown): DeleteOptions {
  const options: { -readonly [K in keyof DeleteOptions]: DeleteOptions[K] } = isObject(body) ? { ...body } : {};
  const grace = query.get('gracePeriodSeconds');
  if (grace !== null) options.gracePeriodSeconds = Number(grace);
  const policy = query.get('propagationPolicy') ?? options.propagationPolicy;
  if (policy !== undefined) options.propagationPolicy = policy;
  if (policy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(policy))
    throw invalidOptions('DeleteOptions', 'propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']);
  return options;
}

/** Kinds whose deletion answers with the object; others answer with a Status when the object is gone at once. */
const answersObject = new Set([
  'Pod',
  'Service',
  'ServiceAccount',
  'ResourceQuota',
  'PersistentVolumeClaim',
  'Namespace',
]);

function removeOne(
  engine: Engine,
  place: Place,
  options: DeleteOptions,
  attempt: Attempt,
  form: Form,
  response: ServerResponse,
): void {
  const { resource, name } = place;
  admitRemove(resource, name);
  const { object, gone } = engine.remove(place, options, attempt);
  if (!gone || answersObject.has(resource.kind))
    return respond(response, 200, represent(resource, object, form), form.contentType);
  const details = {
    name,
    ...(resource.group ? { group: resource.group } : {}),
    kind: resource.plural,
    uid: object.metadata.uid,
  };
  return respond(response, 200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

/** Why some subresources are not here. */
const absent: Record<string, string> = {
  exec: 'pods are processes of this machine; look at them with its own tools',
  attach: 'use kubectl logs --follow',
  portforward:
    'pods listen on 127.0.0.1 already; kubectl get --raw /api/v1/namespaces/NS/pods/POD:PORT/proxy/ reaches them',
  ephemeralcontainers: 'pods are processes of this machine; debug them with its own tools',
  resize: 'processes have no limits to change',
  token: 'service accounts have no tokens here; use the kubeconfig',
  binding: 'there is one node, and pods are assigned by the cluster itself',
};

async function answerSubresource(
  services: Services,
  asked: ResourceRequest,
  place: Place,
  attempt: Attempt,
  body: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { engine } = services;
  const { resource, subresource, verb } = asked;
  const known = resource.subresources.find((one) => one.name === subresource);
  if (!known) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
  if (!known.served)
    throw unsupported(`${resource.plural}/${subresource}`, absent[subresource] ?? 'a real cluster has it');
  const pods = services.pods();
  if (subresource === 'log') engine.get(place);
  if (resource.kind === 'Pod' && !pods && subresource !== 'eviction')
    throw new ApiError(503, 'ServiceUnavailable', 'the cluster is still starting; try again');
  if (subresource === 'log' && pods && verb === 'get') return await sendLog(engine, place, asked, pods, response);
  if (subresource === 'proxy' && pods && resource.kind === 'Pod')
    return await proxyToPod(engine, asked, pods, request, response);
  if (subresource === 'proxy') throw unsupported(`${resource.plural}/proxy`, 'ask the pod itself with pods/proxy');
  if (subresource === 'eviction' && verb === 'create')
    return respond(response, 201, evict(engine, place, body, attempt));
  if (subresource === 'finalize' && verb === 'update')
    return respond(response, 200, engine.update(place, body, attempt, 'finalize'));
  if (subresource !== 'scale') throw notAllowed();
  if (verb === 'get') return respond(response, 200, scaleOf(engine.get(place)));
  if (verb === 'update') return respond(response, 200, rescale(engine, place, body, undefined, attempt));
  if (verb !== 'patch') throw notAllowed();
  const type = patchTypeOf(request.headers['content-type'], resource.group);
  if (type === 'apply')
    throw unsupported('server-side apply of a Scale', 'apply the workload with its replicas, or patch the Scale');
  return respond(response, 200, rescale(engine, place, body, type, attempt));
}
