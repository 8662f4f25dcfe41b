/**
 * What becomes of Jobs in the fake: one pod, and an end that tests choose. Separate because Deployments know nothing of ends.
 */
import type { KubernetesObject } from '../../../lambdas/ports/cluster.ts';

/** How a Job ends, this many milliseconds after it was made. */
export type JobFate =
  | { readonly kind: 'succeeds'; readonly after: number }
  | { readonly kind: 'fails'; readonly after: number; readonly exitCode: number; readonly log: string }
  | { readonly kind: 'takes-too-long'; readonly after: number };

/** The status that a Job has now. */
export function jobStatus(createdAt: number, fate: JobFate, now: number): Record<string, unknown> {
  if (now < createdAt + fate.after) return { active: 1 };
  const condition = (type: string, reason: string) => ({ conditions: [{ type, status: 'True', reason }] });
  switch (fate.kind) {
    case 'succeeds':
      return { succeeded: 1, ...condition('Complete', 'CompletionsReached') };
    case 'fails':
      return { failed: 1, ...condition('Failed', 'BackoffLimitExceeded') };
    case 'takes-too-long':
      return condition('Failed', 'DeadlineExceeded');
  }
}

/** Its pod; the end of its log stands where Kubernetes puts it. */
export function jobPodOf(job: KubernetesObject, createdAt: number, fate: JobFate, now: number): KubernetesObject {
  const { template } = job['spec'] as { template: { metadata: { labels: Record<string, string> } } };
  const ended = now >= createdAt + fate.after && fate.kind !== 'takes-too-long';
  const failed = ended && fate.kind === 'fails';
  const terminated = failed
    ? { exitCode: fate.exitCode, reason: 'Error', message: fate.log }
    : { exitCode: 0, reason: 'Completed' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${job.metadata.name}-x`,
      namespace: job.metadata.namespace ?? '',
      labels: { ...template.metadata.labels, 'batch.kubernetes.io/job-name': job.metadata.name },
    },
    status: {
      phase: ended ? (failed ? 'Failed' : 'Succeeded') : 'Running',
      podIP: '10.1.0.1',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [
        { name: 'service', ready: false, restartCount: 0, state: ended ? { terminated } : { running: {} } },
      ],
    },
  };
}
