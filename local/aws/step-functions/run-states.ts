/**
 * Runs the states of one place from the first (or the one an earlier process was in) to the end: enter, attempt,
 * retry or catch, assign, leave. Separate from the kinds of states, which only know how to do their own work.
 */
import type { State, States } from './definition.ts';
import { QueryError } from './expressions.ts';
import { attemptMap, attemptParallel } from './fan-out.ts';
import { isTimestamp } from './load-definition.ts';
import { bindings, limited, numberField, type Exit, type Run, type Scope, type Visit } from './run.ts';
import { CancelledError, StateError, answers, chooseRetrier, retryDelay } from './state-error.ts';
import { attemptTask } from './task-state.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The output of the place. Throws StateError when a state fails and nothing inside the place answers. */
export async function runStates(run: Run, place: States, scope: Scope, input: unknown): Promise<unknown> {
  let step = resume(run, scope) ?? { next: place.StartAt, output: input };
  for (;;) {
    if ('next' in step) {
      if (step.next === null) return step.output;
      step = { visit: enter(run, scope, place.States[step.next]!.Type, step.next, step.output) };
    }
    const { visit } = step;
    const state = place.States[visit.name]!;
    let exit: Exit;
    try {
      exit = await perform(run, scope, state, visit);
    } catch (error) {
      if (error instanceof CancelledError && ['Task', 'Wait', 'Parallel', 'Map'].includes(state.Type)) {
        run.recorder.event(scope.at, `${state.Type}StateAborted`);
      }
      throw error;
    }
    leave(run, scope, state.Type, visit.name, exit);
    step = { next: exit.next, output: exit.output };
  }
}

function enter(run: Run, scope: Scope, type: string, name: string, input: unknown): Visit {
  const { id, timestamp } = run.recorder.event(scope.at, `${type}StateEntered`, {
    name,
    input: JSON.stringify(input),
    inputDetails: { truncated: false },
  });
  return { name, input, enteredId: id, enteredAt: timestamp, used: [], recorded: [] };
}

function leave(run: Run, scope: Scope, type: string, name: string, { output, assigned, next }: Exit): void {
  const variables = Object.entries(assigned);
  run.recorder.event(
    scope.at,
    `${type}StateExited`,
    {
      name,
      output: JSON.stringify(output),
      outputDetails: { truncated: false },
      ...(variables.length === 0
        ? {}
        : {
            assignedVariables: Object.fromEntries(variables.map(([key, value]) => [key, JSON.stringify(value)])),
            assignedVariablesDetails: { truncated: false },
          }),
    },
    { next },
  );
  Object.assign(scope.variables, assigned);
}

/** Where an earlier process was, from its journal; restores the variables of the place. */
function resume(run: Run, scope: Scope): { next: string | null; output: unknown } | { visit: Visit } | undefined {
  const entries = run.recorder.earlier(scope.at);
  for (const { event } of entries) {
    for (const [name, value] of Object.entries((event?.details?.assignedVariables ?? {}) as Record<string, string>)) {
      scope.variables[name] = JSON.parse(value) as unknown;
    }
  }
  const index = entries.findLastIndex(({ event }) => event?.type.endsWith('StateEntered'));
  const entered = entries[index]?.event;
  if (entered === undefined) return undefined;
  const since = entries.slice(index + 1);
  const left = since.find(({ note }) => note?.next !== undefined);
  if (left !== undefined) return { next: left.note!.next!, output: JSON.parse(String(left.event?.details?.output)) };
  const used: number[] = [];
  for (const { note } of since) if (note?.retry) used[note.retry.retrier] = (used[note.retry.retrier] ?? 0) + 1;
  const retried = since.findLastIndex(({ note }) => note?.retry !== undefined);
  const visit = {
    name: String(entered.details?.name),
    input: JSON.parse(String(entered.details?.input)) as unknown,
    enteredId: entered.id,
    enteredAt: entered.timestamp,
    used: Array.from(used, (count) => count ?? 0),
    // From the retry's own note on: its time may not have come yet.
    recorded: since.slice(Math.max(retried, 0)),
  };
  return { visit };
}

/** Attempts until one succeeds, or no retrier has an attempt left; then the catchers. */
async function perform(run: Run, scope: Scope, state: State, visit: Visit): Promise<Exit> {
  const retriers = ('Retry' in state && state.Retry) || [];
  const catchers = ('Catch' in state && state.Catch) || [];
  for (;;) {
    try {
      const retry = visit.recorded[0]?.note?.retry;
      if (retry !== undefined) await sleepUntil(run, retry.until, scope.signal);
      const failure = visit.recorded.find(({ note }) => note?.failure)?.note?.failure;
      if (failure !== undefined) throw new StateError(failure.error, failure.reason);
      return await attempt(run, scope, state, visit);
    } catch (thrown) {
      if (!(thrown instanceof StateError)) throw thrown;
      const error = reported(run, scope, visit, thrown);
      const retrier = chooseRetrier(retriers, error.error, visit.used);
      if (retrier !== undefined) {
        const used = visit.used[retrier] ?? 0;
        const retry = { retrier, until: run.clock.now() + retryDelay(retriers[retrier]!, used, run.random) };
        run.recorder.note(scope.at, { retry });
        visit.used[retrier] = used + 1;
        for (let index = 0; index < retrier; index++) visit.used[index] ??= 0;
        visit.recorded = [{ at: scope.at, note: { retry } }];
        continue;
      }
      const index = catchers.findIndex((catcher) => answers(catcher.ErrorEquals, error.error));
      const catcher = catchers[index];
      if (catcher === undefined) throw error;
      const result = { errorOutput: error.output };
      return finish(run, scope, visit, { ...catcher }, `Catch[${index}]/`, catcher.Next, result, error.output);
    }
  }
}

