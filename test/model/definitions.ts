/**
 * The state machines as they are synthesized, run by the laptop's interpreter in the model's world. Separate from the plain ones:
 * slower, but nothing in between is made up.
 */
import { createInterpreter, type Interpreter } from '../../local/aws/step-functions/interpreter.ts';
import { TIERS, type Tier } from '../../lambdas/contracts/kinds.ts';
import { stateMachineName, type Workflow } from '../../lambdas/contracts/stages.ts';
import type { BuildRequest } from '../../lambdas/contracts/payloads.ts';
import { PLAIN } from '../lib/synthesize.ts';
import { machinesOf } from '../workflows/machines.ts';
import { runBuildMachine } from './build-machine.ts';
import type { Machines } from './run-model.ts';
import { Killed } from './scheduler.ts';
import type { Asked, World } from './world.ts';

/** Name of the installation in the smallest settings. */
const INSTALLATION = 'espalier';

/** State machines that run the synthesized definitions. */
export function synthesizedMachines(): Machines {
  const definitions = machinesOf(PLAIN);
  const run = async (world: World, workflow: Workflow, tier: Tier, name: string, input: unknown): Promise<void> => {
    const definition = definitions.get(stateMachineName(INSTALLATION, workflow, tier))?.definition;
    if (definition === undefined) throw new Error(`There is no state machine ${workflow} of the tier ${tier}.`);
    let kill: () => void = () => undefined;
    const interpreter: Interpreter = createInterpreter({
      definition,
      random: world.scheduler.random,
      clock: { now: () => world.scheduler.now(), sleep: (ms, signal) => world.scheduler.sleep(ms, signal) },
      tasks: async (resource, args) => {
        try {
          if (resource.startsWith('arn:aws:states:::states:startExecution')) {
            const { Name, Input } = args as { readonly Name: string; readonly Input: unknown };
            // Only the sweep starts something here: the configuration that has to be brought again.
            await run(world, 'apply-configuration', 'branch', Name, Input);
            return { ExecutionArn: Name };
          }
          return await runTask(world, resource, args);
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
          kill();
          return new Promise(() => undefined);
        }
      },
    });
    const execution = interpreter.start({ name, input });
    kill = () => execution.stop('killed');
    const outcome = await execution.ended;
    if (outcome.status === 'FAILED' && outcome.error.startsWith('States.')) {
      throw new Error(`${name}: ${outcome.error}: ${outcome.cause ?? ''}`);
    }
  };
  return {
    async execution(world, started) {
      try {
        await run(world, started.workflow, started.tier, started.execution, JSON.parse(started.input));
      } finally {
        started.running = false;
      }
    },
    sweep: (world, execution) => run(world, 'sweep', 'branch', execution, {}),
  };
}

async function runTask(world: World, resource: string, args: unknown): Promise<unknown> {
  if (resource === 'arn:aws:states:::codebuild:startBuild.sync') return runBuildTask(world, args);
  const { FunctionName, Payload } = args as { readonly FunctionName: string; readonly Payload: unknown };
  const to = functionOf(FunctionName);
  if (to === 'foundation') return { StatusCode: 200, Payload: { questions: [] } };
  try {
    // As over the wire: nothing but JSON.
    const input = JSON.parse(JSON.stringify(Payload)) as Asked['input'];
    const answer = await world.ask({ to, input, tier: tierOf(FunctionName) } as Asked);
    return { StatusCode: 200, Payload: answer === undefined ? null : (JSON.parse(JSON.stringify(answer)) as unknown) };
  } catch (error) {
    if (error instanceof Killed) throw error;
    const { name, message } = error as Error;
    throw Object.assign(new Error(message), {
      name,
      cause: JSON.stringify({ errorType: name, errorMessage: message }),
    });
  }
}

function tierOf(name: string): Tier | undefined {
  return TIERS.find((known) => name.endsWith(`-${known}`));
}

/** `function:espalier-deploy-branch` is the function `deploy`. */
function functionOf(name: string): Asked['to'] | 'foundation' {
  const plain = name.replace(`function:${INSTALLATION}-`, '');
  const tier = tierOf(name);
  return (tier === undefined ? plain : plain.slice(0, -tier.length - 1)) as Asked['to'];
}

async function runBuildTask(world: World, args: unknown): Promise<unknown> {
  const asked = args as {
    readonly EnvironmentVariablesOverride: readonly { readonly Name: string; readonly Value: string }[];
  };
  const variables = asked.EnvironmentVariablesOverride.map(({ Name, Value }) => ({
    name: Name,
    value: Value,
    type: 'PLAINTEXT' as const,
  }));
  const request: BuildRequest = { sourceLocation: '', sourceVersion: '', idempotencyToken: '', variables };
  const failed = await runBuildMachine(world, request);
  if (failed === undefined) return { Build: { BuildStatus: 'SUCCEEDED' } };
  throw Object.assign(new Error(failed.Cause), { name: failed.Error, cause: failed.Cause });
}
