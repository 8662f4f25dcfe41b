/** What runs of a service, and how large. Separate because one service is one or several groups of pods. */

/** What the pods of one process group run. */
export interface ProcessGroup {
  /** Start command; the image's own when empty. */
  readonly command: readonly string[];
  readonly replicas: number;
  readonly resources: Resources;
}

/** Requested of the cluster; memory is the limit too. */
export interface Resources {
  readonly cpu: string;
  readonly memory: string;
}
