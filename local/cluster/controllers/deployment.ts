/**
 * Deployment → ReplicaSets: which templates there are, and how many of each. Separate from the arithmetic of an update
 * (rolling-update.ts) and from what the status says (deployment-status.ts).
 */
import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import { isKind, ownedBy, ownerOf } from '../kinds.ts';
import type { Cluster, Deployment, ReplicaSet } from '../kinds.ts';
import { saveDeploymentStatus } from './deployment-status.ts';
import type { FreshReplicaSet } from './deployment-status.ts';
import { eventRecorder } from './record-event.ts';
import type { RecordEvent } from './record-event.ts';
import { limitsOf, nextScales } from './rolling-update.ts';
import type { Scale } from './rolling-update.ts';
import { keyOf } from './run-controllers.ts';
import type { Controller } from './run-controllers.ts';
import { templateHash } from './template-hash.ts';

const revisionKey = 'deployment.kubernetes.io/revision';
const hashLabel = 'pod-template-hash';

/** Brings each Deployment's ReplicaSets to its template, by its strategy. */
export function deploymentController(cluster: Cluster): Controller {
  const record = eventRecorder(cluster, 'deployment-controller');
  return {
    name: 'deployment-controller',
    kind: 'Deployment',
    concerns(object) {
      if (isKind(object, 'Deployment')) return [keyOf(object)];
      const { namespace } = object.metadata;
      const set = isKind(object, 'Pod') ? ownerOf(object, 'ReplicaSet') : undefined;
      const from = set ? cluster.get('ReplicaSet', namespace, set.name) : object;
      const owner = from && isKind(from, 'ReplicaSet') ? ownerOf(from, 'Deployment') : undefined;
      return owner ? [`${namespace}/${owner.name}`] : [];
    },
    reconcile(namespace, name) {
      const deployment = cluster.get('Deployment', namespace, name);
      if (!deployment || deployment.metadata.deletionTimestamp) return undefined;
      const fresh = deployment.spec.paused ? existing(cluster, deployment) : ensureFresh(cluster, record, deployment);
      if (!deployment.spec.paused && fresh.set) roll(cluster, record, deployment, fresh.set);
      const sets = ownSets(cluster, deployment);
      if (fresh.set) forgetOld(cluster, deployment, fresh.set, sets);
      return saveDeploymentStatus(cluster, deployment, sets, fresh);
    },
  };
}

/** A Deployment's ReplicaSets, the oldest first. */
function ownSets(cluster: Cluster, deployment: Deployment): ReplicaSet[] {
  return cluster
    .list('ReplicaSet', deployment.metadata.namespace)
    .filter((set) => ownerOf(set, 'Deployment')?.uid === deployment.metadata.uid && !set.metadata.deletionTimestamp)
    .sort((a, b) => revisionOf(a) - revisionOf(b));
}

const revisionOf = (set: ReplicaSet): number => Number(set.metadata.annotations?.[revisionKey] ?? 0);

function existing(cluster: Cluster, deployment: Deployment): FreshReplicaSet {
  const hash = templateHash(deployment.spec.template);
  const set = ownSets(cluster, deployment).find((own) => own.metadata.labels?.[hashLabel] === hash);
  return { set, news: undefined };
}

/** The ReplicaSet of the present template with the highest revision; made, or brought back from the history, when needed. */
function ensureFresh(cluster: Cluster, record: RecordEvent, deployment: Deployment): FreshReplicaSet {
  const sets = ownSets(cluster, deployment);
  const last = Math.max(0, ...sets.map(revisionOf));
  const found = existing(cluster, deployment).set;
  if (!found) {
    const set = createSet(cluster, deployment, last + 1, sets.length === 0);
    saveRevision(cluster, deployment, last + 1);
    const replicas = set.spec.replicas ?? 0;
    if (replicas > 0) tellScaling(record, deployment, set, 0, replicas);
    return { set, news: 'NewReplicaSetCreated' };
  }
  if (revisionOf(found) === last) {
    saveRevision(cluster, deployment, last);
    return { set: found, news: undefined };
  }
  const annotations = { ...found.metadata.annotations, [revisionKey]: String(last + 1) };
  const set = cluster.objects.update({ ...found, metadata: { ...found.metadata, annotations } }) as ReplicaSet;
  saveRevision(cluster, deployment, last + 1);
  return { set, news: 'FoundNewReplicaSet' };
}

