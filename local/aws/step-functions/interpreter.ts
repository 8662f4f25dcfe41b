/**
 * The engine: starts executions of one definition and goes on with those an earlier process left. Separate from the
 * API and the files so that tests run definitions with tasks, time and journals of their own.
 */
import type { Clock } from './clock.ts';
import { createEvaluate } from './expressions.ts';
import { createRecorder, memoryJournal, type HistoryEvent, type Journal } from './history.ts';
import { loadDefinition } from './load-definition.ts';
import { runStates } from './run-states.ts';
import type { TaskRunner } from './run.ts';
import { StateError } from './state-error.ts';
import { createTaskTokens, type TaskTokens } from './task-tokens.ts';

/** How an execution ended. */
export type Outcome =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED'; readonly error: string; readonly cause?: string }
  | { readonly status: 'TIMED_OUT' }
  | { readonly status: 'ABORTED'; readonly error?: string; readonly cause?: string };

/** What the interpreter needs from the world. */
export interface InterpreterOptions {
  /** The definition as JSON text or value; refused by name when it uses what does not run here. */
  readonly definition: string | Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly tasks: TaskRunner;
  readonly stateMachineArn?: string;
  readonly roleArn?: string;
  /** Numbers in [0, 1): jitter, $random, $uuid, task tokens. */
  readonly random?: () => number;
  /** Shared between machines when one API settles the tokens of all. */
  readonly tokens?: TaskTokens;
}

/** An execution that runs or has ended. */
export interface RunningExecution {
  readonly executionArn: string;
  /** Never rejects. */
  readonly ended: Promise<Outcome>;
  readonly history: readonly HistoryEvent[];
  stop(error?: string, cause?: string): void;
}

/** The engine of one state machine. */
export interface Interpreter {
  readonly tokens: TaskTokens;
  /** Starts, or goes on when the journal has entries. The output of the last state is the output of the execution. */
  start(options?: { name?: string; input?: unknown; journal?: Journal; executionArn?: string }): RunningExecution;
}

/** Thrown through everything when the execution is over from outside. */
class OverError extends Error {}

/** Creates the engine. Throws DefinitionError. */
export function createInterpreter(options: InterpreterOptions): Interpreter {
  const { clock, tasks, tokens = createTaskTokens(), random = Math.random } = options;
  const { stateMachineArn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:machine' } = options;
  const { roleArn = 'arn:aws:iam::000000000000:role/machine' } = options;
  const definition = loadDefinition(options.definition);
  const evaluate = createEvaluate(() => clock.now(), random);

  return {
    tokens,
    start({ name = 'execution', input = {}, journal = memoryJournal(), executionArn } = {}) {
      const arn = executionArn ?? `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
      const recorder = createRecorder(journal, clock);
      const over = new AbortController();
      const ended = Promise.withResolvers<Outcome>();
      if (journal.entries.length === 0) {
        recorder.event('', 'ExecutionStarted', {
          input: JSON.stringify(input),
          inputDetails: { truncated: false },
          roleArn,
        });
      }
      const first = journal.entries[0]!.event!;
      const given = JSON.parse(String(first.details?.input)) as unknown;

      const finish = (outcome: Outcome): void => {
        if (over.signal.aborted) return;
        const reason = new OverError(outcome.status);
        recorder.close(...closingEvent(outcome), reason);
        over.abort(reason);
        ended.resolve(outcome);
      };
      const run = {
        executionArn: arn,
        stateMachineArn,
        roleArn,
        clock,
        tasks,
        random,
        recorder,
        tokens,
        evaluate,
        context: {
          Execution: {
            Id: arn,
            Input: given,
            Name: name,
            RoleArn: roleArn,
            RedriveCount: 0,
            StartTime: new Date(first.timestamp).toISOString(),
          },
          StateMachine: { Id: stateMachineArn, Name: stateMachineArn.split(':').at(-1) },
        },
      };
      const drive = async (): Promise<void> => {
        try {
          const output = await runStates(run, definition, { at: '', variables: {}, signal: over.signal }, given);
          finish({ status: 'SUCCEEDED', output });
        } catch (thrown) {
          if (thrown instanceof OverError) return;
          const error = thrown instanceof StateError ? thrown : new StateError('States.Runtime', String(thrown));
          const cause = error.reason === undefined ? {} : { cause: error.reason };
          finish({ status: 'FAILED', error: error.reportedName, ...cause });
        }
      };
      const watch = async (seconds: number): Promise<void> => {
        const deadline = first.timestamp + seconds * 1000;
        await clock.sleep(Math.max(0, deadline - clock.now()), over.signal);
        finish({ status: 'TIMED_OUT' });
      };
      const known = outcomeOf(journal.entries.at(-1)?.event);
      if (known === undefined) {
        if (definition.TimeoutSeconds !== undefined) watch(definition.TimeoutSeconds).catch(() => undefined);
        void drive();
      } else ended.resolve(known);

      return {
        executionArn: arn,
        ended: ended.promise,
        get history() {
          return journal.entries.flatMap(({ event }) => event ?? []);
        },
        stop: (error, cause) =>
          finish({
            status: 'ABORTED',
            ...(error === undefined ? {} : { error }),
            ...(cause === undefined ? {} : { cause }),
          }),
      };
    },
  };
}

function closingEvent(outcome: Outcome): [type: string, details: Readonly<Record<string, unknown>>] {
  switch (outcome.status) {
    case 'SUCCEEDED':
      return ['ExecutionSucceeded', { output: JSON.stringify(outcome.output), outputDetails: { truncated: false } }];
    case 'TIMED_OUT':
      return ['ExecutionTimedOut', { error: 'States.Timeout' }];
    case 'FAILED':
    case 'ABORTED':
    default: {
      const { status, ...details } = outcome;
      return [status === 'FAILED' ? 'ExecutionFailed' : 'ExecutionAborted', details];
    }
  }
}

/** The outcome that a last event tells; undefined while the execution runs. */
export function outcomeOf(event: HistoryEvent | undefined): Outcome | undefined {
  const details = event?.details ?? {};
  switch (event?.type ?? '') {
    case 'ExecutionSucceeded':
      return { status: 'SUCCEEDED', output: JSON.parse(String(details.output)) as unknown };
    case 'ExecutionFailed':
      return { status: 'FAILED', ...(details as { error: string }) };
    case 'ExecutionTimedOut':
      return { status: 'TIMED_OUT' };
    case 'ExecutionAborted':
      return { status: 'ABORTED', ...details };
    default:
      return undefined;
  }
}
