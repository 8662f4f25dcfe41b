/**
 * Waiting inside a task: look, wait a little, look again, and give the word back before the task's time is over.
 * Separate because every stage that waits for the cluster must be equally quick and equally bounded.
 */
import type { Clock } from '../ports/clock.ts';

/** Milliseconds that one call of a function waits at most; the state machine asks again. */
export const PATIENCE = 20_000;

const SHORTEST_PAUSE = 100;
const LONGEST_PAUSE = 1_000;
/** What is there is seen at most a tenth later than it could have been. */
const SHARE_OF_WAIT = 0.1;

/** What a look found: an end, or what is still missing. */
export type Look<Found> =
  { readonly kind: 'found'; readonly found: Found } | { readonly kind: 'missing'; readonly what: string };

/** Looks until something is found or patience ends; then what was missing last. */
export async function lookUntilFound<Found>(
  clock: Clock,
  look: (waited: number) => Promise<Look<Found>>,
  patience: number = PATIENCE,
): Promise<Look<Found>> {
  const begun = clock.now();
  for (;;) {
    const seen = await look(clock.now() - begun);
    const pause = Math.min(Math.max(SHORTEST_PAUSE, (clock.now() - begun) * SHARE_OF_WAIT), LONGEST_PAUSE);
    if (seen.kind === 'found' || clock.now() - begun + pause > patience) return seen;
    await clock.sleep(pause);
  }
}
