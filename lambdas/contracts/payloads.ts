/**
 * What state machines hand to functions and get back. Identifiers and the latest decision only: everything else is read again.
 * Separate because definitions (lib) and functions must agree on every field. Types only; `boundary` parses what arrives.
 */
import type { EnvironmentKind, Tier } from './kinds.ts';

/** Input of *deliver service* that Espalier itself saves in the record and starts. */
export interface DeliverInput {
  readonly environment: string;
  readonly service: string;
  readonly generation: number;
}

/** Input of *deliver service* by hand: deliver the head of this branch again. */
export interface DeliverByHandInput {
  readonly repository: string;
  readonly branch: string;
}

/** Input of *withdraw service* that Espalier saves and starts: with `service` one service, without it the environment. */
export interface WithdrawInput {
  readonly environment: string;
  readonly service?: string;
  readonly generation: number;
}

/** Input of *withdraw service* by hand: remove an environment, or withdraw one service from it, until the next push. */
export interface WithdrawByHandInput {
  readonly environment: string;
  readonly service?: string;
}

/** Who acts: every task of an execution says so, and a task that is no longer owner ends as superseded. */
export interface Claim {
  readonly environment: string;
  readonly service: string;
  readonly generation: number;
}

/** A delivery that was claimed: what all following tasks need to know. */
export interface Delivery extends Claim {
  readonly kind: EnvironmentKind;
  readonly tier: Tier;
  readonly branch: string;
  readonly repository: string;
  readonly commit: string;
}

/** Answer of `claim`. */
export type ClaimAnswer =
  | { readonly kind: 'claimed'; readonly delivery: Delivery }
  | { readonly kind: 'withdraw'; readonly claim: Claim }
  | { readonly kind: 'remove'; readonly removal: RemovalClaim }
  | { readonly kind: 'nothing-to-do'; readonly message: string };

/** The removal of a whole environment that was claimed. */
export interface RemovalClaim {
  readonly environment: string;
  readonly generation: number;
}

/** Answer of `claim-build`. */
export type BuildAnswer =
  | { readonly kind: 'built'; readonly digest: string }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'start'; readonly request: BuildRequest };

/** What the state machine hands to `codebuild:startBuild.sync`. */
export interface BuildRequest {
  readonly sourceLocation: string;
  readonly sourceVersion: string;
  readonly idempotencyToken: string;
  readonly variables: readonly { readonly name: string; readonly value: string; readonly type: 'PLAINTEXT' }[];
}

/** Answer of a function that waits for something in the cluster for a bounded time and is asked again. */
export type WaitAnswer = { readonly kind: 'ready' } | { readonly kind: 'waiting'; readonly on: string };

/** Where and how a route is probed; `outside` says that only a function outside the VPC can reach it. */
export interface ProbeRequest {
  readonly url: string;
  readonly connectTo?: string;
  readonly commit: string;
}

/** Answer of `read-back`. */
export type ReadBackAnswer =
  | { readonly kind: 'verified'; readonly url: string }
  | { readonly kind: 'ask-outside'; readonly url: string; readonly probe: ProbeRequest };

/** One thing that a sweep found to put right; items of its Map state. */
export type SweepItem =
  | { readonly kind: 'look'; readonly repository: string; readonly branch: string; readonly because: string }
  | { readonly kind: 'resume'; readonly environment: string; readonly because: string }
  | { readonly kind: 'remove-orphan'; readonly namespace: string; readonly because: string };
