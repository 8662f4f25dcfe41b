/** Who started executions, in memory, under the same conditions as in the table. */
import type { Starter, Starters } from '../../lambdas/ports/starters.ts';
import { copyOf } from './copy.ts';

export class FakeStarters implements Starters {
  readonly #items = new Map<string, Starter>();

  load(execution: string): Promise<Starter | undefined> {
    return Promise.resolve(copyOf(this.#items.get(execution)));
  }

  save(starter: Starter): ReturnType<Starters['save']> {
    if ((this.#items.get(starter.execution)?.version ?? 0) !== starter.version) return Promise.resolve('conflict');
    this.#items.set(starter.execution, copyOf({ ...starter, version: starter.version + 1 }));
    return Promise.resolve('saved');
  }
}
