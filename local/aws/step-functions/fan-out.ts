/**
 * Parallel and Map: the same way of running several places side by side, stopping the others when one fails.
 * Separate because only these two states contain others.
 *
 * Sources: https://states-language.net/spec.html#parallel-state and https://states-language.net/spec.html#map-state
 */
import type { MapState, ParallelState, States } from './definition.ts';
import { QueryError } from './expressions.ts';
import { attemptOf, bindings, limited, numberField, type Run, type Scope, type Visit } from './run.ts';
import { CancelledError, StateError } from './state-error.ts';

/** Runs the states of one place to their end; given from outside, because places contain states and states places. */
export type RunStates = (run: Run, place: States, scope: Scope, input: unknown) => Promise<unknown>;

/** An inline Map runs at most so many iterations at once: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html. */
const mostIterations = 40;

/** Results of the branches, in their order. */
export async function attemptParallel(
  run: Run,
  scope: Scope,
  state: ParallelState,
  visit: Visit,
  runStates: RunStates,
): Promise<unknown> {
  const known = visit.recorded.find(({ event }) => event?.type === 'ParallelStateStarted')?.note;
  let input = known?.value;
  if (known === undefined) {
    const seen = bindings(run, scope, visit);
    input = state.Arguments === undefined ? visit.input : await run.evaluate(state.Arguments, 'Arguments', seen);
    limited(input, `The arguments of the state '${visit.name}'`);
    run.recorder.event(scope.at, 'ParallelStateStarted', undefined, { value: input });
  }
  const results = await together(run, scope, visit, 'Parallel', state.Branches.length, (signal, index) =>
    runStates(run, state.Branches[index]!, inner(scope, visit, index, signal), input),
  );
  run.recorder.event(scope.at, 'ParallelStateSucceeded');
  return results;
}

/** Results of the iterations, in the order of the items; tolerated failures have none. */
export async function attemptMap(
  run: Run,
  scope: Scope,
  state: MapState,
  visit: Visit,
  runStates: RunStates,
): Promise<unknown> {
  const seen = bindings(run, scope, visit);
  const known = visit.recorded.find(({ event }) => event?.type === 'MapStateStarted')?.note;
  const items =
    known?.value ?? (state.Items === undefined ? visit.input : await run.evaluate(state.Items, 'Items', seen));
  if (!Array.isArray(items)) {
    throw new QueryError('Items', `The field 'Items' must give an array; found ${typeof items}.`);
  }
  const number = (field: keyof MapState, most: number, whole = true): Promise<number | undefined> =>
    numberField(run, state[field], field, seen, { least: 0, most, whole });
  const concurrency = await number('MaxConcurrency', Number.MAX_SAFE_INTEGER);
  const count = await number('ToleratedFailureCount', Number.MAX_SAFE_INTEGER);
  const percentage = await number('ToleratedFailurePercentage', 100, false);
  const tolerated = Math.min(
    count ?? Infinity,
    percentage === undefined ? Infinity : (items.length * percentage) / 100,
  );
  const tolerant = count !== undefined || percentage !== undefined;
  if (known === undefined) run.recorder.event(scope.at, 'MapStateStarted', { length: items.length }, { value: items });

  const failed = new Set<number>();
  const iterate = async (signal: AbortSignal, index: number): Promise<unknown> => {
    const map = { Item: { Index: index, Value: items[index] as unknown } };
    const place = { ...inner(scope, visit, index, signal), map };
    const before = new Set(run.recorder.earlier(place.at).map(({ event }) => event?.type));
    const record = (type: string): void => {
      if (!before.has(type)) run.recorder.event(place.at, type, { name: visit.name, index });
    };
    record('MapIterationStarted');
    try {
      const input =
        state.ItemSelector === undefined
          ? (items[index] as unknown)
          : await run.evaluate(
              state.ItemSelector,
              'ItemSelector',
              bindings(run, scope, visit, { context: { Map: map } }),
            );
      const result = await runStates(run, state.ItemProcessor, place, input);
      record('MapIterationSucceeded');
      return result;
    } catch (error) {
      if (error instanceof CancelledError) record('MapIterationAborted');
      if (!(error instanceof StateError)) throw error;
      record('MapIterationFailed');
      if (!tolerant || error.error === 'States.Runtime') throw error;
      failed.add(index);
      if (failed.size > tolerated) {
        throw new StateError(
          'States.ExceedToleratedFailureThreshold',
          'The specified tolerated failure threshold was exceeded.',
        );
      }
      return undefined;
    }
  };
  const results = await together(run, scope, visit, 'Map', items.length, iterate, concurrency || mostIterations);
  run.recorder.event(scope.at, 'MapStateSucceeded');
  return results.filter((_, index) => !failed.has(index));
}

function inner(scope: Scope, visit: Visit, index: number, signal: AbortSignal): Scope {
  const at = `${scope.at}/${visit.enteredId}.${attemptOf(visit)}.${index}`;
  return { at, outer: scope, variables: {}, signal, ...(scope.map === undefined ? {} : { map: scope.map }) };
}

/** Runs so many pieces of work, at most `atOnce` at a time; the first failure stops the others and is thrown. */
async function together(
  run: Run,
  scope: Scope,
  visit: Visit,
  kind: 'Parallel' | 'Map',
  length: number,
  work: (signal: AbortSignal, index: number) => Promise<unknown>,
  atOnce = length,
): Promise<unknown[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([scope.signal, stop.signal]);
  const results: unknown[] = Array.from({ length });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < length && !signal.aborted) {
      const index = next++;
      try {
        results[index] = await work(signal, index);
      } catch (error) {
        const first = !signal.aborted;
        if (first) stop.abort(new CancelledError(`a sibling in '${visit.name}' failed`, { cause: error }));
        if (first && error instanceof StateError) {
          const failure = { error: error.error, ...(error.reason === undefined ? {} : { reason: error.reason }) };
          run.recorder.event(scope.at, `${kind}StateFailed`, undefined, { failure });
        }
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnce, length) }, worker));
  scope.signal.throwIfAborted();
  if (stop.signal.aborted) throw (stop.signal.reason as CancelledError).cause as Error;
  for (const end of ends) if (end.status === 'rejected') throw end.reason as Error;
  return results;
}
