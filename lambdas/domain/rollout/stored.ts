/**
 * A rollout as it is kept, with what people may decide about it now. Separate from the rollout, because deciding what comes next
 * depends on nothing in here.
 */
import type { Instant } from '../environment/record.ts';
import type { Rollout } from './rollout.ts';

/** The latest rollout of one service in one environment; at most one is under way. */
export interface StoredRollout {
  readonly environment: string;
  /** Key of the service in the record. */
  readonly service: string;
  /** Generation of the delivery that it belongs to. */
  readonly generation: number;
  /** Grows with every saved change; saving is conditional on the one that was read. */
  readonly version: number;
  readonly rollout: Rollout;
  /** Id of the approval under which people may decide now. */
  readonly approval?: string;
  /** Approvals whose decisions were taken up. */
  readonly taken: readonly string[];
  /** When it was promoted or rolled back. */
  readonly endedAt?: Instant;
  /** When metrics were last measured. */
  readonly measuredAt?: Instant;
}
