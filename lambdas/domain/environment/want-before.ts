/**
 * The way back of a delivery in place whose new pods do not keep their contract: they replaced those before, so that the version before
 * is wanted again, as if somebody had asked for it. Separate from failures, which leave what serves as it is.
 */
import type { Change, EnvironmentRecord, Instant } from './record.ts';
import { withService } from './services.ts';

/** Wants what is applied, and holds the present commit back until the next push. Unchanged when there is nothing to go back to. */
export function wantBefore(
  record: EnvironmentRecord,
  key: string,
  { generation, now }: { readonly generation: number; readonly now: Instant },
): Change {
  const known = record.services[key];
  if (known?.owner === undefined || known.owner.generation !== generation) {
    return {
      kind: 'refused',
      reason: 'superseded',
      message: `Generation ${String(generation)} is no longer responsible.`,
    };
  }
  const { owner, desired, applied } = known;
  const stillWanted = desired.kind === 'commit' && desired.commit === owner.commit;
  if (applied === undefined || !stillWanted || applied.commit === owner.commit) return { kind: 'unchanged' };
  return withService(record, key, {
    ...known,
    desired: { kind: 'commit', commit: applied.commit, since: now },
    held: desired.commit,
    again: true,
  });
}
