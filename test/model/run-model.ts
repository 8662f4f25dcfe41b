/**
 * One run of the model: whatever people and the world do, with processes that die between any two writes; then quiet, sweeps, and the
 * comparison. Separate from the test, which only counts runs.
 */
import type { Outcome } from '../../local/aws/step-functions/interpreter.ts';
import { disagreements } from './agreement.ts';
import { Machines } from './machines.ts';
import { People } from './people.ts';
import { BRANCHES, REPOSITORIES } from './places.ts';
import { QUIET, Scheduler, type Odds } from './scheduler.ts';
import { World } from './world.ts';

const CHAOS: Odds = { diesBefore: 0.01, answerLost: 0.01, killed: 0.002 };
/** Calls between two moves: mostly few, so that they meet; now and then so many that a rollout comes to its steps. */
const STEPS_BETWEEN = { few: 60, many: 500, often: 0.45 };
/** Retries of failed attempts wait 1, 2, 4 and 8 minutes. Two sweeps in a row that start nothing are the last: the first may free somebody. */
const QUIET_SWEEPS = 16;
const BETWEEN_SWEEPS_MS = 10 * 60_000;

/** Runs it; throws with the journal when something is wrong, at the end or on the way. */
export async function runModel(seed: number): Promise<World> {
  const scheduler = new Scheduler(seed);
  const world = new World(scheduler);
  const machines = new Machines(world);
  try {
    const people = new People(world, machines);
    begin(world, machines);
    await world.found();
    await chaos(world, people, 10 + Math.floor(scheduler.random() * 16));
    await quiet(world, people);
    const wrong = [...world.traffic.wrong, ...(await disagreements(world, machines))];
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    return world;
  } catch (error) {
    const whole = process.env['MODEL_JOURNAL'] !== undefined;
    const told = scheduler.journal.filter((line) => whole || !/^[^—]*: [\w.-]+$/.test(line));
    throw new Error(`MODEL_SEED=${String(seed)} fails: ${String(error)}\n  ${told.join('\n  ')}`, { cause: error });
  }
}

/** What Espalier starts runs, and whoever waits is woken. */
function begin(world: World, machines: Machines): void {
  world.executions.onStart = (started) => {
    const input: unknown = JSON.parse(started.input);
    void machines.start(started.workflow, started.tier, started.execution, input).then(() => (started.running = false));
  };
  world.waiting.onWake = (token, output) => {
    const task = machines.tokens.find(token);
    if (typeof task === 'string') return false;
    task.succeed(output);
    return true;
  };
}

async function chaos({ scheduler, traffic }: World, people: People, moves: number): Promise<void> {
  scheduler.odds = CHAOS;
  for (let move = 0; move < moves; move += 1) {
    people.act();
    const { few, many, often } = STEPS_BETWEEN;
    const steps = Math.floor(scheduler.random() * (scheduler.random() < often ? many : few));
    for (let step = 0; step < steps; step += 1) await scheduler.step();
    if (traffic.wrong.length > 0) return;
  }
}

async function quiet({ scheduler }: World, people: People): Promise<void> {
  scheduler.odds = QUIET;
  scheduler.journal.push('— quiet');
  // Events of any age may still arrive.
  for (const repository of REPOSITORIES) for (const branch of BRANCHES) people.event(repository, branch);
  await scheduler.settle();
  await people.heal();
  await scheduler.settle();
  let idle = 0;
  for (let count = 0; count < QUIET_SWEEPS; count += 1) {
    scheduler.pass(BETWEEN_SWEEPS_MS);
    const before = scheduler.begun;
    const swept = people.sweep();
    await scheduler.settle();
    idle = scheduler.begun === before + 1 && !isBusy(await swept) ? idle + 1 : 0;
    if (idle === 2) return;
  }
  throw new Error(`After ${String(QUIET_SWEEPS)} quiet sweeps there is still something to put right.`);
}

/** A sweep that was killed keeps the others out for a while. */
function isBusy(outcome: Outcome): boolean {
  return outcome.status === 'SUCCEEDED' && (outcome.output as { readonly kind?: unknown }).kind === 'busy';
}
