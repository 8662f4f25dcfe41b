/**
 * What the states of one execution share while it runs. Separate so that each kind of state can live in its own file.
 */
import { Buffer } from 'node:buffer';
import type { Clock } from './clock.ts';
import { QueryError, type Bindings, type Evaluate } from './expressions.ts';
import type { JournalEntry, Recorder } from './history.ts';
import { StateError } from './state-error.ts';
import type { TaskTokens } from './task-tokens.ts';

/** What a task's resource is told besides its arguments. */
export interface TaskContext {
  readonly roleArn: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  /** The state that calls, and how often it was retried. */
  readonly stateName: string;
  readonly retryCount: number;
  /** The token the task's end is told by, for `.waitForTaskToken`. */
  readonly taskToken?: string;
  /** Aborted when the task timed out or nobody waits for it any more; a `.sync` task then stops what it started. */
  readonly signal: AbortSignal;
  /** For `.sync`: records what was started (with its id) before the wait for its end begins. */
  readonly submitted: (response: unknown) => void;
  /** For `.sync` after a restart: what `submitted` recorded; do not start again, look it up. */
  readonly submission?: unknown;
}

/** Runs a task's resource. Throws `{ name, cause }`: the error name for Retry and Catch, and the text beside it. */
export type TaskRunner = (resource: string, args: unknown, context: TaskContext) => Promise<unknown>;

/** The execution as its states see it. */
export interface Run {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly roleArn: string;
  /** `Execution` and `StateMachine` of the context object. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly tasks: TaskRunner;
  readonly random: () => number;
  readonly recorder: Recorder;
  readonly tokens: TaskTokens;
  readonly evaluate: Evaluate;
}

/** A place with variables of its own: the execution, a branch, an iteration. */
export interface Scope {
  /** Its key in the journal. */
  readonly at: string;
  readonly outer?: Scope;
  readonly variables: Record<string, unknown>;
  /** `Map` of the context object, inside an iteration. */
  readonly map?: unknown;
  readonly signal: AbortSignal;
}

/** One stay in a state. */
export interface Visit {
  readonly name: string;
  readonly input: unknown;
  readonly enteredId: number;
  readonly enteredAt: number;
  /** How often each retrier was used. */
  readonly used: number[];
  /** What an earlier process recorded of the attempt under way. */
  recorded: readonly JournalEntry[];
}

/** How a state is left. */
export interface Exit {
  readonly output: unknown;
  readonly assigned: Readonly<Record<string, unknown>>;
  readonly next: string | null;
}

/** Number of this attempt, counting from 0. */
export function attemptOf(visit: Visit): number {
  return visit.used.reduce((sum, count) => sum + count, 0);
}

/** Names and values that expressions in this state may use. */
export function bindings(run: Run, scope: Scope, visit: Visit, more: Readonly<Record<string, unknown>> = {}): Bindings {
  const { context, ...rest } = more as { context?: object };
  return {
    variables: visibleVariables(scope),
    states: {
      input: visit.input,
      ...rest,
      context: {
        ...run.context,
        State: { Name: visit.name, EnteredTime: new Date(visit.enteredAt).toISOString(), RetryCount: attemptOf(visit) },
        ...(scope.map === undefined ? {} : { Map: scope.map }),
        ...context,
      },
    },
  };
}

/** An inner place reads the variables of the places around it. */
function visibleVariables(scope: Scope): Record<string, unknown> {
  return { ...(scope.outer && visibleVariables(scope.outer)), ...scope.variables };
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: 256 KiB for input, result and output, in UTF-8. */
export const payloadLimit = 262_144;

/** The value as JSON. Throws States.DataLimitExceeded beyond the limit. */
export function limited(value: unknown, what: string): string {
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > payloadLimit) {
    throw new StateError(
      'States.DataLimitExceeded',
      `${what} has ${bytes} bytes, which exceeds the maximum number of bytes service limit (${payloadLimit}).`,
    );
  }
  return text;
}

/** A number that a field may give literally or by expression. */
export async function numberField(
  run: Run,
  template: unknown,
  field: string,
  seen: Bindings,
  allowed: { readonly least: number; readonly most: number; readonly whole?: boolean },
): Promise<number | undefined> {
  if (template === undefined) return undefined;
  const value = await run.evaluate(template, field, seen);
  const whole = allowed.whole ?? true;
  if (
    typeof value === 'number' &&
    value >= allowed.least &&
    value <= allowed.most &&
    (!whole || Number.isInteger(value))
  ) {
    return value;
  }
  throw new QueryError(
    field,
    `The field '${field}' evaluated to ${JSON.stringify(value)}; allowed: ${whole ? 'a whole number' : 'a number'} from ${allowed.least} to ${allowed.most}.`,
  );
}
