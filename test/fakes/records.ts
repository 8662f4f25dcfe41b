/** Records in memory, under the same conditions as in the table. */
import type { EnvironmentRecord } from '../../lambdas/domain/environment/record.ts';
import type { Records } from '../../lambdas/ports/records.ts';
import { copyOf } from './copy.ts';

export class FakeRecords implements Records {
  /** Told of every change before it is saved; throwing refuses it. */
  onSave: (before: EnvironmentRecord | undefined, after: EnvironmentRecord) => void = () => undefined;
  readonly #records = new Map<string, EnvironmentRecord>();
  readonly #branches = new Map<string, string>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async load(id: string): Promise<EnvironmentRecord | undefined> {
    const record = this.#records.get(id);
    return Promise.resolve(record && this.#alive(record) ? copyOf(record) : undefined);
  }

  async save(record: EnvironmentRecord): ReturnType<Records['save']> {
    const stored = this.#records.get(record.id);
    const version = stored === undefined || !this.#alive(stored) ? 0 : stored.version;
    if (version !== record.version) return Promise.resolve({ kind: 'conflict' });
    const next = copyOf({ ...record, version: record.version + 1 });
    this.onSave(version === 0 ? undefined : stored, next);
    this.#records.set(record.id, next);
    return Promise.resolve({ kind: 'saved', record: copyOf(next) });
  }

  async all(): Promise<readonly EnvironmentRecord[]> {
    return Promise.resolve(copyOf([...this.#records.values()].filter((record) => this.#alive(record))));
  }

  async idOfBranch(branch: string): Promise<string | undefined> {
    return Promise.resolve(this.#branches.get(branch));
  }

  async rememberBranch(branch: string, id: string, instead?: string): Promise<void> {
    const known = this.#branches.get(branch);
    if (known === undefined || known === instead) this.#branches.set(branch, id);
    return Promise.resolve();
  }

  #alive({ forgetAt }: EnvironmentRecord): boolean {
    return forgetAt === undefined || forgetAt > this.#now();
  }
}
