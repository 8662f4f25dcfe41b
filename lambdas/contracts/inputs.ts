/**
 * What every function is asked, by action: the tasks of the state machines send exactly this.
 * Separate from the other payloads because definitions (lib) write these and `boundary` parses them. Types only.
 */
import type { ExperimentInput } from './experiment.ts';
import type { Side } from './kubernetes.ts';
import type { LookoutRequest, Seen } from './lookout.ts';
import type {
  ChangeConfigurationInput,
  Claim,
  ConfigurationResult,
  ConfiguredSide,
  DecideInput,
  DeliverByHandInput,
  DeliverInput,
  Delivery,
  ProbeRequest,
  ReapplyConfigurationInput,
  RemovalClaim,
  RollBackConfigurationInput,
  RolloutClaim,
  SavedChange,
  TakenBack,
  WithdrawByHandInput,
  WithdrawInput,
} from './payloads.ts';

/** In every input that a state machine sends: the name of the execution that acts. */
interface FromExecution {
  readonly execution: string;
}

/** What Step Functions says about a failed task. `Cause` of a function's error is JSON with `errorType` and `errorMessage`. */
export interface TaskError {
  readonly Error: string;
  readonly Cause: string;
}

/**
 * Whom a failure concerns: a claim, a removal, or, when claiming itself failed, the input the execution was started with
 * (which names no environment when a person asked for a branch).
 */
export type FailureSubject =
  Claim | RemovalClaim | DeliverInput | WithdrawInput | DeliverByHandInput | WithdrawByHandInput;

export type IntakeInput =
  | { readonly action: 'look'; readonly repository: string; readonly branch: string }
  | { readonly action: 'resume'; readonly environment: string }
  | (FromExecution & { readonly action: 'claim-delivery'; readonly input: DeliverInput | DeliverByHandInput })
  | (FromExecution & { readonly action: 'claim-withdrawal'; readonly input: WithdrawInput | WithdrawByHandInput })
  | (FromExecution & { readonly action: 'record-name'; readonly claim: Delivery })
  | (FromExecution & {
      readonly action: 'record-applied';
      readonly claim: Delivery;
      readonly digest: string;
      readonly commit: string;
      readonly side: Side;
      readonly url: string;
    })
  | (FromExecution & {
      readonly action: 'record-dark';
      readonly claim: Delivery;
      readonly digest: string;
      readonly side: Side;
    })
  // A person decided under this approval: back to the version before, or the same commit once more.
  | (FromExecution & { readonly action: 'roll-back'; readonly claim: Claim; readonly approval: string })
  | (FromExecution & { readonly action: 'deliver-again'; readonly claim: Claim; readonly approval: string })
  // The pods that replaced the version before break their contract.
  | (FromExecution & { readonly action: 'want-before'; readonly claim: Delivery })
  | (FromExecution & { readonly action: 'record-failure'; readonly claim: FailureSubject; readonly error: TaskError })
  | (FromExecution & { readonly action: 'step-aside'; readonly claim: FailureSubject })
  | (FromExecution & { readonly action: 'record-withdrawn'; readonly claim: Claim })
  | (FromExecution & { readonly action: 'record-removed'; readonly removal: RemovalClaim });

/** Answer of `record-failure`: the failure as people read it. */
export interface FailureAnswer {
  readonly kind: 'rejected' | 'transient' | 'bug';
  readonly reason: string;
}

export type EnvironmentInput = FromExecution &
  (
    | { readonly action: 'prepare'; readonly delivery: Delivery }
    | { readonly action: 'remove-objects'; readonly removal: RemovalClaim }
    | { readonly action: 'remove-namespace'; readonly removal: RemovalClaim }
    | { readonly action: 'remove-orphan'; readonly namespace: string }
  );

