/**
 * Cells that take more than reading fields: of pods, Services' ports, quotas, events, nodes, jobs and autoscalers. Separate because each is
 * worked out as kubectl's own printers do it, while the rest is a list of paths.
 * Follows https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/printers/internalversion/printers.go
 */
import type { KubeObject } from '../objects.ts';
import { containersOf, count, humanDuration, joined, list, object, selector, since, text } from './cell-words.ts';
import { at } from './selectors.ts';

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

/** How many containers are ready, its word, restarts, age and where it is. */
export function podCells(pod: KubeObject): unknown[] {
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

/** Ports as `80:30080/TCP`. */
export function portsOf(service: KubeObject): string {
  const ports = list(at(service, 'spec.ports'));
  return joined(
    ports.map(
      ({ port, nodePort, protocol }) => `${text(port)}${nodePort ? `:${text(nodePort)}` : ''}/${text(protocol)}`,
    ),
  );
}

/** What is used of what may be. */
export function quotaCells(quota: KubeObject): unknown[] {
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

/** When it was seen, what kind it is, about what. */
export function eventCells(event: KubeObject): unknown[] {
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

/** Its state, roles, version and addresses. */
export function nodeCells(node: KubeObject): unknown[] {
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

/** Whether it ended, how much of it, and how long it took. */
export function jobCells(job: KubeObject): unknown[] {
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

/** What it scales, by what, between how many. */
export function scalerCells(scaler: KubeObject): unknown[] {
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
