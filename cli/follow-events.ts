/**
 * Events as they come. Separate because two commands follow, and neither may print an event twice or lose one that was written late.
 */
import type { History, HistoryEvent } from '../lambdas/ports/history.ts';

/** Clocks of functions differ: an event may be written with a time a little before one that was already seen. */
const LATE_MS = 10_000;

/** Answers, each time it is called, the events of an environment that it did not answer before. */
export function followEvents(
  history: Pick<History, 'of'>,
  environment: string,
  since = 0,
): () => Promise<readonly HistoryEvent[]> {
  const seen = new Set<string>();
  let newest = since;
  return async () => {
    const after = Math.max(since, newest - LATE_MS) - 1;
    const fresh = (await history.of(environment, after < 0 ? {} : { after })).filter((event) => {
      const key = JSON.stringify(event);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
    newest = Math.max(newest, ...fresh.map((event) => event.at));
    return fresh;
  };
}
