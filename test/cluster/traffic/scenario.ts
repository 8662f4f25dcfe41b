/**
 * One service in an environment of its own on the real cluster, with requests that are all counted. Scenarios read given, when, then:
 * *given* a version serves, *when* something is pushed, decided or broken, *then* the cluster, the record and the event log say this,
 * and no request was lost. Separate from the laptop, which many scenarios share at the same time.
 */
import { request } from 'node:http';
import { join } from 'node:path';
import { lostBecause, type Outcome } from '../../../bench/traffic/outcome.ts';
import { startLoad, type Load } from '../../../bench/traffic/load.ts';
import { CommandError, type World } from '../../../cli/command.ts';
import { decide } from '../../../cli/commands/decide.ts';
import { release } from '../../../cli/commands/release.ts';
import { namespaceOf, SIDES, type Side } from '../../../lambdas/contracts/kubernetes.ts';
import { COMMIT_HEADER } from '../../../lambdas/contracts/variables.ts';
import type { DecisionWord } from '../../../lambdas/contracts/payloads.ts';
import type { ServiceRecord } from '../../../lambdas/domain/environment/record.ts';
import type { StoredRollout } from '../../../lambdas/domain/rollout/stored.ts';
import { until } from '../../../tour/deviation.ts';
import type { Laptop } from '../../../tour/laptop.ts';
import { clone, type Repository } from '../../../tour/repository.ts';
import { EnvironmentView, type Traffic } from './environment-view.ts';
import { DEATH, filesOf, type Version } from '../../../bench/traffic/versions.ts';

export const SERVICE = 'orders';
/** Requests per second of one scenario: a share of 10 % is some requests, and a handful of scenarios leave the node its cores. */
const PER_SECOND = 30;
/** The load ends by itself after this, whatever a scenario forgets. */
const LOAD_SECONDS = 540;
/** Longest wait for anything: builds, pods and rollouts of several scenarios share two cores. */
const PATIENCE_SECONDS = 240;
const WATCH_MS = 150;

/** Who had the traffic from a moment on, and the ready pods that each side had then. */
export interface Moment extends Traffic {
  readonly at: number;
  readonly ready: Readonly<Record<Side, number>>;
}

/** The rollout is known to be at a step a moment before its approval is, and after it. */
const NOT_YET = /moved on|cannot be decided here/;

export class Scenario {
  readonly cluster: EnvironmentView;
  readonly environment: string;
  readonly #world: World;
  readonly #gateway: string;
  readonly #branch: string;
  readonly #repository: Repository;
  readonly #moments: Moment[] = [];
  readonly #loads: Load[] = [];
  #watching = true;

  private constructor(laptop: Laptop, world: World, name: string, repository: Repository) {
    this.environment = `feature-${name}`;
    this.cluster = new EnvironmentView(namespaceOf(laptop.installation, this.environment), SERVICE);
    this.#world = world;
    this.#gateway = laptop.endpoints.gateway;
    this.#branch = `feature/${name}`;
    this.#repository = repository;
  }

  /** A branch and a clone of its own, from which this person pushes. */
  static async begin(laptop: Laptop, world: World, name: string, pusher?: string): Promise<Scenario> {
    const directory = join(laptop.directory, 'work', name);
    const git = laptop.endpoints.git[SERVICE] ?? '';
    const address = pusher === undefined ? git : git.replace('/v1/repos/', `/~${pusher}/v1/repos/`);
    const repository = await clone(SERVICE, address, directory, () => undefined);
    return new Scenario(laptop, world, name, repository);
  }

  // --- given

  /** A version is delivered into the new environment, and from the moment it is announced requests come. */
  async serves(version: Version): Promise<string> {
    const commit = await this.delivers(version);
    const { applied, failure } = (await this.service()) ?? {};
    if (applied?.commit !== commit)
      throw new Error(`The first version does not serve: ${failure?.reason ?? 'no reason'}`);
    await this.#begins(PER_SECOND, {});
    void this.#watch();
    return commit;
  }

  /** Some people try the new version by its header. */
  async isTriedBy(headers: Readonly<Record<string, string>>): Promise<void> {
    await this.#begins(PER_SECOND / 3, headers);
  }

  // --- when

