/**
 * Are the new pods ready, what is waited for, or will they never be? Separate because the answer depends on nothing but what the
 * cluster says, and decides whether an author is told.
 */
import type { Deployment, DeploymentCondition } from 'kubernetes-types/apps/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { CRASHES, judgePod, never, wroteTooMuch, type PodVerdict } from './judge-pod.ts';

/** As of a pod. */
export type Readiness = PodVerdict;

/** Pods that are refused for this long are refused for good: within it, pods of an older version may still make room. */
const REFUSAL_PATIENCE = 10_000;

/** Whether every pod of the newest template serves; the older version's pods may still be going. */
export function isRolledOut(deployment: Deployment): boolean {
  const { generation = 0 } = deployment.metadata ?? {};
  const { observedGeneration = 0, updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = deployment.status ?? {};
  const wanted = deployment.spec?.replicas ?? 1;
  return (
    observedGeneration >= generation &&
    updatedReplicas >= wanted &&
    replicas <= updatedReplicas &&
    availableReplicas >= updatedReplicas
  );
}

/** Judges a Deployment and the pods of its newest template. `now` in milliseconds since 1970. */
export function judgeReadiness(deployment: Deployment, pods: readonly Pod[], now: number): Readiness {
  if (isRolledOut(deployment)) return { kind: 'ready' };
  const name = deployment.metadata?.name ?? '';
  if ((deployment.status?.observedGeneration ?? 0) < (deployment.metadata?.generation ?? 0)) {
    return { kind: 'waiting', on: `Deployment ${name} to be taken on by the cluster` };
  }
  const verdicts = pods.map(judgePod);
  const hopeless = verdicts.find((verdict) => verdict.kind === 'never');
  if (hopeless !== undefined) return hopeless;
  // One that is ended stays beside the one that takes its place.
  const full = pods.flatMap((pod) => {
    const because = wroteTooMuch(pod);
    return because === undefined ? [] : [never(`pod ${pod.metadata?.name ?? ''}`, because)];
  });
  if (full[0] !== undefined && full.length >= CRASHES) return full[0];

  const refused = conditionOf(deployment, 'ReplicaFailure');
  if (refused?.status === 'True') return judgeRefusal(refused, now);

  const slow = verdicts.find((verdict): verdict is PodVerdict & { kind: 'waiting' } => verdict.kind === 'waiting');
  const on = slow?.on ?? `pods of Deployment ${name} to be created`;
  const progress = conditionOf(deployment, 'Progressing');
  if (progress?.status === 'False' && progress.reason === 'ProgressDeadlineExceeded') {
    const seconds = String(deployment.spec?.progressDeadlineSeconds ?? 600);
    return {
      kind: 'never',
      because: `No progress for ${seconds} s; still waiting for ${on}. What was there before keeps serving.`,
    };
  }
  return { kind: 'waiting', on };
}

function conditionOf(deployment: Deployment, type: string): DeploymentCondition | undefined {
  return deployment.status?.conditions?.find((condition) => condition.type === type);
}

function judgeRefusal(refused: DeploymentCondition, now: number): Readiness {
  const message = refused.message ?? 'the cluster refuses to create pods';
  const since = Date.parse(refused.lastTransitionTime ?? '');
  if (now - since < REFUSAL_PATIENCE) return { kind: 'waiting', on: `room for new pods: ${message}` };
  const advice = message.includes('exceeded quota')
    ? 'Ask for less in the service file (resources, replicas), withdraw a service of this environment, or raise the quota of its kind in the settings.'
    : 'Change the service file so that its pods fit the limits of the environment.';
  return { kind: 'never', because: `The cluster refuses the new pods: ${message}. ${advice}` };
}
