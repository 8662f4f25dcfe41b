/**
 * The record of an environment: everything that must change together, as one DynamoDB item.
 * Separate because every stage reads it and only the transitions beside this file may change it.
 */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import type { Promised } from '../catalogue/promise.ts';

/** 40 hexadecimal digits. */
export type Commit = string;
/** Milliseconds since 1970. */
export type Instant = number;

export interface EnvironmentRecord {
  readonly id: string;
  readonly kind: EnvironmentKind;
  /** The exact branch name; null for a kind that has no branch. */
  readonly branch: string | null;
  /** `active`: services come and go · `removing`: nothing new starts · `removed`: a tombstone that keeps id and generations. */
  readonly phase: 'active' | 'removing' | 'removed';
  /** Grows with every saved change; saving is conditional on the one that was read. */
  readonly version: number;
  /** Grows each time the environment comes into being again; names the thread of its notices. */
  readonly incarnation: number;
  readonly createdAt: Instant;
  /** By service key (see naming/service-key). A withdrawn service stays as an entry for its generation. */
  readonly services: Readonly<Record<string, ServiceRecord>>;
  readonly removal: RemovalRecord;
  /** When a tombstone may be forgotten: closed execution names are refused for 90 days. */
  readonly forgetAt?: Instant;
}

/** One service of the environment. */
export interface ServiceRecord {
  readonly repository: string;
  /** The service's own name, known from its service file once a build was recorded; unique within the environment. */
  readonly name?: string;
  /** What it promises and needs at the commit that was registered last. */
  readonly promised?: Promised;
  /** Grows with every claim; never falls, not even after removal. */
  readonly generation: number;
  readonly desired: Desired;
  readonly applied?: Applied;
  readonly dark?: Dark;
  /** True from the first claim of a delivery until the service was withdrawn: objects may exist in the cluster. */
  readonly touched: boolean;
  readonly owner?: Owner;
  readonly failure?: Failure;
  /** A commit that was removed by hand: only another head delivers again. */
  readonly held?: Commit;
  /** Set by a person who asks to deliver what is already applied or has failed. */
  readonly again?: true;
  /** How often the cluster was put right for it, and since when that is counted. */
  readonly healed?: { readonly since: Instant; readonly times: number };
  /** Since when the branch of a lasting environment's service is gone; told once, and nothing else happens. */
  readonly branchGone?: Instant;
}

export type Desired =
  | { readonly kind: 'commit'; readonly commit: Commit; readonly since: Instant }
  | {
      readonly kind: 'absent';
      readonly because: 'branch-deleted' | 'by-hand' | 'never-delivered';
      readonly since: Instant;
    };

/** What was reached and read back. */
export interface Applied {
  readonly commit: Commit;
  readonly digest: string;
  readonly generation: number;
  readonly url?: string;
  readonly side: 'blue' | 'green';
  readonly at: Instant;
  /** What it promises and needs at this commit. */
  readonly promised?: Promised;
}

/** A version that was delivered and not released: it runs beside what is applied and is reached by a header only. */
export interface Dark {
  readonly commit: Commit;
  readonly digest: string;
  readonly generation: number;
  readonly side: 'blue' | 'green';
  readonly header: { readonly name: string; readonly value: string };
  /** When it goes unless somebody releases it. */
  readonly until: Instant;
  readonly at: Instant;
}

/** The execution that is responsible. Saved before it is started, with all that is needed to start it again. */
export interface Owner {
  readonly workflow: 'deliver-service' | 'withdraw-service';
  readonly execution: string;
  readonly input: string;
  readonly generation: number;
  /** The commit of a delivery. */
  readonly commit?: Commit;
  readonly claimedAt: Instant;
  /** True once the execution itself was heard. */
  readonly started: boolean;
  /** A person started it, under a name of their own: never started again. */
  readonly byHand?: true;
}

/** Why the last attempt for what is desired ended without reaching it. */
export interface Failure {
  readonly kind: 'rejected' | 'transient' | 'bug';
  readonly reason: string;
  readonly commit?: Commit;
  readonly generation: number;
  /** Attempts for the same commit that failed in a row. */
  readonly attempts: number;
  readonly at: Instant;
  /** Set when another attempt is allowed; until then the failure blocks. */
  readonly retry?: true;
}

export interface RemovalRecord {
  readonly generation: number;
  readonly owner?: Owner;
  readonly failure?: Failure;
}

/** What a transition answers: a changed record to save, nothing to save, or a refusal that says why. */
export type Change =
  | { readonly kind: 'changed'; readonly record: EnvironmentRecord }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly message: string };

export type RefusalReason =
  'superseded' | 'lasting-environment' | 'busy' | 'unknown-service' | 'name-taken' | 'name-changed' | 'removing';
