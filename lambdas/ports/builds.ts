/** Builds of commits, shared by every environment that wants the same commit. */
import type { BuildItem } from '../domain/builds/build-item.ts';
import type { ImageFacts } from '../domain/images/image-facts.ts';

export type { BuildItem, Wish } from '../domain/builds/build-item.ts';

export interface Builds {
  load(repository: string, commit: string): Promise<BuildItem | undefined>;
  save(item: BuildItem): Promise<{ readonly kind: 'saved'; readonly item: BuildItem } | { readonly kind: 'conflict' }>;
  /** Builds of a repository that are in the state `building`. */
  unfinished(repository: string): Promise<readonly BuildItem[]>;
}

/** The runner of builds (CodeBuild). */
export interface BuildRunner {
  /** Stops running builds of this commit; none is no error. Answers how many were stopped. */
  stop(repository: string, commit: string): Promise<number>;
  /** What a finished or failed build said: phase and message, and where its log is. */
  explain(buildId: string): Promise<{
    readonly status: string;
    readonly phase?: string;
    readonly message?: string;
    readonly logLink?: string;
  }>;
}

/** The registry of images (ECR). */
export interface Images {
  /** Digest of the tag `<repository>.<commit>`; undefined when there is no such image. */
  digest(repository: string, commit: string): Promise<string | undefined>;
  /** What the registry knows of what nodes can run of this digest; undefined when there is nothing of the kind. */
  facts(digest: string): Promise<ImageFacts | undefined>;
}
