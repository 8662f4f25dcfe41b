/**
 * Faults on a real cluster: pushes and deletes branches with real git while a component of the cluster, pods or Espalier itself are away
 * at a random moment of a delivery, a rollout, a withdrawal or a removal. After each of them everything must become right by itself.
 * Separate from what a fault is and from what is right.
 */
import { writeFileSync } from 'node:fs';
import { openWorld } from '../../cli/open-world.ts';
import { duration, terminalOutput } from '../../cli/terminal.ts';
import { leftInCluster } from '../../tour/cluster.ts';
import { until } from '../../tour/deviation.ts';
import type { Repository } from '../../tour/repository.ts';
import { setStage, type Stage } from '../../tour/stage.ts';
import { namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import type { WrittenPlan } from '../../lambdas/domain/rollout/written-plan.ts';
import { filesOf } from '../traffic/versions.ts';
import { outcomeOf, problemsOf, type Wish } from './cluster-state.ts';
import { findComponents, type FaultPlace } from './components.ts';
import { inject, type Fault } from './faults.ts';
import { KillableLaptop, stopOnSignal } from './killable-laptop.ts';
import { chanceOf, type Chance } from './random-numbers.ts';
import { HEAL_SECONDS, withSweeps } from './sweeping.ts';

/** Where the faults come about. */
export interface ClusterFaultPlace extends Omit<FaultPlace, 'gateway'> {
  /** `NAMESPACE/NAME@HOST:PORT`, as for `npm run local`. */
  readonly gateway: string;
  /** Folder of `*.pid` files that name the cluster's components; they follow those that are started again. */
  readonly pidFiles: string | undefined;
}

/** How many, in which order, and where the report goes besides the terminal. */
export interface FaultRun {
  readonly faults: number;
  readonly seed: number;
  readonly kinds: readonly Fault[];
  /** A file of JSON. */
  readonly report: string | undefined;
}

/** What a branch is at when the fault comes. */
const MOMENTS = ['delivery', 'rollout', 'withdrawal', 'removal'] as const;
type Moment = (typeof MOMENTS)[number];
/** Nobody is left once an environment goes. */
const MOMENTS_WITH_PODS = MOMENTS.filter((moment) => moment !== 'removal');

/** A delivery with its build takes some 10 s here, a rollout as long again. */
const LATEST_FAULT_MS = 12_000;
const BRANCHES = ['feature/one', 'feature/two'];
const REPOSITORIES = ['orders', 'inventory'];
const ROLLOUT: WrittenPlan = {
  strategy: 'canary',
  steps: [{ weight: 50 }, { pause: '4s' }, { weight: 100 }],
  keep: '1s',
};
/** Nothing is delivered but what this run pushes, and nobody remembers names for long. */
const SETTINGS = {
  repositories: REPOSITORIES,
  names: { rememberedSeconds: 2 },
  environments: {
    feature: { rollout: { drain: '2s', deadline: '2m' } },
    integration: { branches: [] },
    'pre-release': { branches: [] },
  },
};

/** One line of the report. */
interface Entry {
  readonly number: number;
  readonly moment: Moment;
  readonly repository: string;
  readonly branch: string;
  readonly fault: string;
  /** When the push was made, as ISO 8601, and how long after it the fault began. */
  readonly pushedAt: string;
  readonly afterMs: number;
  readonly what: string;
  readonly healedAfterMs: number;
  readonly outcome: string;
}

/** Lets so many faults happen; throws with what did not become right. */
export async function faultCluster(place: ClusterFaultPlace, run: FaultRun): Promise<void> {
  const [, address = ''] = place.gateway.split('@');
  const components = await findComponents({ ...place, gateway: address });
  const given = ['--cluster', place.cluster, '--registry', place.registry, '--gateway', place.gateway];
  const laptop = await KillableLaptop.create({
    arguments: [...given, '--leave-nothing'],
    installation: `flt-${Date.now().toString(36).slice(-6)}`,
    settings: SETTINGS,
  });
  stopOnSignal(laptop);
  const entries: Entry[] = [];
  try {
    const endpoints = await laptop.start();
    const where = { local: laptop.directory, installation: laptop.installation, settings: 'settings.yaml' };
    const world = await openWorld(where, terminalOutput(false));
    const stage = await setStage(laptop.asLaptop(endpoints), world, () => undefined);
    const story = new Story(stage, chanceOf(run.seed));
    await story.begin();
    console.log('Two environments serve; now the faults.');
    const faults = story.chance.shuffled(run.kinds);
    for (let number = 1; number <= run.faults; number += 1) {
      const fault = faults[(number - 1) % faults.length] ?? 'Espalier killed';
      const { moment, wish } = await story.next(fault === 'pods killed' ? MOMENTS_WITH_PODS : MOMENTS);
      const pushed = Date.now();
      const afterMs = Math.floor(story.chance.next() * LATEST_FAULT_MS);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      const namespace = async (): Promise<string | undefined> => {
        const record = await stage.record(wish.branch);
        return record && namespaceOf(laptop.installation, record.id);
      };
      const victims = { kubeconfig: place.cluster, components, laptop, namespace, pidFiles: place.pidFiles };
      const what = await inject(fault, victims, story.chance);
      const over = performance.now();
      await story.isRight();
      const entry = {
        number,
        moment,
        repository: wish.repository,
        branch: wish.branch,
        fault,
        pushedAt: new Date(pushed).toISOString(),
        afterMs,
        what,
        healedAfterMs: Math.round(performance.now() - over),
        outcome: await outcomeOf(stage, wish),
      };
      entries.push(entry);
      console.log(lineOf(entry));
    }
    await story.end();
  } catch (error) {
    console.error(laptop.lastLines(60).join('\n'));
    throw error;
  } finally {
    await laptop.stop();
    if (run.report !== undefined) {
      writeFileSync(run.report, `${JSON.stringify({ seed: run.seed, faults: entries }, null, 2)}\n`);
    }
  }
  const left = await leftInCluster(place.cluster, laptop.installation);
  if (left.length > 0) throw new Error(`The installation left in the cluster:\n${left.join('\n')}`);
  console.log(`${String(entries.length)} faults; every branch was deleted, and nothing is left.`);
}

function lineOf(entry: Entry): string {
  const { number, moment, repository, branch, pushedAt, afterMs, what, healedAfterMs, outcome } = entry;
  return `${String(number).padStart(3)}. ${pushedAt.slice(11, 19)} ${moment} of ${repository} in ${branch}; ${duration(afterMs)} later ${what}: right again ${duration(healedAfterMs)} after that (${outcome})`;
}

/** What git says, and how it goes on. */
class Story {
  readonly chance: Chance;
  readonly #stage: Stage;
  readonly #wishes = new Map<string, Wish>();
  #commits = 0;

  constructor(stage: Stage, chance: Chance) {
    this.#stage = stage;
    this.chance = chance;
  }

  /** Two services in one environment, and one in another. */
  async begin(): Promise<void> {
    await this.#push('orders', 'feature/one');
    await this.#push('inventory', 'feature/one');
    await this.#push('orders', 'feature/two');
    await this.isRight();
  }

  /** Begins something by a push; the moments take turns as far as there is something for them. */
  async next(moments: readonly Moment[]): Promise<{ readonly moment: Moment; readonly wish: Wish }> {
    const possible = moments.flatMap((moment) => this.#places(moment).map((wish) => ({ moment, wish })));
    const turn = this.chance.one([...new Set(possible.map(({ moment }) => moment))]);
    const { moment, wish } = this.chance.one(possible.filter((each) => each.moment === turn));
    const { repository, branch } = wish;
    const removes = moment === 'withdrawal' || moment === 'removal';
    if (!removes) return { moment, wish: await this.#push(repository, branch) };
    await this.#repository(repository).deleteBranch(branch);
    return { moment, wish: this.#wishes.get(this.#note({ repository, branch, commit: undefined })) ?? wish };
  }

  /** Waits until all of git is true. */
  async isRight(): Promise<void> {
    await withSweeps(this.#stage, () =>
      until('everything is right again', HEAL_SECONDS, async (saw) => {
        const problems = await problemsOf(this.#stage, [...this.#wishes.values()]).catch((error: unknown) => [
          String(error),
        ]);
        saw(problems);
        return problems.length === 0 ? true : undefined;
      }),
    );
  }

  /** Deletes what is left; all environments go. */
  async end(): Promise<void> {
    for (const wish of this.#wishes.values()) {
      if (wish.commit === undefined) continue;
      await this.#repository(wish.repository).deleteBranch(wish.branch);
      this.#note({ ...wish, commit: undefined });
    }
    await this.isRight();
  }

  #places(moment: Moment): readonly Wish[] {
    const all = BRANCHES.flatMap((branch) =>
      REPOSITORIES.map(
        (repository) => this.#wishes.get(`${repository} ${branch}`) ?? { repository, branch, commit: undefined },
      ),
    );
    const beside = ({ repository, branch }: Wish): boolean =>
      all.some((other) => other.branch === branch && other.repository !== repository && other.commit !== undefined);
    return all.filter((wish) => {
      const there = wish.commit !== undefined;
      switch (moment) {
        case 'delivery':
          return !there;
        case 'rollout':
          return there;
        case 'withdrawal':
          return there && beside(wish);
        case 'removal':
          return there && !beside(wish);
      }
    });
  }

  async #push(name: string, branch: string): Promise<Wish> {
    this.#commits += 1;
    const files = filesOf(name, { rollout: ROLLOUT, replicas: 1 });
    const repository = this.#repository(name);
    const notes = { 'NOTES.md': `${String(this.#commits)}\n` };
    await repository.commit(branch, `Change ${String(this.#commits)}`, { ...files, ...notes });
    const wish = { repository: name, branch, commit: await repository.push(branch) };
    this.#note(wish);
    return wish;
  }

  #note(wish: Wish): string {
    const key = `${wish.repository} ${wish.branch}`;
    this.#wishes.set(key, wish);
    return key;
  }

  #repository(name: string): Repository {
    const { orders, inventory } = this.#stage.shop;
    return name === 'orders' ? orders : inventory;
  }
}
