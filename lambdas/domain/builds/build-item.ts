/**
 * A build of one commit and who wants it. Separate from records because builds are shared by every environment that wants the commit.
 */
import type { Instant } from '../environment/record.ts';
import type { ImageFacts } from '../images/image-facts.ts';
import type { ServiceDefinition } from '../service/definition.ts';

/** Who wants a build: one delivery. */
export interface Wish {
  readonly environment: string;
  readonly service: string;
  readonly generation: number;
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
  /** The service file of this commit, parsed. */
  readonly definition?: ServiceDefinition;
  /** What is known of the image, once built. */
  readonly image?: ImageFacts;
  readonly reason?: string;
}
