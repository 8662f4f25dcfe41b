/**
 * How many replicas each side needs for a share of the requests. Separate because manifests, autoscalers, quotas and decisions
 * must agree on it.
 */
import type { Percent } from './step.ts';

/** `ceil(stable × share)`, at least one while the candidate serves anybody. */
export function candidateReplicas(stableReplicas: number, candidatePercent: Percent): number {
  return Math.max(1, Math.ceil((stableReplicas * candidatePercent) / 100));
}

/**
 * Least replicas of the stable side while a rollout runs: what it has now, and never below what the service file asks for.
 * INVARIANT: stable never shrinks below what it serves; it is made smaller only after the promotion was read back.
 */
export function stableMinimum(presentReplicas: number, definedReplicas: number): number {
  return Math.max(presentReplicas, definedReplicas, 1);
}
