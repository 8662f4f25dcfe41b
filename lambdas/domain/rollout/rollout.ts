/**
 * A rollout: where it stands in its plan, and what it has seen. Separate because it is saved between any two lines and everything
 * that decides reads nothing else.
 */
import type { Instant } from '../environment/record.ts';
import type { AlarmWatch } from '../analysis/alarms.ts';
import type { Samples } from '../analysis/comparison.ts';
import type { Tally } from '../analysis/tally.ts';
import type { Bounds } from '../manifests/autoscaler.ts';
import type { Confirmation } from './confirmation.ts';
import type { Percent, Plan } from './step.ts';

/** One of the two versions of a service that take part. */
export interface Version {
  readonly side: 'blue' | 'green';
  readonly commit: string;
  readonly digest: string;
}

export interface Rollout {
  readonly plan: Plan;
  readonly candidate: Version;
  readonly stable: Version;
  /**
   * `preparing`: candidate's pods start · `stepping`: through the plan · `promoting`: the plain Service follows, then the old side goes
   * · `rolling-back`: weights return · `promoted`, `rolled-back` and `dark` are ends; another rollout releases what is dark.
   */
  readonly phase: 'preparing' | 'stepping' | 'promoting' | 'rolling-back' | 'promoted' | 'rolled-back' | 'dark';
  /** Index of the step in progress. */
  readonly step: number;
  /** The step at which an earlier rollout of the same build was stopped by a person or stayed dark, and at which this one begins. */
  readonly resumeAt?: number;
  /** Until when a dark version waits to be released. */
  readonly darkUntil?: Instant;
  /** When the step began; for a pause, when the weight before it was written. */
  readonly stepSince: Instant;
  readonly startedAt: Instant;
  /** The last weight that was written, and when; `verified` once the gateway was seen to hold it, or had its time. */
  readonly shifted: { readonly candidatePercent: Percent; readonly at: Instant; readonly verified?: true };
  /** Milliseconds that people kept it paused; they do not count towards the deadline. */
  readonly pausedFor: number;
  /** Set while a person keeps it paused. */
  readonly pausedSince?: Instant;
  /** Why it returns or returned. */
  readonly reason?: RollBackReason;
  /** When it began to return. */
  readonly returningSince?: Instant;
  /** Set while a person is asked. */
  readonly question?: Question;
  /** Replicas that stable must keep while it may have to take everything. */
  readonly stableReplicas: number;
  /** What stable's autoscaler goes back to when the rollout returns; absent when stable has none. */
  readonly stableBounds?: Bounds;
  /**
   * What moves traffic: weights of the route, or, where not both versions have one, the plain Service alone. Absent: weights.
   */
  readonly way?: 'weights' | 'plain-service';
  /** What becomes of the way in from outside at promotion, where only one of the two versions has one. */
  readonly wayIn?: 'opens' | 'closes';
  /** Milliseconds that preparing and returning may take, paused time excluded. */
  readonly deadline: number;
  readonly tally: Tally;
  /** What was sampled of both versions in this step; absent before the first pair. */
  readonly samples?: { readonly at: Instant; readonly series: Samples };
  /** What was seen of the plan's alarms; absent before the first look. */
  readonly alarms?: AlarmWatch;
  /** What the load balancer said about the weights; only where one shares the requests. */
  readonly confirmation?: Confirmation;
  /** A person started it although alarms fired: those that do at the first look do not count. */
  readonly despiteAlarms?: true;
}

/** What is asked of people; an answer is bound to digest and step. */
export interface Question {
  readonly about: 'step' | 'inconclusive' | 'no-data';
  readonly text: string;
  readonly until: Instant;
}

export type RollBackReason =
  | { readonly kind: 'unhealthy'; readonly measurement: string }
  /** An alarm fired before, or could not be looked at: no request ever went to the candidate. */
  | { readonly kind: 'not-started'; readonly message: string }
  | { readonly kind: 'candidate-failed'; readonly message: string }
  | { readonly kind: 'deadline'; readonly message: string }
  | { readonly kind: 'unanswered'; readonly question: string }
  | { readonly kind: 'ordered'; readonly by: string; readonly comment?: string }
  | { readonly kind: 'dropped'; readonly by: string; readonly comment?: string }
  /** Nobody released a dark version in its time. */
  | { readonly kind: 'unreleased' }
  | { readonly kind: 'superseded' }
  /** The rollout itself could not go on: the cluster or a store was away for too long. */
  | { readonly kind: 'stuck'; readonly message: string }
  | { readonly kind: 'branch-deleted' };
