/**
 * The story: chapters of steps, in the order in which they are told. Separate from how steps are played and reported.
 */
import type { Stage } from './stage.ts';
import { borrowedServices } from './story/borrowed-services.ts';
import { configuration } from './story/configuration.ts';
import { failures } from './story/failures.ts';
import { hostileNames } from './story/hostile-names.ts';
import { lastingBranchDeleted, lastingEnvironments } from './story/lasting-environments.ts';
import { ownChart } from './story/own-chart.ts';
import { removal } from './story/removal.ts';
import { sharedEnvironment } from './story/shared-environment.ts';
import { superseding } from './story/superseding.ts';

/** One step: what it shows, and how. Answers what was seen, in a few words; throws a Deviation. */
export interface Step {
  readonly title: string;
  play(stage: Stage): Promise<string>;
}

export const STORY: readonly Step[] = [
  ...lastingEnvironments,
  ...sharedEnvironment,
  ...superseding,
  ...borrowedServices,
  ...configuration,
  ...failures,
  ...hostileNames,
  ...ownChart,
  ...lastingBranchDeleted,
  ...removal,
];
