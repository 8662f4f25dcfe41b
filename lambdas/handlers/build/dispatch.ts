/** From an action to its use case. Separate from the composition in handler.ts, so that tests and the model go the same way. */
import type { BuildInput } from '../../contracts/inputs.ts';
import type { BuildPorts } from './build-ports.ts';
import { claimCommitBuild } from './claim-commit-build.ts';
import { explainBuildFailure } from './explain-build-failure.ts';
import { recordBuild } from './record-build.ts';
import { stopBuilds } from './stop-builds.ts';

/** Runs one action of the function `build`. */
export function runBuild(ports: BuildPorts, input: BuildInput): Promise<object> {
  switch (input.action) {
    case 'claim-build':
      return claimCommitBuild(ports, input);
    case 'record-build':
      return recordBuild(ports, input);
    case 'explain-failure':
      return explainBuildFailure(ports, input);
    case 'stop-builds':
      return stopBuilds(ports, input);
  }
}
