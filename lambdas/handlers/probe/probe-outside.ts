/**
 * Asks a public route from outside the cluster's network, until it answers with the pushed commit. Separate from read-back because it
 * runs in a function of its own that reaches the internet and nothing else.
 */
import type { ProbeRequest } from '../../contracts/payloads.ts';
import { TransientError } from '../../domain/errors.ts';
import { judgeAnswer } from '../../domain/read-back/judge-read-back.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Prober } from '../../ports/cluster.ts';
import { askChecks } from '../ask-checks.ts';
import { lookUntilFound, type Look } from '../patience.ts';

export interface ProbePorts {
  readonly prober: Prober;
  readonly clock: Clock;
}

/** Milliseconds for one request over the internet. */
const ANSWER_LIMIT = 5_000;

/** Asks until the commit answers; a TransientError that says what came instead when patience ends. */
export async function probeOutside(ports: ProbePorts, probe: ProbeRequest): Promise<{ readonly kind: 'verified' }> {
  const end = await lookUntilFound(ports.clock, async (): Promise<Look<true>> => {
    const { url, connectTo } = probe;
    const to = connectTo === undefined ? {} : { connectTo };
    const answer = judgeAnswer(await ports.prober.ask({ url, ...to, timeoutMs: ANSWER_LIMIT }), probe.commit, url);
    return answer.kind === 'true' ? { kind: 'found', found: true } : { kind: 'missing', what: answer.missing };
  });
  if (end.kind === 'missing')
    throw new TransientError(`The public route does not serve the pushed commit yet: ${end.what}.`);
  await askChecks(ports, { ...probe, base: new URL(probe.url).origin }, ANSWER_LIMIT);
  return { kind: 'verified' };
}
