/**
 * A build of one commit and who wants it. Separate from records because builds are shared by every environment that wants the commit.
 */
import type { Instant } from '../environment/record.ts';
import type { Breach } from '../images/container-rules.ts';
import type { ImageFacts } from '../images/image-facts.ts';
import type { ServiceDefinition } from '../service/definition.ts';

/** Who wants a build: one delivery. */
export interface Wish {
  readonly environment: string;
  readonly service: string;
  readonly generation: number;
}

/** What is known of a rendered chart. */
export interface ChartFacts {
  /** SHA-256 of the text, by which it is kept. */
  readonly digest: string;
  /** Names of its ConfigMaps, as the chart gives them. */
  readonly configMaps: readonly string[];
  /** Rules for containers that it breaks, before exceptions. */
  readonly breaches: readonly Breach[];
}

/** One build of one commit. `version` as in records. */
export interface BuildItem {
  readonly repository: string;
  readonly commit: string;
  readonly version: number;
  readonly state: 'building' | 'built' | 'failed' | 'stopped';
  /** The delivery whose execution builds. */
  readonly holder: Wish;
  readonly attempt: number;
  readonly startedAt: Instant;
  /** Every delivery that waits for this build, the holder's among them. */
  readonly wantedBy: readonly Wish[];
  /** Set once built; `sha256:…`, read by us from the registry. */
  readonly digest?: string;
  /** The service file of this commit, parsed; once there is a `chart`, with what that says. */
  readonly definition?: ServiceDefinition;
  /** What is known of the image, once built. */
  readonly image?: ImageFacts;
  /** What is known of its chart, once built, when it has one. */
  readonly chart?: ChartFacts;
  readonly reason?: string;
}
