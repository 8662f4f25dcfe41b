/** Build items, images and the runner of builds in memory. */
import type { ImageFacts } from '../../lambdas/domain/images/image-facts.ts';
import type { BuildItem, BuildRunner, Builds, Images } from '../../lambdas/ports/builds.ts';
import { copyOf } from './copy.ts';

export class FakeBuilds implements Builds {
  readonly #items = new Map<string, BuildItem>();

  async load(repository: string, commit: string): Promise<BuildItem | undefined> {
    return Promise.resolve(copyOf(this.#items.get(`${repository} ${commit}`)));
  }

  async save(item: BuildItem): ReturnType<Builds['save']> {
    const key = `${item.repository} ${item.commit}`;
    if ((this.#items.get(key)?.version ?? 0) !== item.version) return Promise.resolve({ kind: 'conflict' });
    const next = copyOf({ ...item, version: item.version + 1 });
    this.#items.set(key, next);
    return Promise.resolve({ kind: 'saved', item: copyOf(next) });
  }

  async unfinished(repository: string): Promise<readonly BuildItem[]> {
    const items = [...this.#items.values()].filter(
      (item) => item.repository === repository && item.state === 'building',
    );
    return Promise.resolve(copyOf(items));
  }
}

export class FakeImages implements Images {
  readonly #digests = new Map<string, string>();

  /** A build pushed this image. Tags are immutable: the first push stays. */
  push(repository: string, commit: string, digest: string): void {
    const key = `${repository} ${commit}`;
    if (!this.#digests.has(key)) this.#digests.set(key, digest);
  }

  /** The image expired. */
  expire(repository: string, commit: string): void {
    this.#digests.delete(`${repository} ${commit}`);
  }

  /** What images say of themselves, by digest; ordinary where nothing is said. */
  readonly known = new Map<string, ImageFacts>();

  /** Digests of what is no image that could run. */
  readonly nothing = new Set<string>();

  async facts(digest: string): Promise<ImageFacts | undefined> {
    if (this.nothing.has(digest)) return Promise.resolve(undefined);
    return Promise.resolve(
      this.known.get(digest) ?? { user: '1000', layers: [1_000], secretVariables: [], secretSteps: [] },
    );
  }

  async digest(repository: string, commit: string): Promise<string | undefined> {
    return Promise.resolve(this.#digests.get(`${repository} ${commit}`));
  }
}

export class FakeBuildRunner implements BuildRunner {
  /** Every stop that was asked for, `<repository> <commit>`. */
  readonly stopped: string[] = [];
  /** Builds that run now, `<repository> <commit>`. */
  readonly running = new Set<string>();
  /** What `explain` answers, by build id. */
  readonly explanations = new Map<string, Awaited<ReturnType<BuildRunner['explain']>>>();

  async stop(repository: string, commit: string): Promise<number> {
    this.stopped.push(`${repository} ${commit}`);
    return Promise.resolve(this.running.delete(`${repository} ${commit}`) ? 1 : 0);
  }

  async explain(buildId: string): ReturnType<BuildRunner['explain']> {
    const known = this.explanations.get(buildId);
    if (known === undefined) throw new Error(`The fake runner knows no build ${buildId}.`);
    return Promise.resolve(known);
  }
}
