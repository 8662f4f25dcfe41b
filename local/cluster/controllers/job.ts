/**
 * Job → pods: completions, parallelism, the limit of failures and of time, and clean-up after the end. Indexed completion,
 * suspension and pod failure policies are not done.
 */
import { isActive, isKind, ownerOf, timestamp, withCondition } from '../kinds.ts';
import type { Cluster, Condition, Job } from '../kinds.ts';
import { eventRecorder } from './record-event.ts';
import { createPod } from './replica-set.ts';
import { keyOf } from './run-controllers.ts';
import type { Controller } from './run-controllers.ts';

/** Runs each Job's pods until enough of them succeeded. */
export function jobController(cluster: Cluster): Controller {
  const record = eventRecorder(cluster, 'job-controller');
  return {
    name: 'job-controller',
    kind: 'Job',
    concerns(object) {
      if (isKind(object, 'Job')) return [keyOf(object)];
      const owner = isKind(object, 'Pod') ? ownerOf(object, 'Job') : undefined;
      return owner ? [`${object.metadata.namespace}/${owner.name}`] : [];
    },
    reconcile(namespace, name) {
      const job = cluster.get('Job', namespace, name);
      if (!job || job.metadata.deletionTimestamp) return undefined;
      const ended = job.status?.conditions?.find((condition) => condition.status === 'True');
      if (ended) return expire(cluster, job, ended.lastTransitionTime ?? '');
      const pods = cluster.list('Pod', namespace).filter((pod) => ownerOf(pod, 'Job')?.uid === job.metadata.uid);
      const active = pods.filter(isActive);
      const succeeded = pods.filter((pod) => pod.status?.phase === 'Succeeded').length;
      const failed = pods.filter((pod) => pod.status?.phase === 'Failed').length;
      const startTime = job.status?.startTime ?? timestamp();
      const { completions = 1, parallelism = 1, backoffLimit = 6, activeDeadlineSeconds } = job.spec;
      const left = (activeDeadlineSeconds ?? Infinity) * 1000 - (Date.now() - Date.parse(startTime));
      const end = endOf(succeeded >= completions, failed > backoffLimit, left <= 0);
      if (end) for (const pod of active) cluster.remove('Pod', namespace, pod.metadata.name);
      else {
        const missing = Math.min(parallelism, completions - succeeded) - active.length;
        for (let count = 0; count < missing; count += 1)
          record(job, 'Normal', 'SuccessfulCreate', `Created pod: ${createPod(cluster, job).metadata.name}`);
      }
      const now = cluster.list('Pod', namespace).filter((pod) => ownerOf(pod, 'Job')?.uid === job.metadata.uid);
      const status = {
        startTime,
        succeeded,
        failed,
        active: now.filter(isActive).length,
        ready: now.filter((pod) => isActive(pod) && pod.status?.phase === 'Running').length,
        ...(end?.type === 'Complete' ? { completionTime: timestamp() } : {}),
        ...(end ? { conditions: withCondition(job.status?.conditions as Condition[] | undefined, end) } : {}),
      };
      cluster.objects.updateStatus({ ...job, status });
      if (end) record(job, end.type === 'Complete' ? 'Normal' : 'Warning', end.reason, end.message);
      return end || left === Infinity ? undefined : left;
    },
  };
}

function endOf(complete: boolean, failed: boolean, late: boolean): Omit<Condition, 'lastTransitionTime'> | undefined {
  if (complete)
    return {
      type: 'Complete',
      status: 'True',
      reason: 'CompletionsReached',
      message: 'Reached expected number of succeeded pods',
    };
  if (failed)
    return {
      type: 'Failed',
      status: 'True',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    };
  if (late)
    return {
      type: 'Failed',
      status: 'True',
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
    };
  return undefined;
}

/** Removes an ended Job when its time is over, or says how long that takes. */
function expire(cluster: Cluster, job: Job, endedAt: string): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec;
  if (ttlSecondsAfterFinished === undefined) return undefined;
  const left = Date.parse(endedAt) + ttlSecondsAfterFinished * 1000 - Date.now();
  if (left > 0) return left;
  cluster.remove('Job', job.metadata.namespace, job.metadata.name);
  return undefined;
}
