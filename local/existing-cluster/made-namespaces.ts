/**
 * The namespaces that functions have made in an existing cluster, so that a laptop which leaves nothing can take them away. Separate
 * because it must survive restarts, and because nobody here knows what the namespaces are for.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { askCluster } from './ask.ts';
import type { Administrator } from './kubeconfig.ts';

/** A namespace whose pods end orderly is gone long before. */
const patienceMs = 180_000;
const pauseMs = 250;

/** Remembers in a file. */
export class MadeNamespaces {
  readonly #path: string;
  readonly #names: Set<string>;

  constructor(path: string) {
    this.#path = path;
    this.#names = new Set(existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as string[]) : []);
  }

  /** Looks at an answer that passed: the API says 201 only when it made something new. */
  saw(method: string, path: string, status: number): void {
    const name = /^\/api\/v1\/namespaces\/([a-z0-9-]+)(?:\?|$)/.exec(path)?.[1];
    if (method !== 'PATCH' || status !== 201 || name === undefined || this.#names.has(name)) return;
    this.#names.add(name);
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, JSON.stringify([...this.#names]));
  }

  /** Deletes those that are still there, with everything in them; throws with those that stay. */
  async remove(administrator: Administrator): Promise<void> {
    const pathOf = (name: string) => `/api/v1/namespaces/${name}`;
    await Promise.all([...this.#names].map((name) => askCluster(administrator, 'DELETE', pathOf(name))));
    for (const end = Date.now() + patienceMs; ;) {
      const asked = [...this.#names].map(async (name) => ({
        name,
        answer: await askCluster(administrator, 'GET', pathOf(name)),
      }));
      const left = (await Promise.all(asked)).filter(({ answer }) => answer.status !== 404).map(({ name }) => name);
      if (left.length === 0) break;
      if (Date.now() > end)
        throw new Error(`These namespaces are not gone after ${patienceMs / 1000} s: ${left.join(', ')}.`);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    this.#names.clear();
    writeFileSync(this.#path, '[]');
  }
}
