/** Where records of environments live. A save succeeds only for the version that was read. */
import type { EnvironmentRecord } from '../domain/environment/record.ts';

export interface Records {
  /** The record, strongly consistent; undefined when there is none, or only a tombstone whose time has passed. */
  load(id: string): Promise<EnvironmentRecord | undefined>;
  /**
   * Saves a record whose `version` is the one that was read (0: must not exist, or be a tombstone whose time has passed); the stored one has the next version.
   * `conflict` when somebody was faster: read and apply again.
   */
  save(
    record: EnvironmentRecord,
  ): Promise<{ readonly kind: 'saved'; readonly record: EnvironmentRecord } | { readonly kind: 'conflict' }>;
  /** Every record, tombstones included. Throws when the listing is not complete. */
  all(): Promise<readonly EnvironmentRecord[]>;
  /** The environment id a branch has claimed. */
  idOfBranch(branch: string): Promise<string | undefined>;
  /**
   * Remembers the id of a branch. The same pair twice is no error; another id for a known branch is ignored, unless `instead` is the
   * id that is known (whose record belongs to another branch by now).
   */
  rememberBranch(branch: string, id: string, instead?: string): Promise<void>;
}
