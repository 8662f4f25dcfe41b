/** What a service runs to completion: at times, and around its deliveries. Separate because these pods come and go. */
import type { Resources } from './processes.ts';

/** Runs to completion in the service's own image. */
export interface Task {
  readonly command: readonly string[];
  /** Longest that it may take, as a duration. */
  readonly within: string;
  readonly resources: Resources;
}

/** Runs at times. Never two of them at once. */
export interface Schedule extends Task {
  /** Five fields, as cron writes them. */
  readonly schedule: string;
  /** IANA name; absent: UTC. */
  readonly timeZone?: string;
}

/** When the jobs of a delivery run: before its pods are replaced, after its route was seen, before the service is taken away. */
export const JOB_PHASES = ['before', 'after', 'withdraw'] as const;
export type JobPhase = (typeof JOB_PHASES)[number];

/** One job of a phase; they run one after the other. */
export interface Job extends Task {
  readonly name: string;
}

/** What a service runs to completion. */
export interface Jobs {
  readonly schedules?: Readonly<Record<string, Schedule>>;
  readonly jobs?: Readonly<Partial<Record<JobPhase, readonly Job[]>>>;
}

/** Seconds that all jobs of one phase may take together: a delivery that waits longer is stuck. */
export const LONGEST_PHASE = 3_600;
