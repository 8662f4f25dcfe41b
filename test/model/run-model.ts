/**
 * One run of the model: random pushes, deletions, wishes of people, events that are lost, doubled and swapped, processes that die
 * between any two writes; then quiet, sweeps, and the comparison. Separate from the test, which only counts runs.
 */
import { executionName } from '../../lambdas/domain/naming/execution-name.ts';
import { SERVICE_FILE } from '../../lambdas/domain/service/definition.ts';
import type { StartedExecution } from '../fakes/executions.ts';
import { disagreements } from './agreement.ts';
import { BREAKS_THE_BUILD } from './build-machine.ts';
import { QUIET, Scheduler, type Odds } from './scheduler.ts';
import { runExecution, runSweepMachine } from './workflows.ts';
import { BRANCHES, REPOSITORIES, World } from './world.ts';

/** One of the two services has a configuration and a secret of its own. */
const CONFIGURED =
  'configuration: { keys: { greeting: { type: text, default: Hello } } }\ngenerate: { TOKEN: token }\n';

/** How executions and sweeps are run. */
export interface Machines {
  execution(world: World, started: StartedExecution): Promise<void>;
  sweep(world: World, execution: string): Promise<void>;
}

export const PLAIN_MACHINES: Machines = { execution: runExecution, sweep: runSweepMachine };

const CHAOS: Odds = { diesBefore: 0.01, answerLost: 0.01, killed: 0.002 };
const STEPS_BETWEEN = 60;
/** Retries of failed attempts wait 1, 2, 4 and 8 minutes. */
const QUIET_SWEEPS = 8;
const BETWEEN_SWEEPS_MS = 10 * 60_000;

/** Runs it; throws with the journal when something is wrong at the end. */
export async function runModel(seed: number, machines: Machines = PLAIN_MACHINES): Promise<World> {
  const scheduler = new Scheduler(seed);
  const world = new World(scheduler);
  const model = new Model(world, machines);
  try {
    await model.chaos(12 + Math.floor(scheduler.random() * 20));
    await model.quiet();
    const wrong = await disagreements(world);
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    return world;
  } catch (error) {
    const whole = process.env['MODEL_JOURNAL'] !== undefined;
    const told = scheduler.journal.filter((line) => whole || !/^[^—]*: [\w.-]+$/.test(line));
    throw new Error(`MODEL_SEED=${String(seed)} fails: ${String(error)}\n  ${told.join('\n  ')}`, { cause: error });
  }
}

class Model {
  readonly #world: World;
  readonly #machines: Machines;
  #count = 0;

  constructor(world: World, machines: Machines) {
    this.#world = world;
    this.#machines = machines;
    world.executions.onStart = (started) => this.#run(started);
  }

  async chaos(moves: number): Promise<void> {
    const { scheduler } = this.#world;
    scheduler.odds = CHAOS;
    for (let move = 0; move < moves; move += 1) {
      this.#move();
      const steps = Math.floor(scheduler.random() * STEPS_BETWEEN);
      for (let step = 0; step < steps; step += 1) await scheduler.step();
    }
  }

  async quiet(): Promise<void> {
    const { scheduler } = this.#world;
    scheduler.odds = QUIET;
    scheduler.journal.push('— quiet');
    // Events of any age may still arrive.
    for (const repository of REPOSITORIES) for (const branch of BRANCHES) this.#event(repository, branch);
    await scheduler.settle();
    for (let count = 0; count < QUIET_SWEEPS; count += 1) {
      scheduler.pass(BETWEEN_SWEEPS_MS);
      this.#sweep();
      await scheduler.settle();
    }
  }

