/**
 * What an image is on the laptop: the seam between the build (which writes images) and the cluster (which runs them).
 * Separate because neither side may know the other.
 */

/** How an image starts, in the words of the OCI image configuration. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly exposedPorts: readonly number[];
  /** The instructions that made it, as Docker's history tells them. */
  readonly history?: readonly string[];
}

/** An image that was found: `directory` holds `rootfs/` (files at their absolute path below it) and `config.json`. */
export interface FoundImage {
  readonly directory: string;
  readonly config: ImageConfig;
}

/** Finds images by `name@sha256:digest` or `name:tag`; undefined when there is none. */
export interface ImageFinder {
  find(reference: string): Promise<FoundImage | undefined>;
}
