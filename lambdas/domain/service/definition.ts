/**
 * What a service says about itself, as parsed from its service file. Separate because manifests, builds and messages are all
 * derived from it and nothing else.
 */

import type { WrittenPlan } from '../rollout/written-plan.ts';

/** File name at the root of a service's repository. */
export const SERVICE_FILE = 'espalier.yaml';

export interface ServiceDefinition {
  readonly apiVersion: 'espalier.dev/v1';
  /** 1–24 characters, a DNS label. */
  readonly name: string;
  /** Port the container listens on, 1024–65535 (containers are not root). */
  readonly port: number;
  /** Path that answers 200 when the service can take requests. */
  readonly health: string;
  /** Start command; the image's own when empty. */
  readonly command: readonly string[];
  /** Names of the services it calls; each becomes `<NAME>_URL`. */
  readonly dependencies: readonly string[];
  readonly replicas: number;
  readonly resources: { readonly cpu: string; readonly memory: string };
  /** How it is rolled out where the settings allow it; absent: as the environment's kind says. */
  readonly rollout?: WrittenPlan;
  /** Commands that a build runs in the toolchain image, by phase; empty phases are skipped. */
  readonly build: {
    readonly check: readonly string[];
    readonly compile: readonly string[];
    readonly test: readonly string[];
    readonly benchmark: readonly string[];
    readonly own: readonly string[];
  };
}