function createSet(cluster: Cluster, deployment: Deployment, revision: number, first: boolean): ReplicaSet {
  const { template, selector, minReadySeconds, replicas = 1 } = deployment.spec;
  const hash = templateHash(template);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const hashed: PodTemplateSpec = { ...template, metadata: { ...template.metadata, labels } };
  const { namespace = 'default', name } = deployment.metadata;
  return cluster.create('ReplicaSet', {
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      ownerReferences: ownedBy(deployment),
      annotations: {
        ...withoutOwn(deployment.metadata.annotations),
        [revisionKey]: String(revision),
        'deployment.kubernetes.io/desired-replicas': String(replicas),
      },
    },
    spec: {
      replicas: first ? replicas : 0,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: hashed,
    },
  }) as ReplicaSet;
}

/** Annotations are passed on to the ReplicaSet, except what tools remember about the Deployment itself. */
function withoutOwn(annotations: Record<string, string> = {}): Record<string, string> {
  const {
    'kubectl.kubernetes.io/last-applied-configuration': _applied,
    [revisionKey]: _revision,
    ...rest
  } = annotations;
  return rest;
}

function saveRevision(cluster: Cluster, deployment: Deployment, revision: number): void {
  const current = cluster.get('Deployment', deployment.metadata.namespace, deployment.metadata.name);
  if (!current || current.metadata.annotations?.[revisionKey] === String(revision)) return;
  const annotations = { ...current.metadata.annotations, [revisionKey]: String(revision) };
  cluster.objects.update({ ...current, metadata: { ...current.metadata, annotations } });
}

/** One step of the strategy; the ReplicaSets' next status brings us back for the following one. */
function roll(cluster: Cluster, record: RecordEvent, deployment: Deployment, fresh: ReplicaSet): void {
  const { replicas = 1, strategy } = deployment.spec;
  const old = ownSets(cluster, deployment).filter((set) => set.metadata.uid !== fresh.metadata.uid);
  const change = (set: ReplicaSet, wanted: number): void => {
    if ((set.spec.replicas ?? 0) === wanted) return;
    cluster.objects.update({ ...set, spec: { ...set.spec, replicas: wanted } });
    tellScaling(record, deployment, set, set.spec.replicas ?? 0, wanted);
  };
  if (strategy?.type === 'Recreate') {
    for (const set of old) change(set, 0);
    const uids = new Set(old.map((set) => set.metadata.uid));
    const pods = cluster.list('Pod', deployment.metadata.namespace);
    if (!pods.some((pod) => uids.has(ownerOf(pod, 'ReplicaSet')?.uid ?? ''))) change(fresh, replicas);
    return;
  }
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy?.rollingUpdate ?? {};
  const next = nextScales(limitsOf(replicas, maxSurge, maxUnavailable), scaleOf(fresh), old.map(scaleOf));
  for (const set of [fresh, ...old]) change(set, next.get(set.metadata.name) ?? set.spec.replicas ?? 0);
}

const scaleOf = (set: ReplicaSet): Scale => ({
  name: set.metadata.name,
  replicas: set.spec.replicas ?? 0,
  available: set.status?.availableReplicas ?? 0,
});

function tellScaling(record: RecordEvent, about: Deployment, set: ReplicaSet, before: number, after: number): void {
  const way = after > before ? 'up' : 'down';
  record(
    about,
    'Normal',
    'ScalingReplicaSet',
    `Scaled ${way} replica set ${set.metadata.name} from ${before} to ${after}`,
  );
}

/** Old ReplicaSets without pods are kept for going back, `revisionHistoryLimit` of them. */
function forgetOld(cluster: Cluster, deployment: Deployment, fresh: ReplicaSet, sets: readonly ReplicaSet[]): void {
  const idle = sets.filter((set) => {
    const empty = (set.spec.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0;
    return empty && set.metadata.uid !== fresh.metadata.uid;
  });
  const surplus = idle.length - (deployment.spec.revisionHistoryLimit ?? 10);
  for (const set of idle.slice(0, Math.max(0, surplus)))
    cluster.remove('ReplicaSet', set.metadata.namespace, set.metadata.name);
}
