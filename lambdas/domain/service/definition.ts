/**
 * What a service says about itself, as parsed from its service file: one type per group of keys, put together here. Separate because
 * manifests, builds and messages are all derived from it and nothing else.
 */

import type { WrittenPlan } from '../rollout/written-plan.ts';
import type { BuildCommands } from './build.ts';
import type { Charted } from './chart.ts';
import type { Configured } from './configuration.ts';
import type { Contract } from './contract.ts';
import type { Needs } from './dependencies.ts';
import type { Exceptions } from './exceptions.ts';
import type { Identity } from './identity.ts';
import type { Jobs } from './jobs.ts';
import type { Processes } from './processes.ts';
import type { Reach } from './reach.ts';
import type { Volumes } from './volumes.ts';

/** File name at the root of a service's repository. */
export const SERVICE_FILE = 'espalier.yaml';

/** INVARIANT: keys that came after the first version are optional, so that definitions which builds kept before stay valid. */
export interface ServiceDefinition
  extends Identity, Reach, Contract, Processes, Needs, Volumes, Jobs, Configured, Exceptions, Charted {
  /** How it is rolled out where the settings allow it; absent: as the environment's kind says. */
  readonly rollout?: WrittenPlan;
  readonly build: BuildCommands;
}