  #move(): void {
    const { git } = this.#world;
    const repository = this.#pick(REPOSITORIES);
    const branch = this.#pick(BRANCHES);
    const thrown = this.#world.scheduler.random();
    if (thrown < 0.45) this.#push(repository, branch);
    else if (thrown < 0.65) this.#delete(repository, branch);
    else if (thrown < 0.75) this.#sweep();
    else if (thrown < 0.83) this.#byHand('deliver-service', { repository, branch }, branch);
    else if (thrown < 0.92) this.#byHand('withdraw-service', { environment: this.#pick(IDS) }, branch);
    else if (git.now(repository, branch) !== undefined) this.#event(repository, branch);
  }

  #push(repository: string, branch: string): void {
    const { git, scheduler } = this.#world;
    const thrown = scheduler.random();
    const file = { [SERVICE_FILE]: `name: ${repository}\n${repository === 'orders' ? CONFIGURED : ''}` };
    const kinds = [{}, { ...file, [BREAKS_THE_BUILD]: 'yes' }, file];
    const commit = git.push(repository, branch, kinds[thrown < 0.08 ? 0 : thrown < 0.16 ? 1 : 2] ?? file);
    scheduler.journal.push(`— push ${repository} ${branch} ${commit.slice(0, 7)}`);
    this.#event(repository, branch);
  }

  #delete(repository: string, branch: string): void {
    const { git, scheduler } = this.#world;
    if (git.now(repository, branch) === undefined) return;
    git.deleteBranch(repository, branch);
    scheduler.journal.push(`— delete ${repository} ${branch}`);
    this.#event(repository, branch);
  }

  /** An event is lost, told once, or told twice; it is tried three times, and then lost too. */
  #event(repository: string, branch: string): void {
    const { scheduler } = this.#world;
    const thrown = scheduler.random();
    const copies = thrown < 0.15 ? 0 : thrown < 0.85 ? 1 : 2;
    for (let copy = 0; copy < copies; copy += 1) {
      scheduler.begin({ name: `look ${repository} ${branch}`, mortal: false }, async () => {
        for (let attempt = 1; attempt <= 3; attempt += 1) {
          try {
            await this.#world.ask({ to: 'intake', input: { action: 'look', repository, branch } });
            return;
          } catch (error) {
            if ((error as Error).name !== 'TransientError') throw error;
          }
        }
      });
    }
  }

  #sweep(): void {
    this.#count += 1;
    const execution = `sweep-${String(this.#count)}`;
    this.#world.scheduler.begin({ name: execution, mortal: true }, async () => {
      await this.#machines.sweep(this.#world, execution).catch((error: unknown) => {
        if ((error as Error).constructor.name !== 'TaskFailed') throw error;
      });
    });
  }

  #byHand(workflow: 'deliver-service' | 'withdraw-service', input: object, branch: string): void {
    const { executions, scheduler } = this.#world;
    this.#count += 1;
    // Now and then on the state machine of the other tier, and now and then under a name that Espalier will want.
    const tier = (branch === 'integration') === scheduler.random() < 0.9 ? 'lasting' : 'branch';
    const generation = 1 + Math.floor(scheduler.random() * 4);
    const squatted = executionName(this.#pick(IDS), this.#pick(REPOSITORIES), generation);
    const name = scheduler.random() < 0.7 ? `by-hand-${String(this.#count)}` : squatted;
    if (executions.started.some((known) => known.tier === tier && known.execution === name)) return;
    scheduler.journal.push(`— by hand ${workflow} ${JSON.stringify(input)} as ${name} (${tier})`);
    this.#run(executions.startByHand(tier, workflow, name, input));
  }

  #run(started: StartedExecution): void {
    const activity = { name: started.execution, mortal: true };
    this.#world.scheduler.begin(activity, () => this.#machines.execution(this.#world, started));
  }

  #pick<Choice>(choices: readonly Choice[]): Choice {
    const chosen = choices[Math.floor(this.#world.scheduler.random() * choices.length)];
    if (chosen === undefined) throw new Error('There is nothing to choose from.');
    return chosen;
  }
}

/** Ids that the branches get in most runs. */
const IDS = ['feature-x', 'feature-login', 'integration'] as const;
