/** Time that passes only when somebody sleeps: tests of long waits take none. */
import type { Clock } from '../../lambdas/ports/clock.ts';

export class VirtualClock implements Clock {
  #now: number;

  constructor(start: number = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    return Promise.resolve();
  }
}
