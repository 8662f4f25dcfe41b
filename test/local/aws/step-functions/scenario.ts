/** Runs a definition on virtual time with fake tasks: what the tests of the interpreter have in common. */
import { createInterpreter, type Outcome } from '../../../../local/aws/step-functions/interpreter.ts';
import { memoryJournal, type HistoryEvent, type Journal } from '../../../../local/aws/step-functions/history.ts';
import type { TaskContext } from '../../../../local/aws/step-functions/run.ts';
import { VirtualClock } from '../../../../local/aws/step-functions/virtual-clock.ts';

export type Json = Record<string, unknown>;

/** The resource that fakes answer unless a test is about another. */
export const invoke = 'arn:aws:states:::lambda:invoke';

export interface Scenario {
  readonly input?: unknown;
  readonly machine?: Json;
  readonly task?: (args: unknown, context: TaskContext, clock: VirtualClock, resource: string) => unknown;
  readonly journal?: Journal;
  readonly random?: () => number;
  readonly clock?: VirtualClock;
}

export interface Played {
  readonly outcome: Outcome;
  readonly output: unknown;
  readonly events: readonly HistoryEvent[];
  readonly types: readonly string[];
  /** Virtual seconds from start to end. */
  readonly seconds: number;
}

/** A machine of these states, starting with the first. */
export function machine(states: Json, more: Json = {}): Json {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...more };
}

/** Plays the states to their end. */
export async function play(states: Json, scenario: Scenario = {}): Promise<Played> {
  const clock = scenario.clock ?? new VirtualClock();
  const journal = scenario.journal ?? memoryJournal();
  const interpreter = createInterpreter({
    definition: machine(states, scenario.machine),
    clock,
    random: scenario.random ?? (() => 0.5),
    tasks: async (resource, args, context) => scenario.task?.(args, context, clock, resource),
  });
  const before = clock.now();
  const execution = interpreter.start({ input: scenario.input ?? {}, journal });
  const outcome = await clock.run(execution.ended);
  const events = execution.history;
  return {
    outcome,
    output: outcome.status === 'SUCCEEDED' ? outcome.output : undefined,
    events,
    types: events.map(({ type }) => type),
    seconds: (clock.now() - before) / 1000,
  };
}

/** What a resource throws. */
export function failure(name: string, cause = 'because'): Error {
  return Object.assign(new Error(cause), { name, cause });
}
