/**
 * How records begin. Separate because a record is only ever saved together with the first thing known about it: an empty one
 * would look like an environment that can be removed.
 */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import type { EnvironmentRecord, Instant, ServiceRecord } from './record.ts';

/** A record that was never saved (version 0). */
export function newRecord(id: string, kind: EnvironmentKind, branch: string | null, now: Instant): EnvironmentRecord {
  return {
    id,
    kind,
    branch,
    phase: 'active',
    version: 0,
    incarnation: 1,
    createdAt: now,
    services: {},
    removal: { generation: 0 },
  };
}

/** A service of which nothing is wanted yet. */
export function newService(repository: string, now: Instant): ServiceRecord {
  return {
    repository,
    generation: 0,
    desired: { kind: 'absent', because: 'never-delivered', since: now },
    touched: false,
  };
}
