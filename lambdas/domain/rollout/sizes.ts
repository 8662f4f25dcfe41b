/**
 * How many replicas each side needs for a share of the requests. Separate because manifests, autoscalers, quotas and decisions
 * must agree on it.
 */
import { keepsTo, type Bounds } from '../manifests/autoscaler.ts';
import type { Scale } from '../service/scale.ts';
import type { Percent } from './step.ts';

/** A side as the cluster has it: the number of pods it is to have, and what its autoscaler keeps to. */
export interface SideSize {
  readonly replicas: number;
  readonly bounds?: Bounds;
}

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

/**
 * Whether everything is said so that a side gets this large. An autoscaler's minimum is enough: until it acted the side waits for it.
 * A side of fixed size must have no autoscaler, which would take the number back.
 */
export function isSized(present: SideSize, needs: number, autoscaled: boolean): boolean {
  if (!autoscaled) return present.bounds === undefined && present.replicas >= needs;
  return present.bounds !== undefined && present.replicas > 0 && present.bounds.minimum >= needs;
}

/** Whether a side is exactly what the service file says. */
export function isAsDefined(present: SideSize, { replicas, autoscale }: Scale): boolean {
  if (autoscale !== undefined) return present.replicas > 0 && keepsTo(present.bounds, autoscale);
  return present.bounds === undefined && present.replicas === replicas;
}
