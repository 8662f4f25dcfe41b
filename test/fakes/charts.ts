/** What charts rendered, in memory. */
import type { Charts } from '../../lambdas/ports/charts.ts';

export class FakeCharts implements Charts {
  readonly #rendered = new Map<string, string>();
  readonly #kept = new Map<string, string>();

  /** A build uploaded this. */
  upload(repository: string, commit: string, text: string): void {
    this.#rendered.set(`${repository} ${commit}`, text);
  }

  /** Somebody wrote into the archive. */
  forge(digest: string, text: string): void {
    this.#kept.set(digest, text);
  }

  async rendered(repository: string, commit: string): Promise<string | undefined> {
    return Promise.resolve(this.#rendered.get(`${repository} ${commit}`));
  }

  async keep(digest: string, text: string): Promise<void> {
    this.#kept.set(digest, text);
    return Promise.resolve();
  }

  async load(digest: string): Promise<string | undefined> {
    return Promise.resolve(this.#kept.get(digest));
  }
}
