/**
 * What state machines hand to functions and get back. Identifiers and the latest decision only: everything else is read again.
 * Separate because definitions (lib) and functions must agree on every field. Types only; `boundary` parses what arrives.
 */
import type { EnvironmentKind, Tier } from './kinds.ts';
import type { Side } from './kubernetes.ts';
import type { LookoutRequest } from './lookout.ts';

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
  /** It is the fix: alarms that fire when its rollout starts do not stand in its way. */
  readonly despiteAlarms?: true;
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
  /** A person said that alarms which fire already do not stop it. */
  readonly despiteAlarms?: true;
}

/** Answer of `claim`. `leftHalfWay`: an earlier rollout was left before its traffic was seen on one side, as far as is recorded. */
export type ClaimAnswer =
  | { readonly kind: 'claimed'; readonly delivery: Delivery; readonly leftHalfWay: boolean }
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

/**
 * Answer of `plan-rollout`: on which side the delivery runs, and whether it replaces what serves there or comes beside it.
 * `because` is for people who read the execution; `waitSeconds` until the side has drained that it takes. `leftIdle`: an earlier rollout
 * left a side without traffic that this delivery lets go.
 */
export type PlanAnswer =
  | { readonly kind: 'in-place'; readonly side: Side; readonly because: string; readonly leftIdle: boolean }
  | {
      readonly kind: 'roll-out';
      readonly side: Side;
      readonly because: string;
      readonly waitSeconds: number;
      /** Whether the jobs before it ran already: it was delivered dark, and is only released or dropped now. */
      readonly jobsRan: boolean;
    };

/** Answer of `find-unfinished`: the rollout that must end before anything else of the service is done. */
export type UnfinishedAnswer =
  { readonly kind: 'unfinished'; readonly rollout: RolloutClaim } | { readonly kind: 'nothing-unfinished' };

/** What *roll out* moves traffic to: this build on this side. */
export interface RolloutClaim {
  readonly delivery: Delivery;
  readonly digest: string;
  readonly side: Side;
}

/**
 * Answer of `advance-rollout`. `tell`: the place in the plan, of which people are told once; empty for what is not worth a message.
 * `go-on`: ask again at once · `wait`: nothing is due for a while, unless somebody decides ·
 * `ask`: somebody must decide · `look-outside`: something is due that only a function outside the network sees. `approval` is the id
 * under which people decide meanwhile.
 */
export type AdvanceAnswer =
  | { readonly kind: 'go-on'; readonly because: string; readonly tell: string }
  | {
      readonly kind: 'wait';
      readonly seconds: number;
      readonly because: string;
      readonly approval: string;
      readonly tell: string;
    }
  | {
      readonly kind: 'ask';
      readonly seconds: number;
      readonly question: string;
      readonly approval: string;
    }
  | { readonly kind: 'look-outside'; readonly request: LookoutRequest }
  | { readonly kind: 'promoted' }
  /** The version stays beside the live one, reached by a header only, until it is released. */
  | { readonly kind: 'dark' }
  /** `reason`: a sentence for the author. */
  | { readonly kind: 'rolled-back'; readonly reason: string; readonly superseded: boolean };

/** Answer of `keep-idle-side`: how long the side without traffic stays, for whoever changes their mind or releases what is `dark`. */
export type KeepAnswer =
  | {
      readonly kind: 'keep';
      readonly seconds: number;
      readonly side: Side;
      readonly approval: string;
      readonly dark: boolean;
    }
  | { readonly kind: 'nothing-to-keep' };

/** What people may decide about a rollout. */
export const DECISIONS = [
  'approve',
  'reject',
  'promote',
  'pause',
  'resume',
  'abort',
  'skip',
  'retry',
  'roll-back',
  'release',
  'drop',
] as const;
export type DecisionWord = (typeof DECISIONS)[number];

/** Input of *decide approval*, as people type it. */
export interface DecideInput {
  readonly approval: string;
  readonly decision: DecisionWord;
  readonly comment?: string;
}

/** Who brought a commit into a repository; a merge names the commit that was merged. */
export interface Pushed {
  readonly commit: string;
  /** An ARN. */
  readonly by?: string;
  readonly mergedFrom?: string;
}

/** Output with which a decision, or a newer commit, wakes a state that waits. */
export type WakeOutput = { readonly kind: 'decided'; readonly decision: DecisionWord } | { readonly kind: 'changed' };

