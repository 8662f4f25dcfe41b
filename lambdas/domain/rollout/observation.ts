/**
 * What a rollout sees before it decides: the cluster, the measurements and the orders of people at one moment. Separate because those
 * who look know nothing of those who decide.
 */
import type { AlarmVerdict } from '../analysis/alarms.ts';
import type { Instant } from '../environment/record.ts';
import type { Percent } from './step.ts';

/** What was true at one moment. */
export interface Observation {
  readonly now: Instant;
  /** Share of the candidate as the route says it; undefined when the route is missing or was changed beyond weights. */
  readonly candidatePercent: Percent | undefined;
  /** Why the route as it is written does not hold yet: not accepted, or the gateway has not had its time. Absent once verified. */
  readonly unsettled?: string;
  /** When it holds for certain, where only time is missing. */
  readonly settledAt?: Instant;
  /** Why requests that the next weight sends to the candidate would not reach it: a load balancer does not know its pods yet. */
  readonly unreachable?: string;
  /** The route does not even name the candidate, so that a load balancer cannot learn its pods. */
  readonly unnamed?: boolean;
  readonly headerRoute: boolean;
  /** The route is there, and leads to the candidate, exactly if the candidate's service file wants one. */
  readonly wayInAsWanted: boolean;
  /** Whom the plain Service selects. */
  readonly plainService: 'stable' | 'candidate' | 'nobody';
  readonly candidate: Readiness;
  readonly stable: Readiness;
  /** The baseline; absent where none may be. */
  readonly baseline?: BaselineSeen;
  /** Replicas are those that the next share needs. */
  readonly candidateSized: boolean;
  readonly stableSized: boolean;
  /** Size or bounds are those that hold while no rollout moves anything. */
  readonly candidateAsDefined: boolean;
  readonly stableAsDefined: boolean;
  /** The latest measurement since the step began; undefined when none was due. */
  readonly analysis?: Analysis;
  /** What the plan's alarms say; undefined when it has none, or before the first look. */
  readonly alarms?: AlarmVerdict;
  /** What a person ordered since the last decision; taken once. */
  readonly order?: Order;
  /** Somebody newer is responsible, or the branch is gone. */
  readonly wanted: 'this' | 'newer' | 'nothing';
}

/** The fresh pods of stable that the candidate is compared with. */
export interface BaselineSeen {
  /** Their share as the route says it. */
  readonly percent: Percent;
  /** There is anything of it in the cluster. */
  readonly present: boolean;
  /** It is to be there now. */
  readonly wanted: boolean;
  /** It runs what stable runs, in the size that its share needs. */
  readonly prepared: boolean;
  /** The route does not name it, so that a load balancer cannot learn its pods. */
  readonly unnamed?: boolean;
  readonly readiness: Readiness;
}

/** Pods of one side. `serving`: at least one of them takes requests now. */
export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waiting'; readonly on: string; readonly serving: boolean }
  | { readonly kind: 'failed'; readonly why: string; readonly serving: boolean };

/** The verdict over the step so far, with the measurement that led to it. */
export type Analysis =
  | { readonly kind: 'healthy'; readonly measurement?: string }
  /** `tooFew`: a metric had not the requests that it needs. */
  | { readonly kind: 'going-on'; readonly measurement?: string; readonly tooFew?: true }
  | { readonly kind: 'unhealthy'; readonly measurement: string }
  | { readonly kind: 'inconclusive'; readonly measurement: string }
  | { readonly kind: 'no-data'; readonly measurement: string };

export interface Order {
  readonly kind: 'approve' | 'reject' | 'promote' | 'pause' | 'resume' | 'abort' | 'skip' | 'retry';
  readonly by: string;
  readonly comment?: string;
}
