/**
 * Where the tour plays: the laptop, a clone of every example, and the ways to see what became of a push.
 * Separate because every chapter of the story uses the same few words.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../cli/command.ts';
import { namespaceOf } from '../lambdas/contracts/kubernetes.ts';
import type { EnvironmentRecord, ServiceRecord } from '../lambdas/domain/environment/record.ts';
import { ask, linkOf, type Answered, type Link } from './ask.ts';
import { namespaceExists } from './cluster.ts';
import { Deviation, until } from './deviation.ts';
import type { Laptop } from './laptop.ts';
import { clone, type Repository } from './repository.ts';

/** Longest time for anything the tour waits for: a build and a delivery on a busy machine, by processes or by containers. */
const PATIENCE_SECONDS = { processes: 60, containers: 300 };

export type Shop = Readonly<Record<'web' | 'orders' | 'inventory', Repository>>;

export interface Stage {
  readonly laptop: Laptop;
  readonly world: World;
  readonly shop: Shop;
  /** A line for who watches. */
  readonly say: (line: string) => void;
  /** The record of a branch's environment. */
  readonly record: (branch: string) => Promise<EnvironmentRecord | undefined>;
  /** Waits until this commit is applied and answers through the way in; fails at once when its delivery fails. */
  readonly answers: (branch: string, repository: Repository, commit: string) => Promise<Delivered>;
  /** Waits until the delivery of this commit failed, and answers the reason people get. */
  readonly fails: (branch: string, repository: Repository, commit: string) => Promise<string>;
  /** Waits until the environment's namespace is gone and its record says so. */
  readonly removed: (branch: string) => Promise<void>;
  /** One request of a link. */
  readonly get: (link: string) => Promise<Answered>;
}

/** Lines of a log that say why a build failed. */
const LOG_LINES = 30;

/** A failure with the end of the log it names, which goes with the laptop's folder. */
function withLog(reason: string): string {
  const [, path] = /^Its log: (.+)$/m.exec(reason) ?? [];
  if (path === undefined || !existsSync(path)) return reason;
  return [reason, ...readFileSync(path, 'utf8').trimEnd().split('\n').slice(-LOG_LINES)].join('\n');
}

export interface Delivered {
  readonly environment: string;
  readonly link: string;
  readonly answer: Link;
}

/** Clones the three repositories and gives the story its words. */
export async function setStage(laptop: Laptop, world: World, say: (line: string) => void): Promise<Stage> {
  const open = (name: string): Promise<Repository> => {
    const address = laptop.endpoints.git[name];
    if (address === undefined) throw new Deviation(`a git address of ${name} in endpoints.json`, laptop.endpoints.git);
    return clone(name, address, join(laptop.directory, 'work', name), (command) => say(`$ ${command}`));
  };
  const [web, orders, inventory] = await Promise.all([open('web'), open('orders'), open('inventory')]);
  const { gateway, kubeconfig } = laptop.endpoints;
  const patience = PATIENCE_SECONDS[laptop.real ? 'containers' : 'processes'];
  const get = (link: string): Promise<Answered> => ask(gateway, link);

  const record = async (branch: string): Promise<EnvironmentRecord | undefined> => {
    const id = await world.records.idOfBranch(branch);
    if (id !== undefined) return world.records.load(id);
    return (await world.records.all()).find((known) => known.branch === branch);
  };
  const serviceOf = async (branch: string, name: string): Promise<[string, ServiceRecord] | undefined> => {
    const found = await record(branch);
    const service = Object.values(found?.services ?? {}).find((known) => known.repository === name);
    return found === undefined || service === undefined ? undefined : [found.id, service];
  };

  return {
    laptop,
    world,
    shop: { web, orders, inventory },
    say,
    record,
    get,
    async answers(branch, repository, commit) {
      const what = `${repository.name} of ${branch} is applied at ${commit.slice(0, 8)}`;
      const delivered = await until(what, patience, async (saw) => {
        const [environment, service] = (await serviceOf(branch, repository.name)) ?? [];
        saw(service ?? 'no such service in the record');
        if (service?.failure?.commit === commit) throw new Deviation(what, withLog(service.failure.reason));
        const url = service?.applied?.commit === commit ? service.applied.url : undefined;
        return url === undefined || environment === undefined ? undefined : { environment, link: url };
      });
      const answered = await get(delivered.link);
      const answer = linkOf(answered);
      if (answer?.commit !== commit || answer.environment !== delivered.environment) {
        throw new Deviation(`${delivered.link} answers ${commit} of ${delivered.environment}`, answered);
      }
      return { ...delivered, answer };
    },
    fails: (branch, repository, commit) =>
      until(`the delivery of ${commit.slice(0, 8)} fails`, patience, async (saw) => {
        const [, service] = (await serviceOf(branch, repository.name)) ?? [];
        saw(service ?? 'no such service in the record');
        if (service?.applied?.commit === commit) throw new Deviation('a failed delivery', 'it was applied');
        return service?.failure?.commit === commit ? service.failure.reason : undefined;
      }),
    removed: (branch) =>
      until(`the environment of ${branch} is removed`, patience, async (saw) => {
        const found = await record(branch);
        saw(found ?? 'no record');
        if (found?.removal.failure !== undefined) throw new Deviation('a removal', found.removal.failure.reason);
        if (found === undefined || found.phase !== 'removed') return undefined;
        const left = await namespaceExists(kubeconfig, namespaceOf(laptop.installation, found.id));
        if (left) throw new Deviation('no namespace once the record says removed', found.id);
        return true;
      }).then(() => undefined),
  };
}
