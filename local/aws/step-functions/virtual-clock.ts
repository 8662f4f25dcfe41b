/**
 * Virtual time for tests of workflows: the clock moves to the next waiting timer whenever nothing else can happen,
 * so an hour of retries takes milliseconds and always in the same order. Separate because the laptop never uses it.
 */
import type { Clock } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that advances when everything is idle; drive it with `run`. */
export class VirtualClock implements Clock {
  #now: number;
  #timers: Timer[] = [];
  #outside = 0;
  #outsideDone = Promise.withResolvers<void>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal: AbortSignal = new AbortController().signal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        reject(signal.reason as Error);
      };
      const timer = {
        at: this.#now + Math.max(0, milliseconds),
        wake: (): void => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const behind = this.#timers.findIndex((other) => other.at > timer.at);
      this.#timers.splice(behind === -1 ? this.#timers.length : behind, 0, timer);
    });
  }

  /** Holds time still while work that this clock cannot see (files, sockets, processes) is under way. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#outside += 1;
    try {
      return await work;
    } finally {
      this.#outside -= 1;
      this.#outsideDone.resolve();
      this.#outsideDone = Promise.withResolvers();
    }
  }

  /** Lets everything happen, advancing time whenever all is idle, until the work has ended. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const watched = work.finally(() => (ended = true));
    watched.catch(() => undefined);
    for (;;) {
      await idle();
      if (ended) return watched;
      if (this.#outside > 0) {
        await Promise.race([this.#outsideDone.promise, watched.catch(() => undefined)]);
        continue;
      }
      const next = this.#timers.shift();
      if (next === undefined) {
        throw new Error(
          'Nothing is left to happen, but what was to be run has not ended: somebody waits for a task token or a promise that nobody will settle.',
        );
      }
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }

  /** Advances by so much and no more, letting happen what falls due meanwhile. */
  async advance(milliseconds: number): Promise<void> {
    await this.run(this.sleep(milliseconds));
    await idle();
  }
}

/** Resolves when no promise is left that can go on by itself: the event loop runs these before its next turn. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