export type BuildInput = FromExecution &
  (
    | { readonly action: 'claim-build'; readonly delivery: Delivery }
    | { readonly action: 'record-build'; readonly delivery: Delivery }
    | { readonly action: 'explain-failure'; readonly delivery: Delivery; readonly error: TaskError }
    // Which commits run and who else wants them is read from the record: of one service, or of the whole environment.
    | { readonly action: 'stop-builds'; readonly claim: Claim | RemovalClaim }
  );

export type DeployInput = FromExecution &
  // `beside`: the candidate of a rollout, whose number of pods belongs to the rollout.
  (
    | {
        readonly action: 'apply';
        readonly delivery: Delivery;
        readonly digest: string;
        readonly side: Side;
        readonly beside: boolean;
      }
    // What of the service gets no requests, once the side that brings it serves.
    | { readonly action: 'apply-processes'; readonly delivery: Delivery; readonly digest: string; readonly side: Side }
    | { readonly action: 'await-pods'; readonly delivery: Delivery; readonly digest: string; readonly side: Side }
    // Asked again until all jobs of the phase have ended.
    | {
        readonly action: 'run-jobs';
        readonly delivery: Delivery;
        readonly digest: string;
        readonly side: Side;
        readonly phase: 'before' | 'after';
      }
    | { readonly action: 'run-withdrawal-jobs'; readonly claim: Claim | RemovalClaim }
    | { readonly action: 'check-contract'; readonly delivery: Delivery; readonly side: Side }
    | { readonly action: 'withdraw'; readonly claim: Claim }
    // What an experiment needs besides traffic; asked again until it is ready.
    | { readonly action: 'prepare-experiment'; readonly experiment: ExperimentInput }
    | { readonly action: 'clear-experiment'; readonly experiment: ExperimentInput }
  );

export type RolloutInput = FromExecution &
  (
    | { readonly action: 'find-unfinished'; readonly delivery: Delivery }
    | { readonly action: 'plan-rollout'; readonly delivery: Delivery; readonly digest: string }
    | { readonly action: 'open-route'; readonly delivery: Delivery; readonly side: Side }
    | { readonly action: 'point-traffic'; readonly delivery: Delivery; readonly side: Side }
    | { readonly action: 'read-back'; readonly delivery: Delivery; readonly digest: string; readonly side: Side }
    | { readonly action: 'close-route'; readonly claim: Claim }
    | { readonly action: 'close-services'; readonly claim: Claim }
    | { readonly action: 'begin-rollout'; readonly rollout: RolloutClaim }
    // `seen`: what the function `lookout` answered since the last round; null when it was not asked.
    | { readonly action: 'advance-rollout'; readonly rollout: RolloutClaim; readonly seen: Seen | null }
    | { readonly action: 'give-up-rollout'; readonly rollout: RolloutClaim; readonly error: TaskError }
    | { readonly action: 'keep-idle-side'; readonly claim: Delivery }
    | { readonly action: 'retire-side'; readonly claim: Delivery; readonly side: Side }
    | { readonly action: 'begin-experiment'; readonly experiment: ExperimentInput }
    // `begun`: when it was brought about; null when that is not known.
    | { readonly action: 'end-experiment'; readonly experiment: ExperimentInput; readonly begun: number | null }
    | { readonly action: 'close-experiment'; readonly experiment: ExperimentInput }
  );

/** Of a tier, in the cluster's network. `service` is the key of one, or null for all. */
export type ConfigurationInput = FromExecution &
  (
    | { readonly action: 'register-tenant'; readonly delivery: Delivery }
    | { readonly action: 'configure'; readonly delivery: Delivery; readonly side: Side }
    | { readonly action: 'keep-key'; readonly environment: string }
    | { readonly action: 'apply-configuration'; readonly environment: string; readonly service: string | null }
    | { readonly action: 'confirm'; readonly environment: string; readonly sides: readonly ConfiguredSide[] }
    | { readonly action: 'withdraw-configuration'; readonly claim: Claim }
    | { readonly action: 'remove-tenant'; readonly environment: string }
    | { readonly action: 'compare-configuration' }
  );

