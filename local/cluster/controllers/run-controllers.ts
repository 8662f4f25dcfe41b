/**
 * The loop that every controller shares: changes become keys, keys are looked at once however often they changed, what fails is
 * looked at again later. Separate because it knows no kind.
 */
import type { KubeObject, Objects } from '../objects.ts';
import { apiVersions, refusalReason, typedCluster } from '../kinds.ts';
import type { Cluster, Kind } from '../kinds.ts';
import { viewOf } from '../view.ts';

/** Something that brings one kind of object to what is wanted. */
export interface Controller {
  readonly name: string;
  /** The kind whose objects are looked at. */
  readonly kind: Kind;
  /** Which of them (`namespace/name`) an object's change concerns. */
  concerns(object: KubeObject): string[];
  /** Looks at one; a number asks for another look after so many milliseconds. Throwing means: again, ever later. */
  reconcile(namespace: string, name: string): number | undefined | void;
}

/** What can be stopped. */
export interface Stoppable {
  stop(): void;
}

/** A failing key is tried again after 20 ms, doubling to 5 s: a quota that frees is noticed within seconds. */
const retry = { first: 20, longest: 5_000 };

/** The key of an object in a controller's queue. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** Runs controllers over all objects there are and every later change; each is made with readers that see no half-told turn. */
export function runControllers(
  objects: Objects,
  make: readonly ((cluster: Cluster) => Controller)[],
  log: (line: string) => void,
): Stoppable {
  const changed = (object: KubeObject): void => {
    for (const controller of controllers) for (const key of controller.concerns(object)) enqueue(controller, key);
  };
  const controllers: Controller[] = [];
  const view = viewOf(objects, Object.keys(apiVersions) as Kind[], { changed });
  const cluster = typedCluster(objects, view);
  controllers.push(...make.map((one) => one(cluster)));
  const queues = new Map<Controller, Set<string>>(controllers.map((controller) => [controller, new Set()]));
  const timers = new Map<string, NodeJS.Timeout>();
  const failures = new Map<string, number>();
  let scheduled: NodeJS.Immediate | undefined;
  let stopped = false;

  const enqueue = (controller: Controller, key: string): void => {
    queues.get(controller)?.add(key);
    scheduled ??= setImmediate(work);
  };
  const later = (controller: Controller, key: string, delay: number): void => {
    const id = `${controller.name} ${key}`;
    clearTimeout(timers.get(id));
    const timer = setTimeout(() => {
      timers.delete(id);
      enqueue(controller, key);
    }, delay);
    timers.set(id, timer);
  };
  const look = (controller: Controller, key: string): void => {
    const [namespace = '', name = ''] = key.split('/');
    const id = `${controller.name} ${key}`;
    try {
      const again = controller.reconcile(namespace, name);
      failures.delete(id);
      if (again !== undefined) later(controller, key, again);
    } catch (error) {
      if (refusalReason(error) === 'Conflict') return enqueue(controller, key);
      const failed = (failures.get(id) ?? 0) + 1;
      failures.set(id, failed);
      if (refusalReason(error) === '') log(`${controller.name} ${key}: ${(error as Error).stack ?? String(error)}`);
      later(controller, key, Math.min(retry.longest, retry.first * 2 ** (failed - 1)));
    }
  };
  const work = (): void => {
    scheduled = undefined;
    for (const [controller, queue] of queues) {
      const keys = [...queue];
      queue.clear();
      for (const key of keys) if (!stopped) look(controller, key);
    }
  };
  for (const controller of controllers)
    for (const object of view.list(controller.kind)) enqueue(controller, keyOf(object));

  return {
    stop() {
      stopped = true;
      view.stop();
      if (scheduled) clearImmediate(scheduled);
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
