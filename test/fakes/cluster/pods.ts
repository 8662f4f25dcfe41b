/**
 * What becomes of Deployments in the fake: ReplicaSets, pods, events and conditions as real controllers write them, computed when
 * somebody looks. Separate because tests choose the fate of pods here.
 */
import type { KubernetesObject } from '../../../lambdas/ports/cluster.ts';

/** What happens to the pods of one template. `ready` takes its time; the others never become ready. */
export type PodFate =
  | { readonly kind: 'ready'; readonly after: number }
  | { readonly kind: 'not-ready' }
  | { readonly kind: 'crash-loop' }
  | { readonly kind: 'image-pull' }
  | { readonly kind: 'config-error' }
  | { readonly kind: 'unschedulable' }
  | { readonly kind: 'quota' };

/** One template of a Deployment and when it was applied. */
export interface Revision {
  readonly number: number;
  readonly at: number;
  readonly template: Template;
  readonly fate: PodFate;
}

export interface Template {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
}

/** A Deployment's newest revisions, oldest first; the one before the newest serves until the newest is ready. */
export interface Workload {
  readonly deployment: KubernetesObject;
  readonly revisions: readonly Revision[];
}

const isReady = (revision: Revision, now: number): boolean =>
  revision.fate.kind === 'ready' && now >= revision.at + revision.fate.after;

/** Revisions that have pods now: the newest and, until that is ready, the last one that was. */
export function livingRevisions({ revisions }: Workload, now: number): readonly Revision[] {
  const newest = revisions.at(-1);
  if (newest === undefined) return [];
  if (isReady(newest, now)) return [newest];
  const before = revisions.slice(0, -1).findLast((revision) => isReady(revision, newest.at));
  return before === undefined ? [newest] : [before, newest];
}

const replicasOf = (deployment: KubernetesObject): number =>
  (deployment['spec'] as { replicas?: number }).replicas ?? 1;

const replicaSetName = (deployment: KubernetesObject, revision: Revision): string =>
  `${deployment.metadata.name}-r${String(revision.number)}`;

/** The pods of a workload. */
export function podsOf(workload: Workload, now: number): KubernetesObject[] {
  const { deployment } = workload;
  return livingRevisions(workload, now).flatMap((revision) => {
    if (revision.fate.kind === 'quota') return [];
    return Array.from({ length: replicasOf(deployment) }, (_, index) => podOf(deployment, revision, index, now));
  });
}

/** A part of a pod's address, so that Deployments do not share any. */
function networkOf(name: string): number {
  return [...Buffer.from(name)].reduce((sum, byte) => (sum * 31 + byte) % 251, 0);
}

function podOf(deployment: KubernetesObject, revision: Revision, index: number, now: number): KubernetesObject {
  const name = `${replicaSetName(deployment, revision)}-${String(index)}`;
  const ready = isReady(revision, now);
  const scheduled = revision.fate.kind !== 'unschedulable';
  const container = revision.template.spec.containers[0];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: deployment.metadata.namespace ?? '',
      labels: { ...revision.template.metadata.labels, 'pod-template-hash': `r${String(revision.number)}` },
      ...(revision.template.metadata.annotations !== undefined && {
        annotations: revision.template.metadata.annotations,
      }),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: replicaSetName(deployment, revision),
          uid: name,
          controller: true,
        },
      ],
    },
    spec: revision.template.spec,
    status: {
      phase: scheduled && revision.fate.kind !== 'image-pull' ? 'Running' : 'Pending',
      podIP: `10.${String(networkOf(deployment.metadata.name))}.${String(revision.number % 250)}.${String(index + 1)}`,
      conditions: [
        scheduled
          ? { type: 'PodScheduled', status: 'True' }
          : {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: '0/1 nodes are available: 1 Insufficient cpu.',
            },
        { type: 'Ready', status: ready ? 'True' : 'False' },
      ],
      containerStatuses: scheduled ? [{ name: container?.name ?? '', ready, ...containerState(revision, ready) }] : [],
    },
  };
}