/** Answer of `register-tenant`. */
export interface RegisteredAnswer {
  readonly kind: 'registered' | 'no-tenant';
  /** Whether the service needs secrets. */
  readonly secrets: boolean;
}

/** Of a tier, outside of the network: reads and makes secrets, and seals them for an environment. */
export type SecretsInput = FromExecution &
  (
    | { readonly action: 'seal'; readonly delivery: Delivery }
    | { readonly action: 'seal-again'; readonly environment: string; readonly service: string | null }
    | { readonly action: 'delete-generated'; readonly environment: string }
    | { readonly action: 'compare-secrets' }
  );

/** What a person wants of the configuration centre. */
export type ConfigurationWishInput = ChangeConfigurationInput | RollBackConfigurationInput | ReapplyConfigurationInput;

export type ConfigurationCentreInput = FromExecution &
  (
    | { readonly action: 'change'; readonly input: ConfigurationWishInput }
    | { readonly action: 'judge'; readonly saved: SavedChange | null; readonly results: readonly ConfigurationResult[] }
  );

/**
 * `wait` comes with the task token of a state that waits; the others from the state machine that people start: `decide` at once,
 * `wait-for-starter` until it is known who started it, `decide-as-starter` then.
 */
export type ApprovalInput = FromExecution &
  (
    | { readonly action: 'wait'; readonly approval: string; readonly token: string }
    | { readonly action: 'decide'; readonly input: DecideInput }
    | { readonly action: 'wait-for-starter'; readonly token: string }
    | { readonly action: 'decide-as-starter'; readonly input: DecideInput }
  );

/** Answer of a decision. `counted`: more people are needed · `who`: it must first be known who decides, which takes at most so long. */
export type DecideAnswer =
  | { readonly kind: 'taken'; readonly message: string }
  | { readonly kind: 'counted'; readonly message: string }
  | { readonly kind: 'who'; readonly seconds: number; readonly because: string }
  | { readonly kind: 'refused'; readonly reason: string };

export interface ProbeInput extends FromExecution {
  readonly action: 'probe';
  readonly probe: ProbeRequest;
}

export interface LookoutInput extends FromExecution {
  readonly action: 'look-outside';
  readonly request: LookoutRequest;
}

export type NoticeInput = FromExecution &
  (
    | { readonly action: 'announce'; readonly what: 'building'; readonly claim: Delivery }
    | { readonly action: 'announce'; readonly what: 'ready'; readonly claim: Delivery; readonly url: string }
    | {
        readonly action: 'announce';
        readonly what: 'failed';
        readonly claim: FailureSubject;
        readonly failure: FailureAnswer;
      }
    | {
        readonly action: 'announce';
        readonly what: 'asked';
        readonly claim: Delivery;
        readonly approval: string;
        readonly question: string;
      }
    | { readonly action: 'announce'; readonly what: 'progress'; readonly claim: Delivery }
    | { readonly action: 'announce'; readonly what: 'dark'; readonly claim: Delivery }
    | { readonly action: 'announce'; readonly what: 'withdrawn'; readonly claim: Claim }
    | { readonly action: 'announce'; readonly what: 'removed'; readonly claim: RemovalClaim }
    | { readonly action: 'announce'; readonly what: 'taken-back'; readonly takenBack: TakenBack }
  );

export type SweepInput = FromExecution &
  (
    | { readonly action: 'begin' }
    | { readonly action: 'compare-branches' }
    // `failures`: sentences about what this sweep could not compare or put right.
    | { readonly action: 'finish'; readonly questions: readonly string[]; readonly failures: readonly string[] }
  );

export type SweepClusterInput = FromExecution & { readonly action: 'compare-namespaces' };

/** Answer of both comparisons. Questions are sentences for people: what the sweep found and does not decide. */
export interface ComparisonAnswer<Item> {
  readonly items: readonly Item[];
  readonly questions: readonly string[];
}
