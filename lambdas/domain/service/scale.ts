/** How many pods a service has. Separate because sizes of rollouts, autoscalers and quotas follow from it. */

/** Bounds between which the cluster chooses the number of pods; of two measures the one that asks for more pods wins. */
export interface Autoscale {
  readonly minimum: number;
  readonly maximum: number;
  /** Percent of the requested processor time that pods use on average; above it there come more. */
  readonly cpu?: number;
  /** Requests per second that a pod answers on average; above it there come more. */
  readonly requests?: number;
}

/** How a service is sized. */
export interface Scale {
  /** Pods of the service; with `autoscale` the fewest. */
  readonly replicas: number;
  /** Absent: the number of pods is fixed. */
  readonly autoscale?: Autoscale;
}

/** The most pods that one side may come to by the service file. */
export function mostReplicas({ replicas, autoscale }: Scale): number {
  return autoscale?.maximum ?? replicas;
}
