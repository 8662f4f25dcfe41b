/**
 * The functions that state machines ask, over the ports of a world in memory: parsed, dispatched and answered as by Lambda. Separate
 * because the scenarios and the model ask the same ones, and differ in what is around them.
 */
import { TIERS, type Tier } from '../../lambdas/contracts/kinds.ts';
import { parseApprovalRequest } from '../../lambdas/boundary/inputs/approval-request.ts';
import { parseBuildInput } from '../../lambdas/boundary/inputs/build.ts';
import {
  parseConfigurationCentreInput,
  parseConfigurationInput,
  parseSecretsInput,
} from '../../lambdas/boundary/inputs/configuration.ts';
import { parseDeployInput } from '../../lambdas/boundary/inputs/deploy.ts';
import { parseEnvironmentInput } from '../../lambdas/boundary/inputs/environment.ts';
import { parseIntakeRequest } from '../../lambdas/boundary/inputs/intake.ts';
import { parseLookoutInput } from '../../lambdas/boundary/inputs/lookout.ts';
import { parseNoticeInput } from '../../lambdas/boundary/inputs/notice.ts';
import { parseRolloutInput } from '../../lambdas/boundary/inputs/rollout.ts';
import { parseSweepInput } from '../../lambdas/boundary/inputs/sweep.ts';
import { runApproval } from '../../lambdas/handlers/approval/dispatch.ts';
import type { ApprovalPorts } from '../../lambdas/handlers/approval/ports.ts';
import type { BuildPorts } from '../../lambdas/handlers/build/build-ports.ts';
import { runBuild } from '../../lambdas/handlers/build/dispatch.ts';
import { runConfigurationCentre } from '../../lambdas/handlers/configuration-centre/dispatch.ts';
import type { CentrePorts } from '../../lambdas/handlers/configuration-centre/ports.ts';
import { runConfiguration } from '../../lambdas/handlers/configuration/dispatch.ts';
import type { ConfigurationPorts } from '../../lambdas/handlers/configuration/ports.ts';
import { runDeploy } from '../../lambdas/handlers/deploy/dispatch.ts';
import type { PreparePorts } from '../../lambdas/handlers/deploy/ports.ts';
import { runEnvironment } from '../../lambdas/handlers/environment/dispatch.ts';
import type { EnvironmentPorts } from '../../lambdas/handlers/environment/ports.ts';
import { runIntake } from '../../lambdas/handlers/intake/dispatch.ts';
import type { IntakePorts } from '../../lambdas/handlers/intake/intake-ports.ts';
import { lookOutside } from '../../lambdas/handlers/lookout/look-outside.ts';
import type { LookoutPorts } from '../../lambdas/handlers/lookout/ports.ts';
import { announce } from '../../lambdas/handlers/notice/announce.ts';
import type { NoticePorts } from '../../lambdas/handlers/notice/notice-ports.ts';
import { runRollout } from '../../lambdas/handlers/rollout/dispatch.ts';
import type { TrafficPorts } from '../../lambdas/handlers/rollout/ports.ts';
import { runSecrets } from '../../lambdas/handlers/secrets/dispatch.ts';
import type { SecretsPorts } from '../../lambdas/handlers/secrets/ports.ts';
import {
  compareNamespacesWithRecords,
  type SweepClusterPorts,
} from '../../lambdas/handlers/sweep-cluster/compare-namespaces.ts';
import { runSweep } from '../../lambdas/handlers/sweep/dispatch.ts';
import type { SweepPorts } from '../../lambdas/handlers/sweep/sweep-ports.ts';

/** What the functions of a world are given. */
export interface FunctionPorts {
  readonly intake: IntakePorts;
  readonly build: BuildPorts;
  readonly notice: NoticePorts;
  readonly approval: ApprovalPorts;
  readonly cluster: EnvironmentPorts & PreparePorts & TrafficPorts;
  readonly configuration: Omit<ConfigurationPorts, 'tier'> & CentrePorts;
  readonly secrets: Omit<SecretsPorts, 'tier'>;
  /** Only where somebody looks outside the network. */
  readonly lookout?: LookoutPorts;
  /** Only where somebody sweeps. The fake cluster keeps no managed fields, so objects are not compared. */
  readonly sweep?: SweepPorts & SweepClusterPorts;
}

/** Invokes a function as a task does; throws the error as Step Functions hears it. */
export async function invoke(ports: FunctionPorts, args: unknown): Promise<unknown> {
  const { FunctionName, Payload } = args as { readonly FunctionName: string; readonly Payload: unknown };
  const tier = TIERS.find((known) => FunctionName.endsWith(`-${known}`));
  const name = FunctionName.replace('function:espalier-', '').replace(tier === undefined ? '' : `-${tier}`, '');
  try {
    const answer = await ask(ports, name, overTheWire(Payload), tier ?? 'branch');
    return { StatusCode: 200, Payload: overTheWire(answer ?? null) };
  } catch (error) {
    const { name: errorType, message: errorMessage } = error as Error;
    throw Object.assign(new Error(errorMessage), {
      name: errorType,
      cause: JSON.stringify({ errorType, errorMessage }),
    });
  }
}

/** Nothing but JSON. */
function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function ask(ports: FunctionPorts, name: string, input: unknown, tier: Tier): Promise<object | undefined | void> {
  switch (name) {
    case 'intake':
      return runIntake(ports.intake, parseIntakeRequest(input));
    case 'build':
      return runBuild(ports.build, parseBuildInput(input));
    case 'notice':
      return announce(ports.notice, parseNoticeInput(input));
    case 'approval':
      return runApproval(ports.approval, parseApprovalRequest(input));
    case 'environment':
      return runEnvironment(ports.cluster, parseEnvironmentInput(input));
    case 'deploy':
      return runDeploy(ports.cluster, parseDeployInput(input));
    case 'rollout':
      return runRollout(ports.cluster, parseRolloutInput(input));
    case 'configuration':
      return runConfiguration({ ...ports.configuration, tier }, parseConfigurationInput(input));
    case 'configuration-centre':
      return runConfigurationCentre(ports.configuration, parseConfigurationCentreInput(input));
    case 'secrets':
      return runSecrets({ ...ports.secrets, tier }, parseSecretsInput(input));
    case 'lookout':
      return lookOutside(there(ports.lookout, name), parseLookoutInput(input).request);
    case 'sweep':
      return runSweep(there(ports.sweep, name), parseSweepInput(input));
    case 'sweep-cluster':
      return compareNamespacesWithRecords(there(ports.sweep, name));
    case 'foundation':
      return Promise.resolve({ questions: [] });
    default:
      throw new Error(`There is no function ${name} here.`);
  }
}

function there<Ports>(ports: Ports | undefined, name: string): Ports {
  if (ports === undefined) throw new Error(`Nobody asks the function ${name} here.`);
  return ports;
}
