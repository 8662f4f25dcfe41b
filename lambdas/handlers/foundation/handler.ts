/**
 * Composition of the function `foundation`. CDK's provider framework wants the resource's id and attributes; the sweep wants questions.
 */
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { clusterOfFunction } from '../../adapters/kubernetes/cluster-of-function.ts';
import { parseAccessMap } from '../../boundary/access-map.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseFoundationRequest, type FoundationRequest } from '../../boundary/inputs/foundation.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import { FUNCTION_VARIABLES } from '../../contracts/variables.ts';
import { applyFoundation } from './apply-foundation.ts';
import type { FoundationPorts } from './ports.ts';
import { removeFoundation } from './remove-foundation.ts';

const settings = loadSettings();
const clock = systemClock;
const ports: FoundationPorts = {
  cluster: clusterOfFunction(process.env, () => clock.now()),
  clock,
  installation: settings,
  autoMode: settings.cluster.existing?.autoMode ?? true,
  targetGroups: parseAccessMap(FUNCTION_VARIABLES.targetGroups, process.env[FUNCTION_VARIABLES.targetGroups]),
};

export const handler = entryPoint('foundation', parseFoundationRequest, async (request: FoundationRequest) => {
  if (request.kind === 'sweep') return applyFoundation(ports);
  if (request.request === 'Delete') await removeFoundation(ports);
  else await applyFoundation(ports);
  return { PhysicalResourceId: `${settings.installation}-foundation` };
});
