/** What charts rendered, kept by digest. */
import type { ServiceChart } from '../domain/charts/objects.ts';
import type { Breach } from '../domain/images/container-rules.ts';
import type { ServiceDefinition } from '../domain/service/definition.ts';

export interface Charts {
  /** What the build of a commit rendered; undefined when there is none (any more). */
  rendered(repository: string, commit: string): Promise<string | undefined>;
  /** Keeps a text under its digest; keeping it again changes nothing. */
  keep(digest: string, text: string): Promise<void>;
  /** The text with this digest; undefined when there is none. */
  load(digest: string): Promise<string | undefined>;
}

/** Reads rendered manifests and holds them against the service file. `image` is the full name of the commit's image with its tag. */
export type ParseChart = (
  text: string,
  definition: ServiceDefinition,
  image: string,
) =>
  | {
      readonly kind: 'read';
      readonly chart: ServiceChart;
      readonly definition: ServiceDefinition;
      readonly breaches: readonly Breach[];
    }
  | { readonly kind: 'wrong'; readonly message: string };
