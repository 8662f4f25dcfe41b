/**
 * ReplicaSet → pods. Separate from Deployments, which only choose how many of which template there are.
 */
import { randomInt } from 'node:crypto';
import { isActive, isKind, ownedBy, ownerOf, readySince, withCondition } from '../kinds.ts';
import type { Cluster, Condition, Job, Pod, ReplicaSet } from '../kinds.ts';
import { eventRecorder } from './record-event.ts';
import type { RecordEvent } from './record-event.ts';
import { keyOf } from './run-controllers.ts';
import type { Controller } from './run-controllers.ts';

/** The letters of generated names: no vowels, so that no words appear. */
const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** Five random letters, as the API server's `generateName` adds. */
export function nameSuffix(): string {
  return Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('');
}

/** A pod from a template, owned by what made it. */
export function createPod(cluster: Cluster, owner: ReplicaSet | Job): Pod {
  const template = owner.spec.template;
  const { namespace, name } = owner.metadata;
  const { labels = {}, annotations = {} } = template?.metadata ?? {};
  return cluster.create('Pod', {
    metadata: {
      name: `${name.slice(0, 57)}-${nameSuffix()}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations,
      ownerReferences: ownedBy(owner),
    },
    spec: template?.spec,
    status: { phase: 'Pending' },
  }) as Pod;
}

/** Which pods go first: those that serve least. */
function expendable(a: Pod, b: Pod): number {
  const rank = (pod: Pod): number[] => [
    pod.spec.nodeName ? 1 : 0,
    pod.status?.phase === 'Running' ? 1 : 0,
    readySince(pod) === undefined ? 0 : 1,
    -(readySince(pod) ?? 0),
    -Date.parse(pod.metadata.creationTimestamp),
  ];
  const [left, right] = [rank(a), rank(b)];
  const differs = left.findIndex((value, index) => value !== right[index]);
  return differs < 0 ? 0 : (left[differs] ?? 0) - (right[differs] ?? 0);
}

/** Keeps as many pods as each ReplicaSet wants. */
export function replicaSetController(cluster: Cluster): Controller {
  const record = eventRecorder(cluster, 'replicaset-controller');
  return {
    name: 'replicaset-controller',
    kind: 'ReplicaSet',
    concerns(object) {
      if (isKind(object, 'ReplicaSet')) return [keyOf(object)];
      const owner = isKind(object, 'Pod') ? ownerOf(object, 'ReplicaSet') : undefined;
      return owner ? [`${object.metadata.namespace}/${owner.name}`] : [];
    },
    reconcile(namespace, name) {
      const set = cluster.get('ReplicaSet', namespace, name);
      if (!set || set.metadata.deletionTimestamp) return undefined;
      const pods = podsOf(cluster, set);
      const failure = scale(cluster, record, set, pods);
      const again = saveStatus(cluster, set, failure);
      if (failure !== undefined) throw failure;
      return again;
    },
  };
}

/** The pods that count towards a ReplicaSet. */
function podsOf(cluster: Cluster, set: ReplicaSet): Pod[] {
  const own = (pod: Pod): boolean => ownerOf(pod, 'ReplicaSet')?.uid === set.metadata.uid;
  return cluster.list('Pod', set.metadata.namespace).filter((pod) => own(pod) && isActive(pod));
}

function scale(cluster: Cluster, record: RecordEvent, set: ReplicaSet, pods: Pod[]): Error | undefined {
  const wanted = set.spec.replicas ?? 1;
  try {
    for (let count = pods.length; count < wanted; count += 1)
      record(set, 'Normal', 'SuccessfulCreate', `Created pod: ${createPod(cluster, set).metadata.name}`);
  } catch (error) {
    record(set, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`);
    return error as Error;
  }
  for (const pod of pods.sort(expendable).slice(0, Math.max(0, pods.length - wanted))) {
    cluster.remove('Pod', pod.metadata.namespace, pod.metadata.name);
    record(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
  }
  return undefined;
}

/** Writes what is true now; answers when the next pod will have been ready for `minReadySeconds`. */
function saveStatus(cluster: Cluster, set: ReplicaSet, failure: Error | undefined): number | undefined {
  const pods = podsOf(cluster, set);
  const since = pods.map(readySince).filter((time) => time !== undefined);
  const waits = since.map((time) => time + (set.spec.minReadySeconds ?? 0) * 1000 - Date.now());
  const others = (set.status?.conditions ?? []).filter((condition) => condition.type !== 'ReplicaFailure');
  const failed = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' } as const;
  const conditions = failure
    ? withCondition(set.status?.conditions as Condition[] | undefined, { ...failed, message: failure.message })
    : others;
  const status = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.length,
    readyReplicas: since.length,
    availableReplicas: waits.filter((wait) => wait <= 0).length,
    observedGeneration: set.metadata.generation,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
  const current = cluster.get('ReplicaSet', set.metadata.namespace, set.metadata.name);
  if (current) cluster.objects.updateStatus({ ...current, status });
  const pending = waits.filter((wait) => wait > 0);
  return pending.length > 0 ? Math.min(...pending) : undefined;
}
