/**
 * Time as the interpreter sees it: read it, or wait until the signal says otherwise. Separate so that the same
 * definitions run in real time on the laptop and in virtual time in tests.
 */

/** Where the interpreter gets its time from; `sleep` rejects with the signal's reason as soon as that is aborted. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Longest delay that one timer of Node can hold (2^31 − 1 ms, about 24.8 days); longer waits take several. */
const longestTimer = 2_147_483_647;

/** The wall clock. Waits never keep the process alive. */
export const realClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    const until = Date.now() + milliseconds;
    do {
      const rest = Math.min(Math.max(until - Date.now(), 0), longestTimer);
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, rest);
      timer.unref();
      await untilAborted(promise, signal).finally(() => clearTimeout(timer));
    } while (Date.now() < until);
  },
};

/** The work's result, or a rejection with the signal's reason as soon as that is aborted, whatever the work does then. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
