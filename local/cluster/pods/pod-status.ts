/**
 * What a pod's status says about its containers, in the kubelet's words. Pure, and separate from what makes it so.
 */
import type { ContainerStatus, PodStatus } from 'kubernetes-types/core/v1.js';
import type { Condition, Pod } from '../kinds.ts';
import { withCondition } from '../kinds.ts';

/** What is known of a pod at one moment. */
export interface PodFacts {
  readonly podIP: string;
  readonly startTime: string;
  readonly initialized: boolean;
  /** Set when no container will run again: whether all of them succeeded. */
  readonly outcome: 'Succeeded' | 'Failed' | undefined;
  readonly initContainers: readonly ContainerStatus[];
  readonly containers: readonly ContainerStatus[];
}

/** The status of a pod; conditions of others (readiness gates) are kept and counted. */
export function podStatus(pod: Pod, facts: PodFacts): PodStatus {
  const { podIP, startTime, initialized, outcome, containers, initContainers } = facts;
  const begun = containers.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated);
  const phase = outcome ?? (begun ? 'Running' : 'Pending');
  const unready = containers.filter((container) => !container.ready).map((container) => container.name);
  const known = (pod.status?.conditions ?? []) as Condition[];
  const closed = (pod.spec.readinessGates ?? []).filter(
    (gate) => !known.some((own) => own.type === gate.conditionType && own.status === 'True'),
  );
  const reason = outcome === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady';
  const why =
    unready.length > 0 ? { reason, message: `containers with unready status: [${unready.join(' ')}]` } : undefined;
  const gates =
    closed.length > 0
      ? { reason: 'ReadinessGatesNotReady', message: `waiting for ${closed[0]?.conditionType}` }
      : undefined;
  const incomplete = { reason: 'ContainersNotInitialized', message: 'init containers have not ended' };
  const told: [string, { reason: string; message: string } | undefined][] = [
    ['PodReadyToStartContainers', undefined],
    ['Initialized', initialized ? undefined : incomplete],
    ['Ready', why ?? gates],
    ['ContainersReady', why],
    ['PodScheduled', undefined],
  ];
  const conditions = told.reduce((all, [type, problem]) => {
    const { reason = '', message = '' } = problem ?? {};
    return withCondition(all, { type, status: problem ? 'False' : 'True', reason, message });
  }, known);
  const { qosClass } = pod.status ?? {};
  return {
    ...(qosClass ? { qosClass } : {}),
    phase,
    conditions,
    startTime,
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    podIP,
    podIPs: [{ ip: podIP }],
    ...(initContainers.length > 0 ? { initContainerStatuses: [...initContainers] } : {}),
    containerStatuses: [...containers],
  };
}
