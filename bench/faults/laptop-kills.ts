/**
 * Kills on this machine alone: pushes and deletes branches with real git while everything that runs (functions, state machines, builds,
 * the cluster) is killed at random moments and started again. After every kill what git says must become true. Separate from the faults
 * of a real cluster, whose components can be away one by one.
 */
import { openWorld } from '../../cli/open-world.ts';
import { duration, terminalOutput } from '../../cli/terminal.ts';
import { linkOf } from '../../tour/ask.ts';
import { until } from '../../tour/deviation.ts';
import type { Repository } from '../../tour/repository.ts';
import { setStage, type Stage } from '../../tour/stage.ts';
import { KillableLaptop, stopOnSignal } from './killable-laptop.ts';
import type { Chance } from './random-numbers.ts';
import { HEAL_SECONDS, withSweeps } from './sweeping.ts';

/** A delivery takes some 5 s here: half of the kills fall into it, the others before or after. */
const LATEST_KILL_MS = 8_000;
const BRANCHES = ['feature/one', 'feature/two'];

/** So many kills; throws with what did not become true. */
export async function killLaptop(kills: number, chance: Chance): Promise<void> {
  const laptop = await KillableLaptop.create();
  stopOnSignal(laptop);
  try {
    await play(laptop, kills, chance);
  } catch (error) {
    console.error(laptop.lastLines(60).join('\n'));
    throw error;
  } finally {
    await laptop.stop();
  }
}

async function play(laptop: KillableLaptop, kills: number, chance: Chance): Promise<void> {
  const endpoints = await laptop.start();
  const world = await openWorld(
    { local: laptop.directory, installation: laptop.installation, settings: 'settings.yaml' },
    terminalOutput(false),
  );
  const stage = await setStage(laptop.asLaptop(endpoints), world, () => undefined);
  const { orders, inventory } = stage.shop;
  const wanted = new Map<string, string | undefined>();

  for (let number = 1; number <= kills; number += 1) {
    const repository = number % 2 === 0 ? orders : inventory;
    const branch = chance.one(BRANCHES);
    const key = `${repository.name} ${branch}`;
    const exists = wanted.get(key) !== undefined;
    const what = exists && chance.next() < 0.3 ? 'delete' : 'push';
    if (what === 'delete') await repository.deleteBranch(branch);
    else await repository.commit(branch, `Change ${String(number)}`, { 'NOTES.md': `${String(number)}\n` });
    wanted.set(key, what === 'delete' ? undefined : await repository.push(branch));

    const delay = Math.floor(chance.next() * LATEST_KILL_MS);
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
