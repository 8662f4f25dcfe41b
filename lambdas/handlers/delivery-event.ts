/**
 * One line of an environment's history about a delivery. Separate because every task of a delivery writes one, with the same
 * identifiers and the time it took.
 */
import type { Stage } from '../contracts/stages.ts';
import type { Claim } from '../contracts/payloads.ts';
import type { HistoryEvent } from '../ports/history.ts';

/** An event about this claim at this moment. `begun` is when the step began. */
export function deliveryEvent(
  claim: Claim & { readonly commit?: string },
  said: {
    readonly stage: Stage;
    readonly message: string;
    readonly now: number;
    readonly begun: number;
    readonly level?: HistoryEvent['level'];
  },
): HistoryEvent {
  return {
    environment: claim.environment,
    service: claim.service,
    generation: claim.generation,
    ...(claim.commit !== undefined && { commit: claim.commit }),
    at: said.now,
    stage: said.stage,
    message: said.message,
    took: said.now - said.begun,
    level: said.level ?? 'info',
  };
}
