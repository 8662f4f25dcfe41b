/**
 * When a load balancer must confirm what a rollout wrote, and what it has confirmed. Separate because everywhere else the gateway's time
 * is enough, and because a load balancer is asked by another function, between two rounds.
 */
import type { LoadBalancerQuestion, LoadBalancerReading } from '../../contracts/lookout.ts';
import type { Instant } from '../environment/record.ts';
import { headerAt } from './due.ts';
import type { Rollout } from './rollout.ts';
import type { HeaderMatch } from './step.ts';

/** Milliseconds from a write to the first look: the controller needs about as long for its own calls. */
const FIRST_LOOK = 2_000;
/** Between looks: a tenth of what it has taken so far, at most a quarter of a minute. Ten minutes of it are some 60 looks. */
const LONGEST_PAUSE = 15_000;

/** What the load balancer said last, and about what. */
export interface Confirmation {
  readonly at: Instant;
  readonly weights: string;
  readonly pods: string;
  /** Why it does not confirm; absent when it does. */
  readonly missing?: string;
}

/** What must be confirmed now. `strict`: pods count too, because requests are about to move. */
export interface Unconfirmed {
  readonly question: LoadBalancerQuestion;
  readonly weights: string;
  readonly pods: string;
  readonly strict: boolean;
}

/** What must be true at the load balancer in this state of the rollout. */
export function toConfirm(
  rollout: Rollout,
  {
    header,
    baselineWanted = false,
    ...facts
  }: Pick<LoadBalancerQuestion, 'address' | 'host' | 'candidatePercent' | 'baselinePercent' | 'pods'> & {
    /** Whether the baseline is to be there. */
    readonly baselineWanted?: boolean;
    /** Whether the route leads a header to the candidate. */
    readonly header: boolean;
  },
): Unconfirmed {
  const { phase, plan, step, shifted } = rollout;
  const { candidatePercent, baselinePercent, pods } = facts;
  const current = plan.steps[step]?.kind;
  const matches = plan.steps.flatMap((one) => (one.kind === 'try-by-header' ? [one.match] : []));
  const written = header ? (headerAt(rollout) ?? matches.at(-1)) : undefined;
  const isWritten = ({ name, value }: HeaderMatch): boolean => name === written?.name && value === written.value;
  const headers = matches.map((match) => ({ ...match, leads: isWritten(match) }));
  const healthy = [
    ...(phase === 'stepping' || phase === 'promoting' ? (['candidate'] as const) : []),
    ...(baselineWanted ? (['baseline'] as const) : []),
    ...(candidatePercent < 100 ? (['stable'] as const) : []),
  ];
  const question = { ...facts, headers, healthy };
  return {
    question,
    weights: JSON.stringify([
      candidatePercent,
      shifted.at,
      headers,
      ...(baselinePercent === undefined ? [] : [baselinePercent]),
    ]),
    pods: JSON.stringify(healthy.map((party) => (pods[party] ?? []).toSorted())),
    strict: phase !== 'stepping' || current === undefined || current === 'shift' || current === 'try-by-header',
  };
}

/** What the load balancer has not confirmed; undefined when everything is. */
export function unconfirmed(said: Confirmation | undefined, wanted: Unconfirmed): string | undefined {
  if (said === undefined || !isAbout(said, wanted)) return 'the load balancer has not been asked yet';
  return said.missing;
}

function isAbout(said: Confirmation, { weights, pods, strict }: Unconfirmed): boolean {
  return said.weights === weights && (!strict || said.pods === pods);
}

/** When the load balancer has to be asked; undefined when it has confirmed. */
export function nextConfirmation({ confirmation, shifted }: Rollout, wanted: Unconfirmed): Instant | undefined {
  if (confirmation === undefined) return shifted.at;
  if (unconfirmed(confirmation, wanted) === undefined) return undefined;
  const first = shifted.at + FIRST_LOOK;
  const pause = Math.min(Math.max(FIRST_LOOK, (confirmation.at - shifted.at) / 10), LONGEST_PAUSE);
  return isAbout(confirmation, wanted) ? Math.max(first, confirmation.at + pause) : first;
}

/** What is remembered of an answer. */
export function confirmationOf(
  { weights, pods }: Unconfirmed,
  reading: LoadBalancerReading | undefined,
  now: Instant,
): Confirmation {
  const missing = reading === undefined ? 'nobody looked' : reading.kind === 'confirmed' ? undefined : reading.missing;
  return { at: now, weights, pods, ...(missing !== undefined && { missing }) };
}