function containerState({ fate, template }: Revision, ready: boolean): Record<string, unknown> {
  const waiting = (reason: string, message: string) => ({ restartCount: 0, state: { waiting: { reason, message } } });
  if (fate.kind === 'image-pull') {
    return waiting(
      'ImagePullBackOff',
      `Back-off pulling image "${template.spec.containers[0]?.image ?? ''}": ErrImagePull: not found`,
    );
  }
  if (fate.kind === 'config-error') return waiting('CreateContainerConfigError', 'secret "missing" not found');
  if (fate.kind === 'crash-loop') {
    return {
      restartCount: 4,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    };
  }
  return { restartCount: 0, started: ready, state: { running: { startedAt: '2026-01-01T00:00:00Z' } } };
}

/** The ReplicaSets of a workload; a quota's refusal is a condition of the newest. */
export function replicaSetsOf(workload: Workload): KubernetesObject[] {
  const { deployment } = workload;
  return workload.revisions.map((revision) => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: replicaSetName(deployment, revision),
      namespace: deployment.metadata.namespace ?? '',
      labels: { ...revision.template.metadata.labels, 'pod-template-hash': `r${String(revision.number)}` },
      ...(revision.template.metadata.annotations !== undefined && {
        annotations: revision.template.metadata.annotations,
      }),
      annotations: { 'deployment.kubernetes.io/revision': String(revision.number) },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: deployment.metadata.name,
          uid: deployment.metadata['uid'],
          controller: true,
        },
      ],
    },
    status: {
      ...(revision.fate.kind === 'quota' && { conditions: [quotaRefusal(replicaSetName(deployment, revision))] }),
    },
  }));
}

function quotaRefusal(name: string): Record<string, string> {
  return {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: `pods "${name}-" is forbidden: exceeded quota: espalier, requested: requests.cpu=4, used: requests.cpu=0, limited: requests.cpu=2`,
  };
}

/** The status that a Deployment has now. */
export function deploymentStatus(workload: Workload, now: number): Record<string, unknown> {
  const { deployment, revisions } = workload;
  const newest = revisions.at(-1);
  const replicas = replicasOf(deployment);
  const ready = newest !== undefined && isReady(newest, now);
  const serving = livingRevisions(workload, now).some((revision) => isReady(revision, now));
  const refused = newest?.fate.kind === 'quota' ? [quotaRefusal(replicaSetName(deployment, newest))] : [];
  return {
    observedGeneration: deployment.metadata['generation'],
    replicas: podsOf(workload, now).length,
    updatedReplicas: newest?.fate.kind === 'quota' ? 0 : replicas,
    readyReplicas: serving ? replicas : 0,
    availableReplicas: serving ? replicas : 0,
    ...(ready ? {} : { unavailableReplicas: replicas }),
    conditions: [
      { type: 'Progressing', status: 'True', reason: ready ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated' },
      { type: 'Available', status: serving ? 'True' : 'False' },
      ...refused,
    ],
  };
}

/** The EndpointSlice of a Service over the pods it selects. */
export function endpointSliceOf(service: KubernetesObject, pods: readonly KubernetesObject[]): KubernetesObject {
  const selector = (service['spec'] as { selector?: Record<string, string> }).selector ?? {};
  const selected = pods.filter(
    (pod) =>
      pod.metadata.namespace === service.metadata.namespace &&
      Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value),
  );
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${service.metadata.name}-slice`,
      namespace: service.metadata.namespace ?? '',
      labels: { 'kubernetes.io/service-name': service.metadata.name },
    },
    addressType: 'IPv4',
    endpoints: Object.keys(selector).length === 0 ? [] : selected.map(endpointOf),
  };
}

function endpointOf(pod: KubernetesObject): Record<string, unknown> {
  const { podIP, conditions } = pod['status'] as { podIP: string; conditions: { type: string; status: string }[] };
  const ready = conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return {
    addresses: [podIP],
    conditions: { ready, serving: ready, terminating: false },
    targetRef: { kind: 'Pod', name: pod.metadata.name, namespace: pod.metadata.namespace },
  };
}
