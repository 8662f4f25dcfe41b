/**
 * Asks the checks of a service through its route, the last thing before a version is announced. Separate because routes are asked from
 * inside the cluster's network and from outside, by two functions.
 */
import type { ProbeRequest } from '../contracts/payloads.ts';
import { RejectedError } from '../domain/errors.ts';
import { judgeCheck } from '../domain/read-back/judge-check.ts';
import type { Clock } from '../ports/clock.ts';
import type { Prober } from '../ports/cluster.ts';
import { lookUntilFound, type Look } from './patience.ts';

/** Asks each until it answers what it must, all within one patience; a RejectedError that says what came instead. */
export async function askChecks(
  { clock, prober }: { readonly clock: Clock; readonly prober: Prober },
  { base, connectTo, checks = [] }: Pick<ProbeRequest, 'connectTo' | 'checks'> & { readonly base: string },
  timeoutMs: number,
): Promise<void> {
  let left = checks;
  const end = await lookUntilFound(clock, async (): Promise<Look<true>> => {
    const [next] = left;
    if (next === undefined) return { kind: 'found', found: true };
    const url = `${base}${next.path}`;
    const to = connectTo === undefined ? {} : { connectTo };
    const wrong = judgeCheck(await prober.ask({ url, ...to, timeoutMs, read: true }), next);
    if (wrong !== undefined) return { kind: 'missing', what: wrong };
    left = left.slice(1);
    return left.length === 0 ? { kind: 'found', found: true } : { kind: 'missing', what: 'the next check' };
  });
  if (end.kind === 'found') return;
  throw new RejectedError(`The new version serves, but it fails a check of its service file: ${end.what}.`);
}