/** Where and how a route is probed; `outside` says that only a function outside the VPC can reach it. */
export interface ProbeRequest {
  readonly url: string;
  readonly connectTo?: string;
  readonly commit: string;
  /** Asked after it, on the same host. */
  readonly checks?: readonly { readonly path: string; readonly status: number; readonly contains?: string }[];
}

/** Answer of `close-route`: how long callers may still come to the address that they know. */
export interface CloseAnswer {
  readonly kind: 'closed';
  readonly seconds: number;
}

/** Answer of `read-back`. */
export type ReadBackAnswer =
  | { readonly kind: 'verified'; readonly url: string }
  | { readonly kind: 'ask-outside'; readonly url: string; readonly probe: ProbeRequest };

/** What people change in a layer of the configuration, as they type it. */
export interface ChangeConfigurationInput {
  /** A kind of environments, or one environment. */
  readonly layer: string;
  readonly service: string;
  readonly set?: Readonly<Record<string, string>>;
  readonly unset?: readonly string[];
  readonly author?: string;
  readonly reason?: string;
}

/** Back to an earlier version of a layer; without `to`, the one before the newest. 0 is the layer that says nothing. */
export interface RollBackConfigurationInput {
  readonly layer: string;
  readonly service: string;
  readonly rollBack: true;
  readonly to?: number;
  readonly author?: string;
  readonly reason?: string;
}

/** Bring an environment what its layers and secrets say now. */
export interface ReapplyConfigurationInput {
  readonly environment: string;
}

/** An environment that a change of configuration concerns; items of a Map state. */
export interface ConfigurationItem {
  readonly environment: string;
  readonly tier: Tier;
  /** Key of the service; absent: all of them. */
  readonly service?: string;
  readonly secrets: boolean;
}

/** A version of a layer that is brought to the environments below it. */
export interface SavedChange {
  readonly layer: string;
  readonly service: string;
  readonly version: number;
  /** It may be taken back by itself; never so what takes something back. */
  readonly undo: boolean;
  /** The version that this one takes back, where it does so, and why. */
  readonly takesBack?: { readonly version: number; readonly because: string };
}

/** A change that was taken back by itself: the bad version, the one that holds instead, and why. */
export interface TakenBack {
  readonly layer: string;
  readonly service: string;
  readonly bad: number;
  readonly instead: number;
  readonly because: string;
}

/** Answer of `change`, and of `judge` when it takes a change back. */
export type ChangeAnswer =
  | {
      readonly kind: 'apply';
      readonly items: readonly ConfigurationItem[];
      readonly message: string;
      readonly saved?: SavedChange;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** One side of a service that has a configuration, and the version that it shall run. */
export interface ConfiguredSide {
  /** Key of the service. */
  readonly service: string;
  readonly side: Side;
  readonly commit: string;
  readonly version: string;
  readonly secrets?: string;
  /** It did not answer well before already: what it says proves nothing about the change. */
  readonly sick: boolean;
}

/** Answer of `apply-configuration`. */
export interface AppliedConfiguration {
  readonly kind: 'applied';
  readonly sides: readonly ConfiguredSide[];
}

/** Answer of `confirm`. */
export type ConfirmAnswer =
  | { readonly kind: 'confirmed'; readonly processes: number; readonly left: readonly string[] }
  // `replacing`: pods are still being replaced, which may take as long as a delivery.
  | { readonly kind: 'waiting'; readonly on: string; readonly replacing: boolean }
  | { readonly kind: 'failed'; readonly because: string };

/** What became of a change in one environment. `trouble`: it could not be brought there; the next sweep tries again. */
export interface ConfigurationResult {
  readonly environment: string;
  readonly kind: 'confirmed' | 'failed' | 'trouble';
  readonly processes?: number;
  readonly left?: readonly string[];
  readonly because?: string;
}

/** Answer of `judge`. */
export type JudgeAnswer =
  | { readonly kind: 'confirmed'; readonly message: string; readonly processes: number }
  | Extract<ChangeAnswer, { kind: 'apply' }>
  | { readonly kind: 'rolled-back'; readonly reason: string; readonly takenBack: TakenBack }
  | { readonly kind: 'incomplete'; readonly reason: string };

/** One thing that a sweep found to put right; items of its Map state. */
export type SweepItem =
  | { readonly kind: 'look'; readonly repository: string; readonly branch: string; readonly because: string }
  | { readonly kind: 'resume'; readonly environment: string; readonly because: string }
  | { readonly kind: 'configure'; readonly environment: string; readonly because: string }
  | { readonly kind: 'remove-tenant'; readonly environment: string; readonly because: string }
  | { readonly kind: 'remove-orphan'; readonly namespace: string; readonly because: string };