  /** Pushes a commit of this version; answers it. */
  async pushes(version: Version): Promise<string> {
    const files = { ...filesOf(SERVICE, version), 'NOTES.md': `${String(Date.now())}\n` };
    await this.#repository.commit(this.#branch, 'Another version', files);
    return this.#repository.push(this.#branch);
  }

  /** Pushes, and waits until nobody works on the service any more. */
  async delivers(version: Version): Promise<string> {
    const commit = await this.pushes(version);
    await this.settled(commit);
    return commit;
  }

  /** Moves the branch back to an earlier commit. */
  reverts(commit: string): Promise<void> {
    return this.#repository.moveTo(this.#branch, commit);
  }

  deletesBranch(): Promise<void> {
    return this.#repository.deleteBranch(this.#branch);
  }

  /** `npx espalier decide …` about what the rollout is at; who comes a moment too early or too late looks again, as people do. */
  async decides(decision: DecisionWord, by: World = this.#world): Promise<void> {
    const output = { show: () => undefined, note: () => undefined };
    await this.until(`"${decision}" counts`, async (saw) => {
      const { approval = '' } = (await this.rollout()) ?? {};
      try {
        await decide.run({ ...by, output }, [approval, decision, 'as the scenario says'], new Set());
        return true;
      } catch (error) {
        if (!(error instanceof CommandError) || !NOT_YET.test(error.message)) throw error;
        saw(error.message);
        return undefined;
      }
    });
  }

  /** `npx espalier release …`, by this person. */
  async releases(by: World): Promise<void> {
    const output = { show: () => undefined, note: () => undefined };
    await release.run({ ...by, output }, [this.environment, SERVICE], new Set());
  }

  /** All pods of a side end, and none of them serves again. */
  async kills(side: Side): Promise<void> {
    const answers = await this.cluster.askPods(side, DEATH);
    if (answers.length === 0 || answers.some((status) => status !== 200))
      throw new Error(`Not every pod of ${side} could be told to end: ${answers.join(', ')}`);
  }

  // --- until

  /** Until nobody works on the service, the newest delivery being of this commit when it is given. */
  async settled(commit?: string): Promise<ServiceRecord> {
    return this.until('nobody works on the service', async (saw) => {
      const service = await this.service();
      saw(service ?? 'no record');
      const heard = [service?.applied?.commit, service?.failure?.commit];
      if (service === undefined || service.owner !== undefined) return undefined;
      return commit === undefined || heard.includes(commit) ? service : undefined;
    });
  }

  /** Until a side has this share of the requests, as the route says it. */
  async share(side: Side, percent: number): Promise<Traffic> {
    return this.until(`${side} has ${String(percent)} %`, async (saw) => {
      const traffic = await this.cluster.traffic();
      saw(traffic);
      return traffic[side] === percent ? traffic : undefined;
    });
  }

  /** Until a decision of the rollout is in the event log. */
  async logged(message: RegExp): Promise<void> {
    await this.until(`the event log says ${String(message)}`, async (saw) => {
      const events = await this.events();
      saw(events.slice(-5));
      return events.some((event) => message.test(event)) ? true : undefined;
    });
  }

  /** Until a person is asked; answers the question. */
  async asked(): Promise<string> {
    return this.until('a person is asked', async (saw) => {
      const { rollout } = (await this.rollout()) ?? {};
      saw(rollout);
      return rollout?.question?.text;
    });
  }

  until<Value>(what: string, look: (saw: (seen: unknown) => void) => Promise<Value | undefined>): Promise<Value> {
    return until(`${this.environment}: ${what}`, PATIENCE_SECONDS, look);
  }

  async passes(seconds: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }

  // --- then

  async service(): Promise<ServiceRecord | undefined> {
    const record = await this.#world.records.load(this.environment);
    return Object.values(record?.services ?? {}).find(({ repository }) => repository === SERVICE);
  }

  async rollout(): Promise<StoredRollout | undefined> {
    const record = await this.#world.records.load(this.environment);
    const [key] = Object.keys(record?.services ?? {});
    return key === undefined ? undefined : this.#world.rollouts.load(this.environment, key);
  }

