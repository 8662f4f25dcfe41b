/**
 * What may happen in the model: pushes, deletions, events that are lost, doubled and swapped, sweeps, wishes of people, decisions about
 * rollouts, changes of configuration. Separate from the run, which only lets time pass between them.
 */
import type { Outcome } from '../../local/aws/step-functions/interpreter.ts';
import type { Workflow } from '../../lambdas/contracts/stages.ts';
import type { DecisionWord } from '../../lambdas/contracts/payloads.ts';
import { runIntake } from '../../lambdas/handlers/intake/dispatch.ts';
import { executionName } from '../../lambdas/domain/naming/execution-name.ts';
import { CONFIGURED } from './configuration.ts';
import type { Machines } from './machines.ts';
import { BRANCHES, IDS, REPOSITORIES, SHARED_LAYERS, type Repository } from './places.ts';
import { filesOf, POISON } from './versions.ts';
import type { World } from './world.ts';

/** How often something happens to the branch to which most happens. */
const USUAL = 0.75;
/** Answers that people give now and then although nobody asked for them. */
const WORDS: readonly DecisionWord[] = ['approve', 'reject', 'promote', 'abort', 'skip', 'roll-back', 'retry'];

export class People {
  readonly #world: World;
  readonly #machines: Machines;
  readonly #usual: readonly [Repository, string];
  #count = 0;

  constructor(world: World, machines: Machines) {
    this.#world = world;
    this.#machines = machines;
    this.#usual = [this.#pick(REPOSITORIES), this.#pick(BRANCHES)];
  }

  /** One of all, by dice. */
  act(): void {
    // Most of it happens in one place, or nothing would ever be rolled out.
    const usual = this.#world.scheduler.random() < USUAL;
    const repository = usual ? this.#usual[0] : this.#pick(REPOSITORIES);
    const branch = usual ? this.#usual[1] : this.#pick(BRANCHES);
    const commands: readonly (readonly [often: number, act: () => void])[] = [
      [36, () => this.#push(repository, branch)],
      [8, () => this.#delete(repository, branch)],
      [8, () => void this.sweep()],
      [5, () => this.#byHand('deliver-service', { repository, branch }, branch)],
      [4, () => this.#byHand('withdraw-service', { environment: this.#pick(IDS) }, branch)],
      [3, () => this.#byHand('withdraw-service', { environment: this.#pick(IDS), service: repository }, branch)],
      [6, () => this.event(repository, branch)],
      [20, () => this.#decide()],
      [10, () => this.#configure()],
    ];
    let thrown = this.#world.scheduler.random() * commands.reduce((sum, [often]) => sum + often, 0);
    commands.find(([often]) => (thrown -= often) < 0)?.[1]();
  }

  /** An event is lost, told once, or told twice; it is tried three times, and then lost too. */
  event(repository: string, branch: string): void {
    const { scheduler, ports } = this.#world;
    const thrown = scheduler.random();
    const copies = thrown < 0.15 ? 0 : thrown < 0.85 ? 1 : 2;
    for (let copy = 0; copy < copies; copy += 1) {
      scheduler.begin({ name: `look ${repository} ${branch}` }, async () => {
        for (let attempt = 1; attempt <= 3; attempt += 1) {
          try {
            await runIntake(ports.intake, { action: 'look', repository, branch });
            return;
          } catch (error) {
            if ((error as Error).name !== 'TransientError') throw error;
          }
        }
      });
    }
  }

  sweep(): Promise<Outcome> {
    return this.#start('sweep', 'sweep', {});
  }

  /** Whoever poisoned a layer says something better. */
  async heal(): Promise<void> {
    for (const layer of this.#world.layers.names()) {
      const { values } = (await this.#world.layers.latest(layer, CONFIGURED)) ?? {};
      if (values?.['greeting'] !== POISON) continue;
      void this.#start('apply-configuration', 'healed', { layer, service: CONFIGURED, set: { greeting: 'Sorry' } });
    }
  }

  #push(repository: Repository, branch: string): void {
    const { git, scheduler } = this.#world;
    const commit = git.push(repository, branch, filesOf(repository, scheduler.random));
    scheduler.journal.push(`— push ${repository} ${branch} ${commit.slice(0, 7)}`);
    this.event(repository, branch);
  }

  #delete(repository: string, branch: string): void {
    const { git, scheduler } = this.#world;
    if (git.now(repository, branch) === undefined) return;
    git.deleteBranch(repository, branch);
    scheduler.journal.push(`— delete ${repository} ${branch}`);
    this.event(repository, branch);
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
    executions.onStart(executions.startByHand(tier, workflow, name, input));
  }

  /** Somebody decides about a rollout, in time or too late, and mostly something that is allowed. */
  #decide(): void {
    const { approvals, scheduler } = this.#world;
    const asked = [...approvals.items.values()];
    const chosen = scheduler.random() < 0.8 ? asked.at(-1) : asked[Math.floor(scheduler.random() * asked.length)];
    if (chosen === undefined) return;
    const decision = this.#pick(scheduler.random() < 0.9 ? chosen.allowed : WORDS);
    void this.#start('decide-approval', 'decision', { approval: chosen.id, decision });
  }

  /** Somebody changes what a layer says, or takes the latest change back; now and then to what no process bears. */
  #configure(): void {
    const { random } = this.#world.scheduler;
    const layer = this.#pick([...SHARED_LAYERS, ...IDS]);
    const thrown = random();
    const greeting = thrown < 0.2 ? POISON : this.#pick(['Hi', 'Salut', 'Moin']);
    const wish =
      thrown < 0.6
        ? { set: { greeting } }
        : thrown < 0.75
          ? { set: { limit: String(Math.floor(random() * 9)) } }
          : thrown < 0.85
            ? { unset: ['greeting'] }
            : { rollBack: true };
    void this.#start('apply-configuration', 'change', { layer, service: CONFIGURED, ...wish });
  }

  #start(workflow: Workflow, what: string, input: object): Promise<Outcome> {
    this.#count += 1;
    const name = `${what}-${String(this.#count)}`;
    this.#world.scheduler.journal.push(`— ${workflow} ${JSON.stringify(input)} as ${name}`);
    return this.#machines.start(workflow, 'branch', name, input);
  }

  #pick<Choice>(choices: readonly Choice[]): Choice {
    const chosen = choices[Math.floor(this.#world.scheduler.random() * choices.length)];
    if (chosen === undefined) throw new Error('There is nothing to choose from.');
    return chosen;
  }
}
