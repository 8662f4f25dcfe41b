/**
 * What happened in one execution, in order: the history people read and the journal the interpreter goes on from are
 * the same list. Separate because both the interpreter and the API work on it.
 *
 * Every entry belongs to a place: '' is the execution itself, `/7.0.1` the second branch or iteration of the first
 * attempt of the state that was entered by event 7.
 */
import type { Clock } from './clock.ts';
import { StateError } from './state-error.ts';

/** An event as GetExecutionHistory shows it; `details` goes under the name that belongs to the type. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: number;
  readonly type: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What the interpreter must remember besides the history in order to go on after a crash. */
export interface Note {
  /** Where a state that was left goes: a state, or null at the end of its place. */
  readonly next?: string | null;
  /** The attempt failed so. */
  readonly failure?: { readonly error: string; readonly reason?: string };
  /** The attempt is repeated at this time, by this retrier. */
  readonly retry?: { readonly retrier: number; readonly until: number };
  /** A Wait ends at this time. */
  readonly until?: number;
  /** The token by which the task's end is told. */
  readonly token?: string;
  /** The evaluated items of a Map or arguments of a Parallel. */
  readonly value?: unknown;
}

/** One line of a journal. */
export interface JournalEntry {
  readonly at: string;
  readonly event?: HistoryEvent;
  readonly note?: Note;
}

/** Keeps entries. INVARIANT: when `append` returns, the entry survives a kill of the process. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  append(entry: JournalEntry): void;
}

/** A journal for executions that need not survive their process. */
export function memoryJournal(earlier: readonly JournalEntry[] = []): Journal {
  const entries = [...earlier];
  return { entries, append: (entry) => void entries.push(entry) };
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: the last one tells that the limit was reached. */
export const historyLimit = 25_000;

/** Writes events with ids, times and the event before them in the same place. */
export interface Recorder {
  event(at: string, type: string, details?: Readonly<Record<string, unknown>>, note?: Note): HistoryEvent;
  note(at: string, note: Note): void;
  /** What an earlier process recorded at this place. */
  earlier(at: string): readonly JournalEntry[];
  /** Records how the execution ended; whoever comes later is refused with this reason. */
  close(type: string, details: Readonly<Record<string, unknown>> | undefined, ended: Error): void;
}

/** A recorder that continues the journal. */
export function createRecorder(journal: Journal, clock: Clock): Recorder {
  const places = Map.groupBy(journal.entries, (entry) => entry.at);
  const last = new Map<string, number>();
  let id = 0;
  for (const { at, event } of journal.entries) {
    if (event !== undefined) last.set(at, (id = event.id));
  }
  let closed: Error | undefined;
  const previous = (at: string, type: string): number => {
    if (type === 'ExecutionTimedOut' || type === 'ExecutionAborted') return 0;
    const own = last.get(at);
    if (own === undefined) return at === '' ? 0 : previous(at.slice(0, at.lastIndexOf('/')), type);
    return at === '' && own === 1 ? 0 : own;
  };
  const write = (at: string, type: string, details: HistoryEvent['details'], note: Note | undefined): HistoryEvent => {
    const event = {
      id: ++id,
      previousEventId: previous(at, type),
      timestamp: clock.now(),
      type,
      ...(details && { details }),
    };
    last.set(at, id);
    journal.append({ at, event, ...(note && { note }) });
    return event;
  };
  return {
    event(at, type, details, note) {
      if (closed !== undefined) throw closed;
      if (id >= historyLimit - 1) {
        throw new StateError(
          'States.Runtime',
          `The execution reached the maximum number of history events (${historyLimit}).`,
        );
      }
      return write(at, type, details, note);
    },
    note(at, note) {
      if (closed !== undefined) throw closed;
      journal.append({ at, note });
    },
    earlier: (at) => places.get(at) ?? [],
    close(type, details, ended) {
      if (closed !== undefined) return;
      closed = ended;
      write('', type, details, undefined);
    },
  };
}
