/**
 * `npm run faults -- --kills 30 --seed 1`: pushes and deletes branches with real git while everything that runs (functions, state machines,
 * builds, the cluster) is killed at random moments and started again. After every kill what git says must become true. Separate from
 * the model test, which kills between any two writes but runs no processes.
 */
import { parseArgs } from 'node:util';
import { openWorld } from '../cli/open-world.ts';
import { duration, terminalOutput } from '../cli/terminal.ts';
import { linkOf } from '../tour/ask.ts';
import { until } from '../tour/deviation.ts';
import type { Repository } from '../tour/repository.ts';
import { setStage, type Stage } from '../tour/stage.ts';
import { KillableLaptop } from './killable-laptop.ts';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '30' }, seed: { type: 'string' } } });
const kills = Number(values.kills);
const seed = Number(values.seed ?? Date.now() % 100_000);

/** A delivery takes some 5 s here: half of the kills fall into it, the others before or after. */
const LATEST_KILL_MS = 8_000;
/** A failed attempt is made again after a minute, then two; each with a build. */
const HEAL_SECONDS = 300;
const SWEEP_EVERY_MS = 10_000;
const BRANCHES = ['feature/one', 'feature/two'];

/** The same moments for the same seed. */
function randomNumbers(from: number): () => number {
  let state = from;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = randomNumbers(seed);
const laptop = await KillableLaptop.create();
console.log(
  `${String(kills)} kills, seed ${String(seed)} (again with: npm run faults -- --kills ${String(kills)} --seed ${String(seed)})`,
);
try {
  await play();
} catch (error) {
  process.exitCode = 1;
  console.error(error instanceof Error ? error.message : error);
  console.error(laptop.lastLines(60).join('\n'));
} finally {
  await laptop.stop();
}

async function play(): Promise<void> {
  const endpoints = await laptop.start();
  const world = await openWorld(
    { local: laptop.directory, installation: 'espalier', settings: 'settings.yaml' },
    terminalOutput(false),
  );
  const stage = await setStage(laptop.asLaptop(endpoints), world, () => undefined);
  const { orders, inventory } = stage.shop;
  const wanted = new Map<string, string | undefined>();

  for (let number = 1; number <= kills; number += 1) {
    const repository = number % 2 === 0 ? orders : inventory;
    const branch = BRANCHES[Math.floor(random() * BRANCHES.length)] ?? 'feature/one';
    const key = `${repository.name} ${branch}`;
    const exists = wanted.get(key) !== undefined;
    const what = exists && random() < 0.3 ? 'delete' : 'push';
    if (what === 'delete') await repository.deleteBranch(branch);
    else await repository.commit(branch, `Change ${String(number)}`, { 'NOTES.md': `${String(number)}\n` });
    wanted.set(key, what === 'delete' ? undefined : await repository.push(branch));

    const delay = Math.floor(random() * LATEST_KILL_MS);
    await new Promise((resolve) => setTimeout(resolve, delay));
    await laptop.kill();
    const begun = performance.now();
    await laptop.start();
    await heals(stage, repository, branch, wanted.get(key));
    console.log(
      `${String(number).padStart(3)}. ${what} ${repository.name} ${branch}, killed after ${duration(delay)}: right again ${duration(performance.now() - begun)} later`,
    );
  }
  for (const [key, commit] of wanted) {
    const [name = '', branch = ''] = key.split(' ');
    if (commit !== undefined) await (name === 'orders' ? orders : inventory).deleteBranch(branch);
  }
  for (const branch of BRANCHES) await withSweeps(stage, () => gone(stage, branch));
  console.log('Every branch was deleted, and nothing is left.');
}

/** Waits until what git says of the branch is what is applied and answers, sweeping as the schedule would, only more often. */
async function heals(stage: Stage, repository: Repository, branch: string, commit: string | undefined): Promise<void> {
  await withSweeps(stage, () =>
    until(`${repository.name} of ${branch} is ${commit?.slice(0, 8) ?? 'withdrawn'}`, HEAL_SECONDS, async (saw) => {
      const record = await stage.record(branch);
      const service = Object.values(record?.services ?? {}).find((known) => known.repository === repository.name);
      saw(service ?? 'no such service in the record');
      if (commit === undefined)
        return service?.applied === undefined && service?.owner === undefined ? true : undefined;
      const url = service?.applied?.commit === commit ? service.applied.url : undefined;
      if (url === undefined) return undefined;
      const answer = await stage.get(url).then(linkOf, () => undefined);
      return answer?.commit === commit ? true : undefined;
    }),
  );
}

async function gone(stage: Stage, branch: string): Promise<true> {
  return until(`the environment of ${branch} is removed`, HEAL_SECONDS, async (saw) => {
    const record = await stage.record(branch);
    saw(record);
    return record === undefined || record.phase === 'removed' ? true : undefined;
  });
}

async function withSweeps<Value>(stage: Stage, wait: () => Promise<Value>): Promise<Value> {
  const sweep = (): void => void stage.world.workflows.start('sweep', 'branch', {}).catch(() => undefined);
  const timer = setInterval(sweep, SWEEP_EVERY_MS);
  try {
    return await wait();
  } finally {
    clearInterval(timer);
  }
}
