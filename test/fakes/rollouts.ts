/** Rollouts, approvals and waiting states in memory, under the same conditions as in the table. */
import type { Approval } from '../../lambdas/domain/rollout/approval.ts';
import type { StoredRollout } from '../../lambdas/domain/rollout/stored.ts';
import type { Approvals, Rollouts, Waiting } from '../../lambdas/ports/rollouts.ts';
import { copyOf } from './copy.ts';

export class FakeRollouts implements Rollouts {
  /** Told of every change before it is saved; throwing refuses it. */
  onSave: (before: StoredRollout | undefined, after: StoredRollout) => void = () => undefined;
  /** How many there ever were. */
  begun = 0;
  readonly #items = new Map<string, StoredRollout>();

  async load(environment: string, service: string): Promise<StoredRollout | undefined> {
    return Promise.resolve(copyOf(this.#items.get(`${environment} ${service}`)));
  }

  async save(stored: StoredRollout): ReturnType<Rollouts['save']> {
    const key = `${stored.environment} ${stored.service}`;
    const before = this.#items.get(key);
    if ((before?.version ?? 0) !== stored.version) return Promise.resolve({ kind: 'conflict' });
    const next = copyOf({ ...stored, version: stored.version + 1 });
    this.onSave(before, next);
    if (before?.generation !== next.generation) this.begun += 1;
    this.#items.set(key, next);
    return Promise.resolve({ kind: 'saved', stored: copyOf(next) });
  }

  /** All of them, for assertions. */
  all(): readonly StoredRollout[] {
    return [...this.#items.values()];
  }
}

export class FakeApprovals implements Approvals {
  readonly items = new Map<string, Approval>();

  async load(id: string): Promise<Approval | undefined> {
    return Promise.resolve(copyOf(this.items.get(id)));
  }

  async save(approval: Approval): ReturnType<Approvals['save']> {
    if ((this.items.get(approval.id)?.version ?? 0) !== approval.version) return Promise.resolve({ kind: 'conflict' });
    const next = copyOf({ ...approval, version: approval.version + 1 });
    this.items.set(approval.id, next);
    return Promise.resolve({ kind: 'saved', approval: copyOf(next) });
  }
}

/** States that wait, told by the test or by the interpreter; each can be woken once. */
export class FakeWaiting implements Waiting {
  readonly woken: { readonly token: string; readonly output: object }[] = [];
  /** Answers whether somebody waits under this token, and lets it go on. */
  onWake: (token: string, output: object) => boolean = () => false;

  async wake(token: string, output: object): ReturnType<Waiting['wake']> {
    if (!this.onWake(token, copyOf(output))) return Promise.resolve('gone');
    this.woken.push({ token, output });
    return Promise.resolve('woken');
  }
}
