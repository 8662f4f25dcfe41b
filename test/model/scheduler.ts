/**
 * Decides what happens next: every call to the world waits here for its turn, and a seeded dice picks whose turn it is and how it
 * goes. Separate from the world so that any interleaving can be repeated from its seed.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** How a call goes: it happens · the process dies before it · it happens and the answer is lost. */
export type Fate = 'happens' | 'dies-before' | 'answer-lost';

interface Waiting {
  readonly activity: Activity;
  readonly call: string;
  readonly resolve: (fate: Fate) => void;
}

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** Something that goes on by itself. */
export interface Activity {
  readonly name: string;
  /** Ends it for good, in the middle of a call. Executions can be killed; everything else can only be interrupted. */
  readonly kill?: () => void;
}

/** Who calls. One for all worlds: each further storage would weigh on every call of every later run. */
const ACTIVITY = new AsyncLocalStorage<Activity>();

/** The share of calls that go wrong. */
export interface Odds {
  readonly diesBefore: number;
  readonly answerLost: number;
  readonly killed: number;
}

export const QUIET: Odds = { diesBefore: 0, answerLost: 0, killed: 0 };

/** Numbers in [0, 1) from a seed (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class Scheduler {
  odds: Odds = QUIET;
  /** What happened, for the report of a failing run. */
  readonly journal: string[] = [];
  readonly random: () => number;
  #now = Date.UTC(2026, 0, 1);
  #waiting: Waiting[] = [];
  #timers: Timer[] = [];
  #running = 0;
  /** How many activities there were. */
  begun = 0;
  readonly #bugs: unknown[] = [];

  constructor(seed: number) {
    this.random = dice(seed);
  }

  now(): number {
    return this.#now;
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Waits for virtual time. It passes only when nothing else can happen. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const onAbort = (): void => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        reject(signal?.reason as Error);
      };
      const timer: Timer = {
        at: this.#now + Math.max(0, milliseconds),
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#timers.push(timer);
    });
  }

  /** Begins something that goes on by itself. An error that it does not take care of is a bug of the model's subject. */
  begin(activity: Activity, work: () => Promise<void>): void {
    this.#running += 1;
    this.begun += 1;
    ACTIVITY.run(activity, work)
      .catch((error: unknown) => this.#bugs.push(error))
      .finally(() => (this.#running -= 1));
  }

  /** Every method of the port takes its turn. */
  taking<Port extends object>(name: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') return member;
        return async (...words: readonly unknown[]): Promise<unknown> => {
          const call = `${name}.${String(property)}`;
          const fate = await this.turn(call);
          if (fate === 'dies-before') throw passing(`died before ${call}`);
          const answer: unknown = await (member as (...words: readonly unknown[]) => unknown).apply(target, [...words]);
          if (fate === 'answer-lost') throw passing(`died after ${call}`);
          return answer;
        };
      },
    });
  }

  /** Waits for its turn; for ever when whoever calls is killed instead. */
  turn(call: string): Promise<Fate> {
    const activity = ACTIVITY.getStore() ?? { name: 'nobody' };
    return new Promise((resolve) => this.#waiting.push({ activity, call, resolve }));
  }

  /** Lets one thing happen; false when nothing is left that could. */
  async step(): Promise<boolean> {
    await everythingElse();
    if (this.#bugs.length > 0) throw this.#bugs[0];
    if (this.#waiting.length === 0) return this.#advance();
    const [next] = this.#waiting.splice(Math.floor(this.random() * this.#waiting.length), 1);
    if (next === undefined) return false;
    const fate = this.#fate(next.activity);
    this.journal.push(`${next.activity.name}: ${next.call}${fate === 'happens' ? '' : ` ${fate}`}`);
    if (fate === 'killed') next.activity.kill?.();
    else next.resolve(fate);
    return true;
  }

  /** Lets everything happen until nothing is left; throws when it never ends. */
  async settle(limit = 200_000): Promise<void> {
    for (let count = 0; count < limit; count += 1) {
      if (!(await this.step())) {
        if (this.#running > 0) throw new Error('Somebody waits for something that will never happen.');
        return;
      }
    }
    throw new Error(`Not at rest after ${String(limit)} calls.`);
  }

  #advance(): boolean {
    const next = this.#timers.toSorted((one, other) => one.at - other.at)[0];
    if (next === undefined) return false;
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.#now = Math.max(this.#now, next.at);
    next.wake();
    return true;
  }

  #fate({ kill }: Activity): Fate | 'killed' {
    const thrown = this.random();
    const { diesBefore, answerLost, killed } = this.odds;
    if (thrown < diesBefore) return 'dies-before';
    if (thrown < diesBefore + answerLost) return 'answer-lost';
    return kill !== undefined && thrown < diesBefore + answerLost + killed ? 'killed' : 'happens';
  }
}

/**
 * Until every promise that can go on has gone on: ticks come after all of them, without a turn of the event loop.
 * Source: https://nodejs.org/api/process.html#when-to-use-queuemicrotask-vs-processnexttick
 */
function everythingElse(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** A process that died is heard as passing trouble, whatever it was doing. Its place says nothing, and costs. */
function passing(reason: string): Error {
  return Object.assign(new Error(reason), { name: 'TransientError', reason });
}
