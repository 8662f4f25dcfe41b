/**
 * What became of one request of a load, and which of them count as lost. Separate because it crosses from the load's thread to whoever
 * asked for it, and the report is made of nothing else.
 */

/** How a request reached the way in: over a connection that is kept and used again, or over one of its own. */
export type ConnectionUse = 'kept' | 'new';

/** `ours` is false for an answer that the service did not mark as its own; `commit` is what it said about itself. */
export type Ending =
  | { readonly kind: 'answered'; readonly status: number; readonly ours: boolean; readonly commit?: string }
  | { readonly kind: 'broken'; readonly reason: string };

export interface Outcome {
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  readonly tookMs: number;
  readonly connection: ConnectionUse;
  readonly ending: Ending;
}

/**
 * Why a request is lost, or undefined. An error that the service marked as its own is the service's failure, not the way's: it arrived.
 * A 404 without the mark is as lost as a 503: the gateway says so when it knows no route.
 */
export function lostBecause({ ending }: Outcome): string | undefined {
  if (ending.kind === 'broken') return ending.reason;
  return ending.status >= 400 && !ending.ours ? `${String(ending.status)}, not of the service` : undefined;
}

/** What a user would call bad: lost, or answered with a failure of the service. */
export function isBad(outcome: Outcome): boolean {
  const { ending } = outcome;
  return lostBecause(outcome) !== undefined || (ending.kind === 'answered' && ending.status >= 500);
}
