/**
 * Which version serves, and whether that is certain yet. Separate because the record learns it last: a delivery that dies after its
 * promotion leaves a record that names the side without traffic.
 */
import type { Applied } from '../environment/record.ts';
import type { Version } from './rollout.ts';
import type { StoredRollout } from './stored.ts';

/** The version that has the traffic: what a rollout after the last recorded delivery came to, else what was recorded. */
export function servingVersion(applied: Applied | undefined, latest: StoredRollout | undefined): Version | undefined {
  if (applied === undefined || latest === undefined || latest.generation <= applied.generation) return applied;
  const { phase, candidate, stable } = latest.rollout;
  return phase === 'promoted' ? candidate : stable;
}

/** True while a rollout moved traffic and nobody saw it end on one side: the side that it left may be serving. */
export function isUnfinished(applied: Applied | undefined, latest: StoredRollout | undefined): boolean {
  if (applied === undefined || latest === undefined || latest.generation <= applied.generation) return false;
  return !['promoted', 'rolled-back', 'dark'].includes(latest.rollout.phase);
}

/** True when the traffic is known to be where the record says: no later rollout gave it to another version, or stopped on its way. */
export function isServedAsRecorded(applied: Applied, latest: StoredRollout | undefined): boolean {
  const serves = servingVersion(applied, latest);
  return !isUnfinished(applied, latest) && serves?.commit === applied.commit && serves.side === applied.side;
}
