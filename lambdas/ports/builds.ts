/** Builds of commits, shared by every environment that wants the same commit. */
import type { ServiceDefinition } from '../domain/service/definition.ts';

/** One build of one commit. `version` as in records. */
export interface BuildItem {
  readonly repository: string;
  readonly commit: string;
  readonly version: number;
  readonly state: 'building' | 'built' | 'failed' | 'stopped';
  /** Execution that builds. */
  readonly execution: string;
  readonly attempt: number;
  readonly startedAt: number;
  /** `<environment>/<service>` of everybody who waits for this build. */
  readonly wantedBy: readonly string[];
  /** Set once built; `sha256:…`, read by us from the registry. */
  readonly digest?: string;
  /** The service file of this commit, parsed. */
  readonly definition?: ServiceDefinition;
  readonly reason?: string;
}

export interface Builds {
  load(repository: string, commit: string): Promise<BuildItem | undefined>;
  save(item: BuildItem): Promise<{ readonly kind: 'saved'; readonly item: BuildItem } | { readonly kind: 'conflict' }>;
}

/** The runner of builds (CodeBuild). */
export interface BuildRunner {
  /** Stops running builds of this commit; none is no error. Answers how many were stopped. */
  stop(repository: string, commit: string): Promise<number>;
  /** What a finished or failed build said: phase and message, and where its log is. */
  explain(
    buildId: string,
  ): Promise<{
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
}
