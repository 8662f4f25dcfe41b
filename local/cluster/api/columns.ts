/**
 * What `kubectl get` prints in each column. Separate because it is the only part that is made for eyes; the columns themselves come
 * from the table, the cells follow https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/printers/internalversion/printers.go
 */
import type { KubeObject } from '../objects.ts';
import {
  containersOf,
  count,
  joined,
  list,
  object,
  plainSelector,
  selector,
  since,
  strings,
  text,
} from './cell-words.ts';
import { at } from './selectors.ts';
import type { Resource } from './table.ts';
import { eventCells, jobCells, nodeCells, podCells, portsOf, quotaCells, scalerCells } from './worked-out-cells.ts';

const age = (one: KubeObject): string => since(one.metadata.creationTimestamp);
const sizeOf = (one: KubeObject): number =>
  Object.keys(object(one['data'])).length + Object.keys(object(one['binaryData'])).length;
const condition = (one: KubeObject, type: string): string =>
  text(list(at(one, 'status.conditions')).find((found) => found['type'] === type)?.['status'], '');
const bound = (one: KubeObject): unknown[] => {
  const subjects = list(one['subjects']);
  const of = (kind: string): string =>
    subjects
      .filter((subject) => subject['kind'] === kind)
      .map((subject) =>
        kind === 'ServiceAccount'
          ? `${text(subject['namespace'], '')}/${text(subject['name'])}`
          : text(subject['name']),
      )
      .join(', ');
  return [
    `${text(at(one, 'roleRef.kind'))}/${text(at(one, 'roleRef.name'))}`,
    age(one),
    of('User'),
    of('Group'),
    of('ServiceAccount'),
  ];
};
const replicas = (one: KubeObject, ...paths: string[]): number[] => paths.map((path) => count(at(one, path)));
const workload = (one: KubeObject): unknown[] => [age(one), ...containersOf(one), selector(at(one, 'spec.selector'))];
const created = (one: KubeObject): unknown[] => [one.metadata.creationTimestamp];