/** The error with the sentence that says where, and the event that tells of a failed evaluation. */
function reported(run: Run, scope: Scope, visit: Visit, error: StateError): StateError {
  if (!(error instanceof QueryError)) return error;
  const reason = `An error occurred while executing the state '${visit.name}' (entered at the event id #${visit.enteredId}). ${error.reason}`;
  const failure = { error: error.error, reason };
  const details = { error: error.error, cause: reason, location: error.location, state: visit.name };
  run.recorder.event(scope.at, 'EvaluationFailed', details, { failure });
  return new StateError(error.error, reason);
}

async function attempt(run: Run, scope: Scope, state: State, visit: Visit): Promise<Exit> {
  scope.signal.throwIfAborted();
  const seen = bindings(run, scope, visit);
  const onwards = (next: string | null = ('Next' in state && state.Next) || null, more = {}, output = visit.input) =>
    finish(run, scope, visit, { ...state }, '', next, more, output);
  switch (state.Type) {
    case 'Pass':
    case 'Succeed':
      return onwards();
    case 'Fail': {
      const error = state.Error === undefined ? undefined : await run.evaluate(state.Error, 'Error', seen);
      const cause = state.Cause === undefined ? undefined : await run.evaluate(state.Cause, 'Cause', seen);
      throw new StateError(textOf(error, 'Error') ?? '', textOf(cause, 'Cause'));
    }
    case 'Wait':
      await sleepUntil(run, await waitEnd(run, scope, state, visit), scope.signal);
      return onwards();
    case 'Choice': {
      for (const [index, rule] of state.Choices.entries()) {
        const field = `Choices[${index}]`;
        const holds = await run.evaluate(rule.Condition, `${field}/Condition`, seen);
        if (typeof holds !== 'boolean') {
          throw new QueryError(
            `${field}/Condition`,
            `The field '${field}/Condition' gave ${JSON.stringify(holds)}; a Condition must give true or false.`,
          );
        }
        if (holds) return finish(run, scope, visit, { ...rule }, `${field}/`, rule.Next, {}, visit.input);
      }
      if (state.Default === undefined) {
        throw new StateError(
          'States.NoChoiceMatched',
          `No rule of the Choice '${visit.name}' held, and it has no Default.`,
        );
      }
      return onwards(state.Default);
    }
    case 'Task':
      return withResult(await attemptTask(run, scope, state, visit));
    case 'Parallel':
      return withResult(await attemptParallel(run, scope, state, visit, runStates));
    case 'Map':
    default:
      return withResult(await attemptMap(run, scope, state, visit, runStates));
  }

  function withResult(result: unknown): Promise<Exit> {
    return onwards(undefined, { result }, result);
  }
}

/** Evaluates Output and Assign, both with the variables as they were on entry. */
async function finish(
  run: Run,
  scope: Scope,
  visit: Visit,
  fields: Fields,
  prefix: string,
  next: string | null,
  more: Fields,
  otherwise: unknown,
): Promise<Exit> {
  const seen = bindings(run, scope, visit, more);
  const assigned =
    fields.Assign === undefined ? {} : ((await run.evaluate(fields.Assign, `${prefix}Assign`, seen)) as Fields);
  const output = fields.Output === undefined ? otherwise : await run.evaluate(fields.Output, `${prefix}Output`, seen);
  limited(assigned, `The variables assigned by the state '${visit.name}'`);
  limited(output, `The output of the state '${visit.name}'`);
  return { output, assigned, next };
}

async function waitEnd(run: Run, scope: Scope, state: Extract<State, { Type: 'Wait' }>, visit: Visit): Promise<number> {
  const known = visit.recorded.find(({ note }) => note?.until !== undefined)?.note?.until;
  if (known !== undefined) return known;
  const seen = bindings(run, scope, visit);
  const seconds = await numberField(run, state.Seconds, 'Seconds', seen, { least: 0, most: 99_999_999 });
  let until = visit.enteredAt + (seconds ?? 0) * 1000;
  if (state.Timestamp !== undefined) {
    const timestamp = await run.evaluate(state.Timestamp, 'Timestamp', seen);
    until = isTimestamp(String(timestamp)) ? Date.parse(String(timestamp)) : Number.NaN;
    if (Number.isNaN(until)) {
      throw new QueryError(
        'Timestamp',
        `The field 'Timestamp' gave ${JSON.stringify(timestamp)}; allowed: a time such as 2026-01-31T12:00:00Z.`,
      );
    }
  }
  run.recorder.note(scope.at, { until });
  return until;
}

async function sleepUntil(run: Run, until: number, signal: AbortSignal): Promise<void> {
  if (until > run.clock.now()) await run.clock.sleep(until - run.clock.now(), signal);
}

function textOf(value: unknown, field: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new QueryError(field, `The field '${field}' gave ${JSON.stringify(value)}; allowed: a string.`);
}
