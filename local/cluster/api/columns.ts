/**
 * What `kubectl get` prints in each column. Separate because it is the only part that is made for eyes; the columns themselves come
 * from the table, the cells follow https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/printers/internalversion/printers.go
 */
import type { KubeObject } from '../objects.ts';
import { isObject, type Json } from './decode.ts';
import { at } from './selectors.ts';
import type { Resource } from './table.ts';

const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const object = (value: unknown): Json => (isObject(value) ? value : {});
const text = (value: unknown, absent = '<none>'): string =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : absent;
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
const joined = (values: readonly string[], absent = '<none>'): string =>
  values.length > 0 ? values.join(',') : absent;

/** A span of time in the few characters that people read: `45s`, `3m12s`, `5d`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  const with_ = (big: number, unit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${big}${unit}` : `${big}${unit}${small}${smallUnit}`;
  if (minutes < 10) return with_(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return with_(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return with_(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  return days < 8 * 365 ? with_(Math.floor(days / 365), 'y', days % 365, 'd') : `${Math.floor(days / 365)}y`;
}
const since = (time: unknown): string =>
  typeof time === 'string' ? humanDuration(Date.now() - Date.parse(time)) : '<unknown>';

const selector = (value: unknown): string => {
  const { matchLabels, matchExpressions } = object(value);
  const labels = Object.entries(object(matchLabels)).map(([key, label]) => `${key}=${text(label, '')}`);
  const expressions = list(matchExpressions).map(({ key, operator, values }) =>
    operator === 'Exists'
      ? text(key)
      : operator === 'DoesNotExist'
        ? `!${text(key)}`
        : `${text(key)} ${text(operator).toLowerCase()} (${strings(values).join(',')})`,
  );
  return joined([...labels, ...expressions]);
};
const plainSelector = (value: unknown): string => selector({ matchLabels: value });
const containersOf = (one: KubeObject, path = 'spec.template.spec.containers'): string[] => {
  const containers = list(at(one, path));
  return [
    joined(containers.map((container) => text(container['name']))),
    joined(containers.map((container) => text(container['image']))),
  ];
};

/** The one word that says how a pod is. */
function podStatus(pod: KubeObject): string {
  const status = object(pod['status']);
  let word = text(status['reason'], text(status['phase'], 'Unknown'));
  const initial = list(status['initContainerStatuses']);
  const waiting = initial.findIndex((one) => at(one, 'state.terminated.exitCode') !== 0);
  if (waiting !== -1) {
    const state = object(initial[waiting]?.['state']);
    const reason = text(at(state, 'terminated.reason') ?? at(state, 'waiting.reason'), '');
    word = reason && reason !== 'PodInitializing' ? `Init:${reason}` : `Init:${waiting}/${initial.length}`;
  } else
    for (const one of list(status['containerStatuses']).toReversed()) {
      const reason = at(one, 'state.waiting.reason') ?? at(one, 'state.terminated.reason');
      const code = at(one, 'state.terminated.exitCode');
      if (reason) word = text(reason);
      else if (code !== undefined) word = `ExitCode:${text(code)}`;
    }
  return pod.metadata.deletionTimestamp ? 'Terminating' : word;
}

function podCells(pod: KubeObject): unknown[] {
  const statuses = list(at(pod, 'status.containerStatuses'));
  const ready = statuses.filter((one) => one['ready'] === true).length;
  const restarts = statuses.reduce((sum, one) => sum + count(one['restartCount']), 0);
  const last = statuses
    .map((one) => at(one, 'lastState.terminated.finishedAt'))
    .filter((one) => typeof one === 'string')
    .sort()
    .at(-1);
  const total = `${ready}/${list(at(pod, 'spec.containers')).length}`;
  const again = restarts > 0 && last ? `${restarts} (${since(last)} ago)` : String(restarts);
  const gates = list(at(pod, 'spec.readinessGates'));
  return [
    total,
    podStatus(pod),
    again,
    since(pod.metadata.creationTimestamp),
    text(at(pod, 'status.podIP')),
    text(at(pod, 'spec.nodeName')),
    '<none>',
    gates.length > 0 ? `0/${gates.length}` : '<none>',
  ];
}

function portsOf(service: KubeObject): string {
  const ports = list(at(service, 'spec.ports'));
  return joined(
    ports.map(
      ({ port, nodePort, protocol }) => `${text(port)}${nodePort ? `:${text(nodePort)}` : ''}/${text(protocol)}`,
    ),
  );
}