  /** Messages of the event log, oldest first. */
  async events(): Promise<readonly string[]> {
    return (await this.#world.history.of(this.environment)).map(({ message }) => message);
  }

  /** Shares that a side was given since the moment, one after the other. */
  shares(side: Side, since: number): readonly number[] {
    const given = this.#moments.filter(
      (moment, index) => index > 0 && moment[side] !== this.#moments[index - 1]?.[side],
    );
    return given.filter(({ at }) => at >= since).map((moment) => moment[side]);
  }

  /** Ready pods of each side when a side was first seen with this share. */
  readyAt(side: Side, percent: number): Moment['ready'] | undefined {
    return this.#moments.find((moment) => moment[side] === percent)?.ready;
  }

  /** What became of the requests that were sent since the moment, without those that carry a header. */
  async outcomes(since = 0): Promise<readonly Outcome[]> {
    return (await this.#loads[0]?.since(since)) ?? [];
  }

  /** Commits that answered requests sent since the moment. */
  async answering(since: number): Promise<ReadonlySet<string>> {
    return new Set((await this.outcomes(since)).flatMap(({ ending }) => commitOf(ending) ?? []));
  }

  /** Until everybody is answered by this commit alone: what was shifted has reached the gateway. */
  async answersAlone(commit: string): Promise<void> {
    await this.until(`only ${commit.slice(0, 8)} answers`, async (saw) => {
      const commits = await this.answering(Date.now() - 1_000);
      saw([...commits]);
      return commits.size === 1 && commits.has(commit) ? true : undefined;
    });
  }

  /** One request with these headers; answers the commit that answered. */
  async asksWith(headers: Readonly<Record<string, string>>): Promise<string | undefined> {
    const [host, port] = this.#gateway.split(':');
    const name = await this.host();
    return new Promise((resolve, reject) => {
      const sent = request({ host, port, path: '/', headers: { host: name, ...headers }, agent: false }, (answer) => {
        answer.resume();
        const commit = answer.headers[COMMIT_HEADER];
        resolve(typeof commit === 'string' ? commit : undefined);
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  async host(): Promise<string> {
    const { applied } = (await this.service()) ?? {};
    return new URL(applied?.url ?? 'http://nowhere.invalid').hostname;
  }

  /** Ends all requests and the watching; answers what became of every request. */
  async ends(): Promise<readonly Outcome[]> {
    this.#watching = false;
    return (await Promise.all(this.#loads.map((load) => load.stop()))).flat();
  }

  async #begins(perSecond: number, headers: Readonly<Record<string, string>>): Promise<void> {
    const address = this.#gateway;
    const name = await this.host();
    this.#loads.push(startLoad({ address, name, path: '/', headers, perSecond, seconds: LOAD_SECONDS }));
  }

  async #watch(): Promise<void> {
    while (this.#watching) {
      const at = Date.now();
      const traffic = await this.cluster.traffic().catch(() => undefined);
      const last = this.#moments.at(-1);
      if (traffic !== undefined && !isSame(traffic, last)) {
        const [blue, green] = await Promise.all(SIDES.map((side) => this.cluster.readyPods(side).catch(() => 0)));
        this.#moments.push({ ...traffic, at, ready: { blue: blue ?? 0, green: green ?? 0 } });
      }
      await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
    }
  }
}

function isSame(now: Traffic, before: Traffic | undefined): boolean {
  const { blue, green, header, plain } = now;
  return blue === before?.blue && green === before.green && header === before.header && plain === before.plain;
}

function commitOf(ending: Outcome['ending']): string | undefined {
  return ending.kind === 'answered' ? ending.commit : undefined;
}

/** Lost requests in words: none may be. */
export function lostOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap((outcome) => {
    const reason = lostBecause(outcome);
    return reason === undefined ? [] : [`${new Date(outcome.sentAt).toISOString()} ${outcome.connection}: ${reason}`];
  });
}

/** Answers by commit: how many, and how many of them were failures. */
export function answersOf(outcomes: readonly Outcome[]): Readonly<Record<string, { all: number; failures: number }>> {
  const answers: Record<string, { all: number; failures: number }> = {};
  for (const { ending } of outcomes) {
    const commit = commitOf(ending);
    if (commit === undefined || ending.kind !== 'answered') continue;
    const counted = (answers[commit] ??= { all: 0, failures: 0 });
    counted.all += 1;
    counted.failures += Number(ending.status >= 500);
  }
  return answers;
}
