/**
 * The stored objects as controllers see them. Separate because controllers are trusted: no rights are asked, nothing goes over the
 * wire, and what they write takes the same path as every request.
 */
import type { KubeObject, NewObject, Objects } from '../objects.ts';
import { controllerAttempt, type Place } from './attempt.ts';
import { Engine } from './engine.ts';
import { startKeepers } from './keepers.ts';
import { createNamespaces } from './namespaces.ts';
import { ApiError } from './status.ts';
import { Store } from './store.ts';
import { resourceOfKind, roles } from './table.ts';

function placeOf(apiVersion: string, kind: string, namespace: string | undefined, name: string): Place {
  const resource = resourceOfKind(apiVersion, kind);
  if (!resource) throw new ApiError(404, 'NotFound', `no matches for kind "${kind}" in version "${apiVersion}"`);
  return { resource, namespace: resource.namespaced ? (namespace ?? 'default') : undefined, name };
}
const placeOfObject = (object: KubeObject | NewObject): Place =>
  placeOf(object.apiVersion, object.kind, object.metadata.namespace, object.metadata.name);

/** The engine's objects for controllers. */
export function objectsOf(engine: Engine): Objects {
  const { store } = engine;
  return {
    get: (apiVersion, kind, namespace, name) => structuredClone(store.get(`${apiVersion}/${kind}`, namespace, name)),
    list: (apiVersion, kind, namespace) => structuredClone(store.list(`${apiVersion}/${kind}`, namespace)),
    create(object) {
      const { resource, namespace } = placeOfObject(object);
      return structuredClone(engine.create(resource, namespace, object, controllerAttempt));
    },
    update: (object) => structuredClone(engine.update(placeOfObject(object), object, controllerAttempt)),
    updateStatus: (object) =>
      structuredClone(engine.update(placeOfObject(object), object, controllerAttempt, 'status')),
    remove(apiVersion, kind, namespace, name) {
      const place = placeOf(apiVersion, kind, namespace, name);
      if (store.get(`${apiVersion}/${kind}`, place.namespace, name)) engine.remove(place, {}, controllerAttempt);
    },
    finishRemoval(object) {
      const place = placeOfObject(object);
      const current = store.get(`${object.apiVersion}/${object.kind}`, place.namespace, place.name);
      if (current?.metadata.uid === object.metadata.uid)
        engine.remove(place, { gracePeriodSeconds: 0 }, controllerAttempt);
    },
    subscribe: (listener) => store.subscribe(({ type, object }) => listener({ type, object: structuredClone(object) })),
  };
}

/** Roles that every cluster has, put back when they are missing. */
function createRoles(engine: Engine): void {
  for (const role of roles) {
    const place = placeOf(role.apiVersion, role.kind, undefined, role.metadata.name);
    if (!engine.store.get(`${role.apiVersion}/${role.kind}`, undefined, place.name))
      engine.create(place.resource, undefined, role, controllerAttempt);
  }
}

/** An engine on a store of its own, in memory or below a directory, that looks after namespaces, owners and quotas. */
export function createEngine(options: { stateDirectory?: string } = {}): Engine {
  const engine = new Engine(new Store(options.stateDirectory));
  createNamespaces(engine);
  createRoles(engine);
  engine.store.forgetPast();
  startKeepers(engine);
  return engine;
}

/** Objects on a store of their own, in memory or below a directory. */
export const createObjects = (options: { stateDirectory?: string } = {}): Objects => objectsOf(createEngine(options));
