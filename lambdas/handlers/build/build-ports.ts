/**
 * What the function `build` needs from the world. Separate because all its use cases take the same ports.
 */
import type { BranchRules } from '../../domain/branches/classify.ts';
import type { ImageLimits } from '../../domain/images/container-rules.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import type { Branches } from '../../ports/branches.ts';
import type { BuildRunner, Builds, Images } from '../../ports/builds.ts';
import type { Charts, ParseChart } from '../../ports/charts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import type { Records } from '../../ports/records.ts';

/** The part of the settings that builds depend on, and where things are. */
export interface BuildRules {
  readonly branches: BranchRules;
  readonly timeoutMinutes: number;
  readonly imageLimits: ImageLimits;
  /** The one image repository, `<registry>/<name>`. */
  readonly imageRepository: string;
  /** Address from which CodeBuild clones a repository. */
  readonly cloneUrl: (repository: string) => string;
}

export interface BuildPorts {
  readonly rules: BuildRules;
  readonly records: Pick<Records, 'load'>;
  readonly branches: Pick<Branches, 'file'>;
  readonly builds: Builds;
  readonly buildRunner: BuildRunner;
  readonly images: Images;
  readonly charts: Pick<Charts, 'rendered' | 'keep'>;
  readonly history: Pick<History, 'append'>;
  readonly clock: Clock;
  /** Parses a service file. */
  readonly parseServiceFile: (
    text: string,
  ) =>
    | { readonly kind: 'read'; readonly definition: ServiceDefinition }
    | { readonly kind: 'wrong'; readonly message: string };
  readonly parseChart: ParseChart;
}
