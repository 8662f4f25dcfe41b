/** What runs of a service, and how large. Separate because one service is one or several groups of pods. */

import type { Scale } from './scale.ts';

/** Requested of the cluster; memory and disk are the limits too. */
export interface Resources {
  readonly cpu: string;
  readonly memory: string;
  /** What is written outside of volumes: below /tmp, to a writable root, to the log. Absent: the usual. */
  readonly disk?: string;
}

/**
 * What a container gets that says nothing. Of the disk its log may take 50Mi: the kubelet keeps five files of 10Mi.
 * Source: https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation
 */
export const USUAL_RESOURCES = { cpu: '50m', memory: '64Mi', disk: '256Mi' } as const;

/** What a container may write outside of volumes. */
export function diskOf({ disk = USUAL_RESOURCES.disk }: Resources): string {
  return disk;
}

/** A container beside the process in the same pod. */
export interface Sidecar {
  /** By digest; absent: the service's own image. */
  readonly image?: string;
  /** Start command; the image's own when empty. */
  readonly command: readonly string[];
  readonly resources: Resources;
}

/** What the pods of one process group run. */
export interface ProcessGroup extends Scale {
  /** Start command; the image's own when empty. */
  readonly command: readonly string[];
  readonly resources: Resources;
  readonly containers?: Readonly<Record<string, Sidecar>>;
}

/** The process groups of a service: the main one, which gets its requests, stands in the service file itself. */
export interface Processes extends ProcessGroup {
  /** Further groups by name. They get no requests and are replaced in place. */
  readonly processes?: Readonly<Record<string, ProcessGroup>>;
}

/** Names that a process cannot have: they stand for something else in names of objects. */
export const RESERVED_PROCESSES: readonly string[] = ['blue', 'green', 'baseline', 'service'];