/** The cells after the name, per kind. */
const cells: Record<string, (one: KubeObject) => unknown[]> = {
  Namespace: (one) => [text(at(one, 'status.phase')), age(one)],
  Pod: podCells,
  Service(one) {
    const external = [
      ...strings(at(one, 'spec.externalIPs')),
      ...list(at(one, 'status.loadBalancer.ingress')).map((point) => text(point['ip'] ?? point['hostname'])),
    ];
    const absent = at(one, 'spec.type') === 'LoadBalancer' ? '<pending>' : '<none>';
    const shown =
      at(one, 'spec.type') === 'ExternalName' ? text(at(one, 'spec.externalName')) : joined(external, absent);
    return [
      text(at(one, 'spec.type')),
      text(at(one, 'spec.clusterIP')),
      shown,
      portsOf(one),
      age(one),
      plainSelector(at(one, 'spec.selector')),
    ];
  },
  Endpoints(one) {
    const points = list(one['subsets']).flatMap((subset) =>
      list(subset['addresses']).flatMap(({ ip }) =>
        list(subset['ports']).map(({ port }) => `${text(ip)}:${text(port)}`),
      ),
    );
    return [
      points.length > 3 ? `${points.slice(0, 3).join(',')} + ${points.length - 3} more...` : joined(points),
      age(one),
    ];
  },
  ConfigMap: (one) => [sizeOf(one), age(one)],
  Secret: (one) => [text(one['type']), sizeOf(one), age(one)],
  ServiceAccount: (one) => [list(one['secrets']).length, age(one)],
  ResourceQuota: quotaCells,
  Event: eventCells,
  Node: nodeCells,
  PersistentVolumeClaim: (one) => [
    text(at(one, 'status.phase'), ''),
    text(at(one, 'spec.volumeName'), ''),
    text(at(one, 'status.capacity.storage'), ''),
    strings(at(one, 'status.accessModes')).join(','),
    text(at(one, 'spec.storageClassName'), ''),
    '<unset>',
    age(one),
    text(at(one, 'spec.volumeMode')),
  ],
  Deployment: (one) => [
    `${count(at(one, 'status.readyReplicas'))}/${count(at(one, 'spec.replicas'))}`,
    ...replicas(one, 'status.updatedReplicas', 'status.availableReplicas'),
    ...workload(one),
  ],
  ReplicaSet: (one) => [...replicas(one, 'spec.replicas', 'status.replicas', 'status.readyReplicas'), ...workload(one)],
  DaemonSet: (one) => [
    ...replicas(
      one,
      'status.desiredNumberScheduled',
      'status.currentNumberScheduled',
      'status.numberReady',
      'status.updatedNumberScheduled',
      'status.numberAvailable',
    ),
    plainSelector(at(one, 'spec.template.spec.nodeSelector')),
    ...workload(one),
  ],
  HorizontalPodAutoscaler: scalerCells,
  Job: jobCells,
  CronJob: (one) => [
    text(at(one, 'spec.schedule')),
    text(at(one, 'spec.timeZone')),
    at(one, 'spec.suspend') === true ? 'True' : 'False',
    list(at(one, 'status.active')).length,
    at(one, 'status.lastScheduleTime') ? since(at(one, 'status.lastScheduleTime')) : '<none>',
    age(one),
    ...containersOf(one, 'spec.jobTemplate.spec.template.spec.containers'),
    '<none>',
  ],
  PodDisruptionBudget: (one) => [
    text(at(one, 'spec.minAvailable'), 'N/A'),
    text(at(one, 'spec.maxUnavailable'), 'N/A'),
    count(at(one, 'status.disruptionsAllowed')),
    age(one),
  ],
  NetworkPolicy: (one) => [selector(at(one, 'spec.podSelector')), age(one)],
  EndpointSlice(one) {
    const addresses = list(one['endpoints']).flatMap((point) => strings(point['addresses']));
    const shown =
      addresses.length > 3
        ? `${addresses.slice(0, 3).join(',')} + ${addresses.length - 3} more...`
        : joined(addresses, '<unset>');
    return [
      text(one['addressType']),
      joined(
        list(one['ports']).map(({ port }) => text(port, '*')),
        '<unset>',
      ),
      shown,
      age(one),
    ];
  },
  Lease: (one) => [text(at(one, 'spec.holderIdentity'), ''), age(one)],
  LimitRange: created,
  Role: created,
  ClusterRole: created,
  CustomResourceDefinition: created,
  RoleBinding: bound,
  ClusterRoleBinding: bound,
  ValidatingAdmissionPolicy: (one) => [
    list(at(one, 'spec.validations')).length,
    at(one, 'spec.paramKind')
      ? `${text(at(one, 'spec.paramKind.apiVersion'))}/${text(at(one, 'spec.paramKind.kind'))}`
      : '<unset>',
    age(one),
  ],
  ValidatingAdmissionPolicyBinding: (one) => [
    text(at(one, 'spec.policyName')),
    text(at(one, 'spec.paramRef.name'), '<unset>'),
    age(one),
  ],
  GatewayClass: (one) => [
    text(at(one, 'spec.controllerName')),
    condition(one, 'Accepted'),
    age(one),
    text(at(one, 'spec.description'), ''),
  ],
  Gateway: (one) => [
    text(at(one, 'spec.gatewayClassName')),
    list(at(one, 'status.addresses'))
      .map((point) => text(point['value']))
      .join(','),
    condition(one, 'Programmed'),
    age(one),
  ],
  HTTPRoute: (one) => [at(one, 'spec.hostnames') ? JSON.stringify(at(one, 'spec.hostnames')) : '', age(one)],
  ReferenceGrant: (one) => [age(one)],
};

/** An object's cells in the order of its resource's columns; only events do not begin with their name. */
export function cellsOf(resource: Resource, one: KubeObject): unknown[] {
  const rest = cells[resource.kind]?.(one) ?? [age(one)];
  return resource.columns[0]?.name === 'Name' ? [one.metadata.name, ...rest] : rest;
}
