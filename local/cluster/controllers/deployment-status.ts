/**
 * What a Deployment's status says, as `kubectl rollout status` and every deploy tool read it. Separate because its rules
 * (progress, deadline, availability) are a subject of their own:
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
 */
import { timestamp, withCondition } from '../kinds.ts';
import type { Cluster, Condition, Deployment, ReplicaSet } from '../kinds.ts';
import { canonical } from './template-hash.ts';
import { limitsOf } from './rolling-update.ts';

/** The ReplicaSet of the present template, and whether it was just made or found again. */
export interface FreshReplicaSet {
  readonly set: ReplicaSet | undefined;
  readonly news: 'NewReplicaSetCreated' | 'FoundNewReplicaSet' | undefined;
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

/** Writes the status; answers when the progress deadline has to be looked at. */
export function saveDeploymentStatus(
  cluster: Cluster,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  fresh: FreshReplicaSet,
): number | undefined {
  const sum = (count: (set: ReplicaSet) => number | undefined): number =>
    sets.reduce((total, set) => total + (count(set) ?? 0), 0);
  const now = sets.find((set) => set.metadata.uid === fresh.set?.metadata.uid);
  const counts: Counts = {
    replicas: sum((set) => set.status?.replicas),
    updatedReplicas: now?.status?.replicas ?? 0,
    readyReplicas: sum((set) => set.status?.readyReplicas),
    availableReplicas: sum((set) => set.status?.availableReplicas),
  };
  const before = (deployment.status?.conditions ?? []) as Condition[];
  const progress = progressOf(
    deployment,
    counts,
    fresh,
    before.find((condition) => condition.type === 'Progressing'),
  );
  const failure = now?.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure') as
    Condition | undefined;
  const conditions = [availability(deployment, counts), ...(progress ? [progress] : []), ...(failure ? [failure] : [])];
  const status = {
    observedGeneration: deployment.metadata.generation,
    ...counts,
    unavailableReplicas: Math.max(0, sum((set) => set.spec.replicas) - counts.availableReplicas),
    conditions: conditions.map((condition) => stamped(before, condition)),
  };
  const current = cluster.get('Deployment', deployment.metadata.namespace, deployment.metadata.name);
  if (current && canonical(current.status) !== canonical(status)) cluster.objects.updateStatus({ ...current, status });
  return deadlineIn(
    deployment,
    status.conditions.find((condition) => condition.type === 'Progressing'),
  );
}

type Told = Omit<Condition, 'lastTransitionTime'>;

/** The update time moves with what is said, or when progress was made (then it comes with the condition). */
function stamped(before: readonly Condition[], next: Told): Condition {
  const old = before.find((condition) => condition.type === next.type);
  const same = old && old.status === next.status && old.reason === next.reason && old.message === next.message;
  const lastUpdateTime = next.lastUpdateTime ?? (same ? old.lastUpdateTime : undefined) ?? timestamp();
  const conditions = withCondition(before, { ...next, lastUpdateTime });
  return conditions[conditions.length - 1] as Condition;
}

function availability(deployment: Deployment, counts: Counts): Told {
  const { replicas = 1, strategy } = deployment.spec;
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy?.rollingUpdate ?? {};
  const limits = limitsOf(replicas, maxSurge, maxUnavailable);
  return counts.availableReplicas >= replicas - (strategy?.type === 'Recreate' ? 0 : limits.maxUnavailable)
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** Complete, progressing or timed out: in this order, and what is complete stays so until the template changes. */
function progressOf(
  deployment: Deployment,
  counts: Counts,
  fresh: FreshReplicaSet,
  before: Condition | undefined,
): Told | undefined {
  const { replicas = 1 } = deployment.spec;
  const name = fresh.set?.metadata.name ?? deployment.metadata.name;
  const told = (status: Told['status'], reason: string, message: string): Told => ({
    type: 'Progressing',
    status,
    reason,
    message,
  });
  if (deployment.spec.paused) return told('Unknown', 'DeploymentPaused', 'Deployment is paused');
  if (fresh.news === 'NewReplicaSetCreated') return told('True', fresh.news, `Created new replica set "${name}"`);
  if (fresh.news) return told('True', fresh.news, `Found new replica set "${name}"`);
  const settled = counts.replicas === counts.updatedReplicas && before?.reason === 'NewReplicaSetAvailable';
  if (settled) return before;
  const complete = [counts.updatedReplicas, counts.replicas, counts.availableReplicas].every((n) => n === replicas);
  if (complete) return told('True', 'NewReplicaSetAvailable', `ReplicaSet "${name}" has successfully progressed.`);
  if (madeProgress(counts, deployment.status as Counts | undefined))
    return {
      ...told('True', 'ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`),
      lastUpdateTime: timestamp(),
    };
  const late = before?.reason === 'ProgressDeadlineExceeded' || (deadlineIn(deployment, before) ?? 1) <= 0;
  if (late) return told('False', 'ProgressDeadlineExceeded', `ReplicaSet "${name}" has timed out progressing.`);
  return before;
}

function madeProgress(now: Counts, before: Counts | undefined): boolean {
  const old = (counts: Counts): number => counts.replicas - counts.updatedReplicas;
  const { updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0, replicas = 0 } = before ?? {};
  const then = { updatedReplicas, readyReplicas, availableReplicas, replicas };
  return (
    now.updatedReplicas > updatedReplicas ||
    old(now) < old(then) ||
    now.readyReplicas > readyReplicas ||
    now.availableReplicas > availableReplicas
  );
}

/** Milliseconds until the deadline, counted from the last progress; nothing when it is complete, late or paused. */
function deadlineIn(deployment: Deployment, progress: Condition | undefined): number | undefined {
  if (!progress || progress.status !== 'True' || progress.reason === 'NewReplicaSetAvailable') return undefined;
  const seconds = deployment.spec.progressDeadlineSeconds ?? 600;
  // Times are whole seconds: a second more keeps a deadline from being early.
  return Date.parse(progress.lastUpdateTime ?? '') + (seconds + 1) * 1000 - Date.now();
}
