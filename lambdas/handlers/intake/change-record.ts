/**
 * Read, change, save; on a conflict again. Separate because it is the one way in which records change.
 */
import type { Change, EnvironmentRecord, RefusalReason } from '../../domain/environment/record.ts';
import { TransientError } from '../../domain/errors.ts';
import type { IntakePorts } from './intake-ports.ts';

/** Others may be faster so often: with 10 looks at once at one environment the last needs 10 tries. */
const TRIES = 25;
const PAUSE_MS = 15;

/** What became of the record. `before` is what was read. */
export type Changed =
  | { readonly kind: 'changed'; readonly record: EnvironmentRecord; readonly before: EnvironmentRecord }
  | { readonly kind: 'unchanged'; readonly record: EnvironmentRecord }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly message: string;
      readonly record: EnvironmentRecord;
    };

/** Applies a transition to a stored record; undefined when there is none. */
export function changeRecord(
  ports: Pick<IntakePorts, 'records' | 'clock'>,
  id: string,
  transition: (record: EnvironmentRecord) => Change,
): Promise<Changed | undefined> {
  return untilSaved(ports, async () => {
    const record = await ports.records.load(id);
    return record && { record, change: transition(record) };
  });
}

/**
 * Runs an attempt until its change is saved. Each attempt reads everything again: what it decides on is never older than the
 * version that it saves upon.
 */
export async function untilSaved(
  ports: Pick<IntakePorts, 'records' | 'clock'>,
  attempt: () => Promise<{ readonly record: EnvironmentRecord; readonly change: Change } | undefined>,
): Promise<Changed | undefined> {
  for (let count = 1; count <= TRIES; count += 1) {
    const seen = await attempt();
    if (seen === undefined) return undefined;
    const { record, change } = seen;
    if (change.kind !== 'changed') return { ...change, record };
    const saved = await ports.records.save(change.record);
    if (saved.kind === 'saved') return { kind: 'changed', record: saved.record, before: record };
    await ports.clock.sleep(PAUSE_MS * count);
  }
  throw new TransientError(
    `The record was changed by others ${String(TRIES)} times in a row while it was to be saved.`,
  );
}