function quotaCells(quota: KubeObject): unknown[] {
  const hard = object(at(quota, 'status.hard') ?? at(quota, 'spec.hard'));
  const used = object(at(quota, 'status.used'));
  const show = (names: string[]): string =>
    names
      .sort()
      .map((name) => `${name}: ${text(used[name], '0')}/${text(hard[name])}`)
      .join(', ');
  const names = Object.keys(hard);
  return [
    show(names.filter((name) => !name.startsWith('limits.'))),
    show(names.filter((name) => name.startsWith('limits.'))),
    since(quota.metadata.creationTimestamp),
  ];
}

function eventCells(event: KubeObject): unknown[] {
  const last = event['lastTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp;
  const first = event['firstTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp;
  const { kind, name, fieldPath } = object(event['involvedObject']);
  const source = [at(event, 'source.component') ?? event['reportingComponent'], at(event, 'source.host')].filter(
    Boolean,
  );
  return [
    since(last),
    text(event['type'], ''),
    text(event['reason'], ''),
    `${text(kind).toLowerCase()}/${text(name)}`,
    text(fieldPath, ''),
    source.map((one) => text(one)).join(', '),
    text(event['message'], '').trim(),
    since(first),
    count(event['count']) || 1,
    event.metadata.name,
  ];
}

function nodeCells(node: KubeObject): unknown[] {
  const ready = list(at(node, 'status.conditions')).find((one) => one['type'] === 'Ready');
  const address = (type: string): string =>
    text(list(at(node, 'status.addresses')).find((one) => one['type'] === type)?.['address']);
  const info = object(at(node, 'status.nodeInfo'));
  const roles = Object.keys(node.metadata.labels ?? {}).filter((name) => name.startsWith('node-role.kubernetes.io/'));
  const words = [
    ready?.['status'] === 'True' ? 'Ready' : ready ? 'NotReady' : 'Unknown',
    ...(at(node, 'spec.unschedulable') ? ['SchedulingDisabled'] : []),
  ];
  return [
    words.join(','),
    joined(roles.map((name) => name.slice(24))),
    since(node.metadata.creationTimestamp),
    text(info['kubeletVersion'], ''),
    address('InternalIP'),
    address('ExternalIP'),
    text(info['osImage'], '<unknown>'),
    text(info['kernelVersion'], '<unknown>'),
    text(info['containerRuntimeVersion'], '<unknown>'),
  ];
}

function jobCells(job: KubeObject): unknown[] {
  const conditions = list(at(job, 'status.conditions')).filter((one) => one['status'] === 'True');
  const is = (type: string): boolean => conditions.some((one) => one['type'] === type);
  const start = at(job, 'status.startTime');
  const end = at(job, 'status.completionTime');
  const took =
    typeof start !== 'string'
      ? ''
      : humanDuration((typeof end === 'string' ? Date.parse(end) : Date.now()) - Date.parse(start));
  const word = is('Complete')
    ? 'Complete'
    : is('Failed')
      ? 'Failed'
      : job.metadata.deletionTimestamp
        ? 'Terminating'
        : is('Suspended')
          ? 'Suspended'
          : 'Running';
  const wanted = at(job, 'spec.completions') ?? 1;
  return [
    word,
    `${count(at(job, 'status.succeeded'))}/${text(wanted)}`,
    took,
    since(job.metadata.creationTimestamp),
    ...containersOf(job),
    selector(at(job, 'spec.selector')),
  ];
}

function scalerCells(scaler: KubeObject): unknown[] {
  const current = list(at(scaler, 'status.currentMetrics'));
  const targets = list(at(scaler, 'spec.metrics')).map((metric, index) => {
    const name = text(at(metric, 'resource.name'), 'metric');
    const found = at(current[index], 'resource.current.averageUtilization');
    const wanted = at(metric, 'resource.target.averageUtilization');
    return `${name}: ${found === undefined ? '<unknown>' : `${text(found)}%`}/${text(wanted, '<auto>')}%`;
  });
  const reference = `${text(at(scaler, 'spec.scaleTargetRef.kind'))}/${text(at(scaler, 'spec.scaleTargetRef.name'))}`;
  return [
    reference,
    joined(targets),
    text(at(scaler, 'spec.minReplicas'), '<unset>'),
    count(at(scaler, 'spec.maxReplicas')),
    count(at(scaler, 'status.currentReplicas')),
    since(scaler.metadata.creationTimestamp),
  ];
}

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
