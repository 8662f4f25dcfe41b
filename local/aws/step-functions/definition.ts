/**
 * What a state machine is: the parts of the Amazon States Language that run here, as types. What is not in these
 * types is refused by name in `load-definition.ts`.
 *
 * Source: https://states-language.net/spec.html
 */

/** A JSON value in which every string `{% … %}` is a JSONata expression. */
export type Template = unknown;

/** Answers errors by repeating the state. */
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

/** Answers errors by going on elsewhere. */
export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly Output?: Template;
  readonly Assign?: Readonly<Record<string, Template>>;
}

interface Leaving {
  readonly Next?: string;
  readonly End?: boolean;
  readonly Output?: Template;
  readonly Assign?: Readonly<Record<string, Template>>;
}

interface Fallible {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

/** Calls a resource; `.sync` waits for what it started, `.waitForTaskToken` for the token to come back. */
export interface TaskState extends Leaving, Fallible {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Arguments?: Template;
  readonly TimeoutSeconds?: Template;
  readonly HeartbeatSeconds?: Template;
}

/** A condition of a Choice and where it leads. */
export interface ChoiceRule {
  readonly Condition: Template;
  readonly Next: string;
  readonly Output?: Template;
  readonly Assign?: Readonly<Record<string, Template>>;
}

/** Takes the first rule that holds, else Default. */
export interface ChoiceState extends Leaving {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

/** Waits a number of seconds or until a time. */
export interface WaitState extends Leaving {
  readonly Type: 'Wait';
  readonly Seconds?: Template;
  readonly Timestamp?: Template;
}

/** Computes. */
export interface PassState extends Leaving {
  readonly Type: 'Pass';
}

/** Ends its place well. */
export interface SucceedState extends Leaving {
  readonly Type: 'Succeed';
}

/** Fails. */
export interface FailState {
  readonly Type: 'Fail';
  readonly Error?: Template;
  readonly Cause?: Template;
}

/** Runs branches side by side on the same input. */
export interface ParallelState extends Leaving, Fallible {
  readonly Type: 'Parallel';
  readonly Branches: readonly States[];
  readonly Arguments?: Template;
}

/** Runs the same states once per item, within this execution. */
export interface MapState extends Leaving, Fallible {
  readonly Type: 'Map';
  readonly ItemProcessor: States;
  readonly Items?: Template;
  readonly ItemSelector?: Template;
  readonly MaxConcurrency?: Template;
  readonly ToleratedFailureCount?: Template;
  readonly ToleratedFailurePercentage?: Template;
}

/** Any state. */
export type State =
  TaskState | ChoiceState | WaitState | PassState | SucceedState | FailState | ParallelState | MapState;

/** States and the one to start at: a machine, a branch or an item processor. */
export interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A whole machine. */
export interface StateMachineDefinition extends States {
  readonly QueryLanguage: 'JSONata';
  readonly TimeoutSeconds?: number;
  readonly Comment?: string;
}
