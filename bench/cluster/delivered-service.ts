/**
 * One service in an environment of its own: what a developer does to it, and what can be seen of it. Separate from the measurements,
 * which read like what they measure.
 */
import { join } from 'node:path';
import { decide } from '../../cli/commands/decide.ts';
import { namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import type { DecisionWord } from '../../lambdas/contracts/payloads.ts';
import type { ServiceRecord } from '../../lambdas/domain/environment/record.ts';
import { hostOf } from '../../lambdas/domain/naming/host.ts';
import { approvalOf } from '../../lambdas/domain/rollout/approval.ts';
import type { StoredRollout } from '../../lambdas/domain/rollout/stored.ts';
import type { HistoryEvent } from '../../lambdas/ports/history.ts';
import { readCluster } from '../../tour/cluster.ts';
import { until } from '../../tour/deviation.ts';
import { clone, type Repository } from '../../tour/repository.ts';
import { startLoad, type Load } from '../traffic/load.ts';
import { filesOf, type Version } from '../traffic/versions.ts';
import { REPOSITORY, type ClusterStage } from './cluster-stage.ts';

/** Longest wait for one delivery, its build included, on a busy machine. */
const PATIENCE_SECONDS = 300;
/** The load of every figure: what the peers were measured with. */
export const PER_SECOND = 150;
/** A load ends by itself, whatever a measurement forgets. */
const LOAD_SECONDS = 3_600;

export class DeliveredService {
  readonly environment: string;
  readonly namespace: string;
  /** Name in the Host header. */
  readonly host: string;
  readonly #stage: ClusterStage;
  readonly #branch: string;
  readonly #repository: Repository;

  private constructor(stage: ClusterStage, name: string, repository: Repository) {
    const { installation } = stage.laptop;
    this.environment = `feature-${name}`;
    this.namespace = namespaceOf(installation, this.environment);
    this.host = hostOf(REPOSITORY, this.environment, installation, undefined);
    this.#stage = stage;
    this.#branch = `feature/${name}`;
    this.#repository = repository;
  }

  /** A clone of its own for the branch `feature/<name>`. */
  static async open(stage: ClusterStage, name: string): Promise<DeliveredService> {
    const { directory, endpoints } = stage.laptop;
    const address = endpoints.git[REPOSITORY] ?? '';
    return new DeliveredService(
      stage,
      name,
      await clone(REPOSITORY, address, join(directory, 'work', name), () => undefined),
    );
  }

  /** Commits a version; answers its commit. */
  async commit(version: Version): Promise<string> {
    const files = { ...filesOf(REPOSITORY, version), 'NOTES.md': `${String(performance.now())}\n` };
    return this.#repository.commit(this.#branch, 'Another version', files);
  }

  push(): Promise<string> {
    return this.#repository.push(this.#branch);
  }

  /** Moves the branch to a commit that it had before: its image is there already. */
  moveTo(commit: string): Promise<void> {
    return this.#repository.moveTo(this.#branch, commit);
  }

  deleteBranch(): Promise<void> {
    return this.#repository.deleteBranch(this.#branch);
  }

  /** Commits, pushes, and waits until it serves. */
  async deliver(version: Version): Promise<string> {
    await this.commit(version);
    const commit = await this.push();
    await this.serves(commit);
    return commit;
  }

  /** Waits until this commit serves and nobody works on the service; throws when its delivery failed. */
  async serves(commit: string): Promise<ServiceRecord> {
    const service = await this.ended(commit);
    if (service.applied?.commit === commit) return service;
    throw new Error(
      `${commit.slice(0, 8)} was not delivered to ${this.environment}: ${service.failure?.reason ?? '?'}`,
    );
  }

  /** Waits until the delivery of this commit has ended, well or not. */
  ended(commit: string): Promise<ServiceRecord> {
    return until(`the delivery of ${commit.slice(0, 8)} ends`, PATIENCE_SECONDS, async (saw) => {
      const service = await this.#service();
      saw(service ?? 'no such service in the record');
      if (service === undefined || service.owner !== undefined) return undefined;
      return [service.applied?.commit, service.failure?.commit].includes(commit) ? service : undefined;
    });
  }

  /** Waits until the record says that this commit serves: now people are told. */
  async announced(commit: string): Promise<void> {
    await until(`${commit.slice(0, 8)} is announced`, PATIENCE_SECONDS, async (saw) => {
      const service = await this.#service();
      saw(service ?? 'no such service in the record');
      return service?.applied?.commit === commit ? true : undefined;
    });
  }

  /** Waits until the rollout of this commit is at a question of its plan. */
  async asked(commit: string): Promise<StoredRollout> {
    return until(`the rollout of ${commit.slice(0, 8)} asks`, PATIENCE_SECONDS, async (saw) => {
      const stored = await this.rollout();
      saw(stored?.rollout ?? 'no rollout');
      if (stored?.rollout.candidate.commit !== commit || stored.rollout.question === undefined) return undefined;
      // The question is remembered a moment before its approval is.
      return approvalOf(stored)?.id === stored.approval ? stored : undefined;
    });
  }

  /** Waits until the side that lost its traffic is gone: a rollout that takes it earlier replaces its pods one by one. */
  async idleSideGone(): Promise<void> {
    await until('the idle side is gone', PATIENCE_SECONDS, async (saw) => {
      const path = `/apis/apps/v1/namespaces/${this.namespace}/deployments`;
      const { text } = await readCluster(this.#stage.laptop.endpoints.kubeconfig, path);
      const { items } = JSON.parse(text) as {
        readonly items: readonly { readonly spec: { readonly replicas: number } }[];
      };
      saw(items);
      return items.filter(({ spec }) => spec.replicas > 0).length === 1 ? true : undefined;
    });
  }

  /** As `npx espalier decide` does it. */
  async decide(decision: DecisionWord): Promise<void> {
    const { approval = '' } = (await this.rollout()) ?? {};
    const output = { show: () => undefined, note: () => undefined };
    await decide.run({ ...this.#stage.world, output }, [approval, decision, 'bench'], new Set());
  }

  rollout(): Promise<StoredRollout | undefined> {
    return this.#stage.world.rollouts.load(this.environment, REPOSITORY);
  }

  /** The event log of one delivery. */
  events(generation: number): Promise<readonly HistoryEvent[]> {
    return this.#stage.world.history.of(this.environment, { service: REPOSITORY, generation });
  }

  /** Users of the service. */
  load(): Load {
    const { gateway } = this.#stage.laptop.endpoints;
    return startLoad({ address: gateway, name: this.host, path: '/', perSecond: PER_SECOND, seconds: LOAD_SECONDS });
  }

  async #service(): Promise<ServiceRecord | undefined> {
    const record = await this.#stage.world.records.load(this.environment);
    return Object.values(record?.services ?? {}).find(({ repository }) => repository === REPOSITORY);
  }
}
