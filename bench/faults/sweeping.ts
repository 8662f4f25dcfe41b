/**
 * Waiting while sweeps go on as the schedule would start them, only more often. Separate because every kind of run waits for healing.
 */
import type { World } from '../../cli/command.ts';

/** A failed attempt is made again after a minute, then two; each with a build. */
export const HEAL_SECONDS = 300;
const SWEEP_EVERY_MS = 10_000;

/** Waits with sweeps going on. */
export async function withSweeps<Value>(
  { world }: { readonly world: World },
  wait: () => Promise<Value>,
): Promise<Value> {
  const sweep = (): void => void world.workflows.start('sweep', 'branch', {}).catch(() => undefined);
  const timer = setInterval(sweep, SWEEP_EVERY_MS);
  try {
    return await wait();
  } finally {
    clearInterval(timer);
  }
}
