/** Where people decide who are known by their AWS credentials. */
import type { DecideAnswer } from '../contracts/inputs.ts';
import type { DecideInput } from '../contracts/payloads.ts';

export interface Decisions {
  /** Sends a decision as the caller. */
  decide(input: DecideInput): Promise<DecideAnswer>;
}
