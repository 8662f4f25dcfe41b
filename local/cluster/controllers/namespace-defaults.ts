/**
 * What the cluster adds by itself: the `default` ServiceAccount of every namespace, an address for Services of type LoadBalancer,
 * and forgetting events after an hour. Separate because each is a few lines and none is about workloads.
 */
import { isKind } from '../kinds.ts';
import type { Cluster } from '../kinds.ts';
import { keyOf } from './run-controllers.ts';
import type { Controller } from './run-controllers.ts';

/** Events are kept as long as a real API server keeps them by default (`--event-ttl`). */
const eventsKeptMs = 60 * 60 * 1000;

/** Gives every namespace its `default` ServiceAccount, again when it was deleted. */
export function serviceAccountController(cluster: Cluster): Controller {
  return {
    name: 'serviceaccount-controller',
    kind: 'Namespace',
    concerns(object) {
      if (isKind(object, 'ServiceAccount')) return [`/${object.metadata.namespace}`];
      return isKind(object, 'Namespace') ? [keyOf(object)] : [];
    },
    reconcile(_, name) {
      const namespace = cluster.get('Namespace', undefined, name);
      if (!namespace || namespace.metadata.deletionTimestamp || cluster.get('ServiceAccount', name, 'default')) return;
      cluster.create('ServiceAccount', { metadata: { name: 'default', namespace: name } });
    },
  };
}

/** Every claim gets what it asks for at once: its volume is a directory of this machine. */
export function claimController(cluster: Cluster): Controller {
  return {
    name: 'persistentvolume-binder',
    kind: 'PersistentVolumeClaim',
    concerns: (object) => (isKind(object, 'PersistentVolumeClaim') ? [keyOf(object)] : []),
    reconcile(namespace, name) {
      const claim = cluster.get('PersistentVolumeClaim', namespace, name);
      if (!claim || claim.metadata.deletionTimestamp || claim.status?.phase === 'Bound') return;
      const { accessModes, resources } = claim.spec;
      const status = { phase: 'Bound', accessModes, capacity: resources?.requests ?? {} };
      cluster.objects.updateStatus({ ...claim, status });
    },
  };
}

/** Gives Services of type LoadBalancer this machine's address. */
export function loadBalancerController(cluster: Cluster): Controller {
  return {
    name: 'service-controller',
    kind: 'Service',
    concerns: (object) => (isKind(object, 'Service') ? [keyOf(object)] : []),
    reconcile(namespace, name) {
      const service = cluster.get('Service', namespace, name);
      const balancer = service?.status?.loadBalancer as { ingress?: unknown } | undefined;
      if (service?.spec.type !== 'LoadBalancer' || balancer?.ingress) return;
      cluster.objects.updateStatus({ ...service, status: { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } } });
    },
  };
}

/** Removes events an hour after they were last told. */
export function eventExpiryController(cluster: Cluster): Controller {
  return {
    name: 'event-expiry',
    kind: 'Event',
    concerns: (object) => (isKind(object, 'Event') ? [keyOf(object)] : []),
    reconcile(namespace, name) {
      const event = cluster.get('Event', namespace, name);
      const told = Date.parse(event?.lastTimestamp ?? event?.metadata.creationTimestamp ?? '');
      const left = told + eventsKeptMs - Date.now();
      if (left > 0) return left;
      return cluster.remove('Event', namespace, name);
    },
  };
}
