/**
 * Service → EndpointSlice and Endpoints: which pods serve. Separate because the gateway and the service network believe nothing else.
 * A Service without a selector keeps what it has: its slices are written by others
 * (https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors).
 */
import type { Endpoint, EndpointPort } from 'kubernetes-types/discovery/v1.js';
import { isKind, ownedBy, readySince, selects } from '../kinds.ts';
import type { Cluster, EndpointSlice, Pod, Service } from '../kinds.ts';
import { keyOf } from './run-controllers.ts';
import type { Controller } from './run-controllers.ts';
import { canonical, templateHash } from './template-hash.ts';

const managedBy = 'endpointslice-controller.k8s.io';

/** Keeps the endpoints of Services with a selector. */
export function endpointsController(cluster: Cluster): Controller {
  /** Which Services had a pod, so that a pod whose labels changed leaves them. */
  const servedBy = new Map<string, Set<string>>();
  return {
    name: 'endpoints-controller',
    kind: 'Service',
    concerns(object) {
      if (isKind(object, 'Service')) return [keyOf(object)];
      if (!isKind(object, 'Pod')) return [];
      const services = cluster.list('Service', object.metadata.namespace).filter((service) => picks(service, object));
      const keys = new Set([...services.map(keyOf), ...(servedBy.get(object.metadata.uid) ?? [])]);
      servedBy.set(object.metadata.uid, new Set(services.map(keyOf)));
      if (!cluster.get('Pod', object.metadata.namespace, object.metadata.name)) servedBy.delete(object.metadata.uid);
      return [...keys];
    },
    reconcile(namespace, name) {
      const service = cluster.get('Service', namespace, name);
      if (!service) return cluster.remove('Endpoints', namespace, name);
      if (service.metadata.deletionTimestamp || !service.spec.selector) return undefined;
      const pods = cluster.list('Pod', namespace).filter((pod) => picks(service, pod) && pod.status?.podIP);
      const serving = pods.filter((pod) => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed');
      saveSlices(cluster, service, serving);
      saveEndpoints(cluster, service, serving);
      return undefined;
    },
  };
}

const picks = (service: Service, pod: Pod): boolean =>
  service.spec.selector !== undefined && selects({ matchLabels: service.spec.selector }, pod.metadata.labels);

/** A Service's ports as this pod has them: a named target port is the pod's own number. */
function portsOn(service: Service, pod: Pod | undefined): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const target = port.targetPort ?? port.port;
    const named = pod?.spec.containers.flatMap((container) => container.ports ?? []).find((own) => own.name === target);
    const number = typeof target === 'number' ? target : named?.containerPort;
    return number === undefined ? [] : [{ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP' }];
  });
}

const isServing = (service: Service, pod: Pod): boolean =>
  readySince(pod) !== undefined || service.spec.publishNotReadyAddresses === true;

function endpointOf(service: Service, pod: Pod): Endpoint {
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isServing(service, pod);
  const ready = serving && (!terminating || service.spec.publishNotReadyAddresses === true);
  const { name, uid, namespace = '' } = pod.metadata;
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready, serving, terminating },
    targetRef: { kind: 'Pod', name, namespace, uid },
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
  };
}

/** One slice per set of port numbers; without pods one empty slice. */
function saveSlices(cluster: Cluster, service: Service, pods: readonly Pod[]): void {
  const { namespace = 'default', name } = service.metadata;
  const groups = Map.groupBy(pods, (pod) => canonical(portsOn(service, pod)));
  if (groups.size === 0) groups.set(canonical(portsOn(service, undefined)), []);
  const labels = { 'kubernetes.io/service-name': name, 'endpointslice.kubernetes.io/managed-by': managedBy };
  const wanted = new Set<string>();
  for (const [ports, members] of groups) {
    const slice = `${name.slice(0, 57)}-${templateHash(ports).slice(0, 5)}`;
    wanted.add(slice);
    const content = {
      addressType: 'IPv4',
      ports: JSON.parse(ports) as EndpointPort[],
      endpoints: members.map((pod) => endpointOf(service, pod)),
    };
    const current = cluster.get('EndpointSlice', namespace, slice);
    const same =
      current && canonical([current.ports, current.endpoints]) === canonical([content.ports, content.endpoints]);
    if (current && !same) cluster.objects.update({ ...current, ...content });
    const metadata = { name: slice, namespace, labels, ownerReferences: ownedBy(service) };
    if (!current) cluster.create('EndpointSlice', { metadata, ...content });
  }
  for (const slice of cluster.list('EndpointSlice', namespace))
    if (isOwn(slice, name) && !wanted.has(slice.metadata.name))
      cluster.remove('EndpointSlice', namespace, slice.metadata.name);
}

const isOwn = (slice: EndpointSlice, service: string): boolean =>
  slice.metadata.labels?.['kubernetes.io/service-name'] === service &&
  slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] === managedBy;

/** The older form, which `kubectl get endpoints` shows. */
function saveEndpoints(cluster: Cluster, service: Service, pods: readonly Pod[]): void {
  const { namespace = 'default', name, labels } = service.metadata;
  const address = (pod: Pod): unknown => {
    const targetRef = { kind: 'Pod', name: pod.metadata.name, namespace, uid: pod.metadata.uid };
    return { ip: pod.status?.podIP, nodeName: pod.spec.nodeName, targetRef };
  };
  const alive = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  const groups = Map.groupBy(alive, (pod) => canonical(portsOn(service, pod)));
  const subsets = [...groups].map(([ports, members]) => {
    const [ready, waiting] = [true, false].map((is) =>
      members.filter((pod) => isServing(service, pod) === is).map(address),
    );
    return {
      ...(ready?.length ? { addresses: ready } : {}),
      ...(waiting?.length ? { notReadyAddresses: waiting } : {}),
      ports: JSON.parse(ports) as unknown,
    };
  });
  const current = cluster.get('Endpoints', namespace, name);
  if (!current) cluster.create('Endpoints', { metadata: { name, namespace, ...(labels ? { labels } : {}) }, subsets });
  else if (canonical(current.subsets) !== canonical(subsets)) cluster.objects.update({ ...current, subsets });
}
