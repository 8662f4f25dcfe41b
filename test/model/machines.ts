/**
 * Step Functions as the model sees it: the synthesized definitions on the laptop's interpreter. Every execution is an activity of its
 * own, which can be killed between any two calls; what it started goes on, or ends with it, as the dice want.
 */
import { createInterpreter, type Interpreter, type Outcome } from '../../local/aws/step-functions/interpreter.ts';
import type { TaskContext } from '../../local/aws/step-functions/run.ts';
import { createTaskTokens } from '../../local/aws/step-functions/task-tokens.ts';
import type { Tier } from '../../lambdas/contracts/kinds.ts';
import { stateMachineName, type Workflow } from '../../lambdas/contracts/stages.ts';
import { PLAIN } from '../lib/synthesize.ts';
import { invoke } from '../workflows/functions.ts';
import { machinesOf } from '../workflows/machines.ts';
import { runBuildMachine } from './build-machine.ts';
import type { Activity } from './scheduler.ts';
import type { World } from './world.ts';

/** Name of the installation in the smallest settings. */
const INSTALLATION = 'espalier';
const DEFINITIONS = machinesOf(PLAIN);

/** How often what an execution waits for goes on when that is killed; AWS stops it as well as it can. */
const OUTLIVES = 0.5;

/** Errors with which nothing may end: the definition, or the code of a function, is wrong. */
const BUG = /^(\w*Error|States\.(Runtime|QueryEvaluationError|NoChoiceMatched|DataLimitExceeded))$/;
const EXPECTED = ['TransientError', 'RejectedError', 'SupersededError'];

interface Started {
  readonly input: string;
  readonly ended: Promise<Outcome>;
  readonly stop: () => void;
}

/** An execution that was killed, with what of its input says what it worked on. */
export interface Killed {
  /** Name of its state machine. */
  readonly machine: string;
  readonly input: Named & { readonly delivery?: Named };
}

interface Named {
  readonly environment?: string;
  readonly service?: string;
  readonly repository?: string;
  readonly branch?: string;
}

export class Machines {
  /** Executions that were killed. */
  readonly killed: Killed[] = [];
  readonly tokens = createTaskTokens();
  readonly #world: World;
  readonly #interpreters = new Map<string, Interpreter>();
  readonly #started = new Map<string, Started>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Starts an execution; answers its end. */
  start(workflow: Workflow, tier: Tier, name: string, input: unknown): Promise<Outcome> {
    return this.#begin(stateMachineName(INSTALLATION, workflow, tier), name, input).ended;
  }

  /** A name is taken for ever; the same input again is the same execution. */
  #begin(machine: string, name: string, input: unknown): Started {
    const { scheduler } = this.#world;
    const text = JSON.stringify(input);
    const key = `${machine} ${name}`;
    const known = this.#started.get(key);
    if (known !== undefined) {
      if (known.input === text) return known;
      throw Object.assign(new Error(`${key} is there already.`), {
        name: 'StepFunctions.ExecutionAlreadyExistsException',
      });
    }
    const ended = Promise.withResolvers<Outcome>();
    let stop: () => void = () => undefined;
    const activity: Activity = {
      name,
      kill: () => {
        this.killed.push({ machine, input: JSON.parse(text) as Killed['input'] });
        stop();
      },
    };
    const started = { input: text, ended: ended.promise, stop: () => stop() };
    this.#started.set(key, started);
    scheduler.begin(activity, async () => {
      const execution = this.#interpreter(machine).start({ name, input });
      stop = () => execution.stop('killed');
      const outcome = await execution.ended;
      ended.resolve(outcome);
      if (outcome.status === 'FAILED' && BUG.test(outcome.error) && !EXPECTED.includes(outcome.error)) {
        throw new Error(`${key}: ${outcome.error}: ${outcome.cause ?? ''}`);
      }
    });
    return started;
  }

  #interpreter(machine: string): Interpreter {
    const known = this.#interpreters.get(machine);
    if (known !== undefined) return known;
    const definition = DEFINITIONS.get(machine)?.definition;
    if (definition === undefined) throw new Error(`There is no state machine ${machine}.`);
    const { scheduler } = this.#world;
    const interpreter = createInterpreter({
      definition,
      random: scheduler.random,
      tokens: this.tokens,
      clock: { now: () => scheduler.now(), sleep: (ms, signal) => scheduler.sleep(ms, signal) },
      tasks: (resource, args, context) => this.#task(resource, args, context),
    });
    this.#interpreters.set(machine, interpreter);
    return interpreter;
  }

  #task(resource: string, args: unknown, context: TaskContext): Promise<unknown> {
    if (resource.startsWith('arn:aws:states:::states:startExecution')) {
      return this.#startExecution(args, resource.endsWith('.sync:2') ? context.signal : undefined);
    }
    if (resource === 'arn:aws:states:::codebuild:startBuild.sync') return this.#build(args, context.signal);
    return invoke(this.#world.ports, args);
  }

  /** Waits for its end where a signal says how long. */
  async #startExecution(args: unknown, until: AbortSignal | undefined): Promise<unknown> {
    const { StateMachineArn, Name, Input } = args as {
      readonly StateMachineArn: string;
      readonly Name: string;
      readonly Input: unknown;
    };
    const { scheduler } = this.#world;
    await scheduler.turn('states.startExecution');
    const started = this.#begin(StateMachineArn.split(':').at(-1) ?? '', Name, Input);
    if (until === undefined) return { ExecutionArn: Name };
    until.addEventListener(
      'abort',
      () => {
        if (scheduler.random() > OUTLIVES) started.stop();
      },
      { once: true },
    );
    const outcome = await started.ended;
    if (outcome.status === 'SUCCEEDED') return { Output: outcome.output };
    const { status } = outcome;
    const said = { Name, Status: status, ...(status === 'FAILED' && { Error: outcome.error, Cause: outcome.cause }) };
    throw Object.assign(new Error(status), { name: 'States.TaskFailed', cause: JSON.stringify(said) });
  }

  async #build(args: unknown, signal: AbortSignal): Promise<unknown> {
    const { EnvironmentVariablesOverride } = args as {
      readonly EnvironmentVariablesOverride: readonly { readonly Name: string; readonly Value: string }[];
    };
    const variables = EnvironmentVariablesOverride.map(({ Name, Value }) => ({
      name: Name,
      value: Value,
      type: 'PLAINTEXT' as const,
    }));
    const failed = await runBuildMachine(this.#world, { variables }, signal);
    if (failed === undefined) return { Build: { BuildStatus: 'SUCCEEDED' } };
    throw Object.assign(new Error(failed.Cause), { name: failed.Error, cause: failed.Cause });
  }
}
