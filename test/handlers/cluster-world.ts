/**
 * The cluster's half of deliveries with everything around it in memory: records that are claimed by the real transitions, builds,
 * history. Separate because the tests of environment, deploy and rollout tell the same story, on the fake cluster and on others.
 */
import { parseChart } from '../../lambdas/boundary/chart/chart.ts';
import { REJECTED_ERROR, SUPERSEDED_ERROR, TRANSIENT_ERROR } from '../../lambdas/contracts/errors.ts';
import { tierOf, type EnvironmentKind } from '../../lambdas/contracts/kinds.ts';
import type { Claim, Delivery, RemovalClaim } from '../../lambdas/contracts/payloads.ts';
import type { BuildItem, ChartFacts } from '../../lambdas/domain/builds/build-item.ts';
import { promisedBy } from '../../lambdas/domain/catalogue/promise.ts';
import { requestRemoval } from '../../lambdas/domain/environment/by-hand.ts';
import { claim, dueWork } from '../../lambdas/domain/environment/claim.ts';
import { newRecord } from '../../lambdas/domain/environment/new-record.ts';
import { observeBranch } from '../../lambdas/domain/environment/observe-branch.ts';
import type { Change, EnvironmentRecord } from '../../lambdas/domain/environment/record.ts';
import { recordApplied, recordName } from '../../lambdas/domain/environment/settle.ts';
import type { Installation } from '../../lambdas/domain/manifests/installation.ts';
import type { ServiceDefinition } from '../../lambdas/domain/service/definition.ts';
import type { Addresses } from '../../lambdas/domain/way-in/reach.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import type { Cluster, Prober } from '../../lambdas/ports/cluster.ts';
import type { HistoryEvent } from '../../lambdas/ports/history.ts';
import type { PodProxy } from '../../lambdas/ports/pod-proxy.ts';
import { FakeCharts } from '../fakes/charts.ts';
import { AskedPods } from '../fakes/pods-asked.ts';

/** The digest of every image here. */
export const DIGEST = `sha256:${'d'.repeat(64)}`;

/** A commit that is easy to tell apart: `commit('a')`. */
export const commit = (digit: string): string => digit.repeat(40);

/** A service file; what is not said is as in the smallest one. */
export function serviceFile(change: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return {
    apiVersion: 'espalier.dev/v1',
    name: 'orders',
    port: 8080,
    health: '/healthz',
    command: [],
    dependencies: [],
    replicas: 1,
    resources: { cpu: '5m', memory: '64Mi' },
    build: { check: [], compile: [], test: [], benchmark: [], own: [] },
    ...change,
  };
}

/** How a task may end on purpose. */
export const ERRORS = { rejected: REJECTED_ERROR, superseded: SUPERSEDED_ERROR, transient: TRANSIENT_ERROR } as const;

export class ClusterWorld {
  readonly cluster: Cluster;
  readonly prober: Prober;
  readonly clock: Clock;
  readonly installation: Installation;
  readonly events: HistoryEvent[] = [];
  pods: PodProxy = new AskedPods();
  imageRepository = 'registry.example/espalier';
  readonly charts = new FakeCharts();
  readonly parseChart = parseChart;
  addresses: Addresses = {};
  readonly #records = new Map<string, EnvironmentRecord>();
  readonly #builds = new Map<string, ServiceDefinition>();
  readonly #charts = new Map<string, ChartFacts>();

  constructor(world: {
    readonly cluster: Cluster;
    readonly prober: Prober;
    readonly clock: Clock;
    readonly installation: Installation;
  }) {
    ({ cluster: this.cluster, prober: this.prober, clock: this.clock, installation: this.installation } = world);
  }

  readonly records = {
    load: (id: string): Promise<EnvironmentRecord | undefined> => Promise.resolve(this.#records.get(id)),
  };

  readonly builds = {
    load: (repository: string, of: string): Promise<BuildItem | undefined> => {
      const definition = this.#builds.get(`${repository}.${of}`);
      if (definition === undefined) return Promise.resolve(undefined);
      const holder = { environment: 'feature-login', service: repository, generation: 1 };
      return Promise.resolve({
        repository,
        commit: of,
        version: 1,
        state: 'built',
        holder,
        attempt: 1,
        startedAt: 0,
        wantedBy: [holder],
        digest: DIGEST,
        definition,
        ...(this.#charts.has(of) && { chart: this.#charts.get(of) as ChartFacts }),
      });
    },
  };

  readonly history = {
    append: (event: HistoryEvent): Promise<void> => {
      this.events.push(event);
      return Promise.resolve();
    },
  };

  /** Claims a delivery of a commit, as intake does it, with the service's name already recorded. */
  deliver(
    pushed: string,
    definition: ServiceDefinition = serviceFile(),
    where: { readonly branch?: string; readonly environment?: string; readonly kind?: EnvironmentKind } = {},
  ): Delivery {
    const { branch = 'feature/login', environment = 'feature-login', kind = 'feature' } = where;
    const repository = definition.name;
    const now = this.clock.now();
    this.#builds.set(`${repository}.${pushed}`, definition);
    const record = this.#records.get(environment) ?? newRecord(environment, kind, branch, now);
    const head = { kind: 'commit', commit: pushed } as const;
    const desired = changed(record, observeBranch(record, { service: repository, repository, head, now }));
    const free = this.#freed(desired, repository);
    const claimed = changed(free, claim(free, { workflow: 'deliver-service', service: repository }, now));
    const generation = claimed.services[repository]?.generation ?? 0;
    const named = changed(
      claimed,
      recordName(claimed, repository, generation, definition.name, promisedBy(pushed, definition)),
    );
    this.#records.set(environment, named);
    return {
      environment,
      service: repository,
      generation,
      kind,
      tier: tierOf(kind),
      branch,
      repository,
      commit: pushed,
    };
  }

  /** The build of a delivery's commit kept this chart. */
  chart({ commit: of }: Delivery, facts: ChartFacts): void {
    this.#charts.set(of, facts);
  }

  /** What was delivered counts as applied, so that the next claim is for something new. */
  settle(delivery: Delivery): void {
    const { environment, service, generation } = delivery;
    const record = this.#known(environment);
    const applied = {
      commit: delivery.commit,
      digest: DIGEST,
      generation,
      side: 'blue',
      at: this.clock.now(),
    } as const;
    this.#records.set(environment, changed(record, recordApplied(record, service, applied)));
  }

  /** A newer commit arrives while a delivery is under way: its generation is not responsible any more. */
  push(environment: string, service: string, pushed: string): void {
    const record = this.#known(environment);
    const head = { kind: 'commit', commit: pushed } as const;
    const seen = { service, repository: service, head, now: this.clock.now() };
    this.#records.set(environment, changed(record, observeBranch(record, seen)));
  }

  /** Claims the withdrawal of a service whose branch is gone. */
  withdraw(environment: string, service: string): Claim {
    const record = this.#known(environment);
    const now = this.clock.now();
    const gone = changed(record, observeBranch(record, { service, repository: service, head: { kind: 'gone' }, now }));
    const free = this.#freed(gone, service);
    const claimed = changed(free, claim(free, { workflow: 'withdraw-service', service }, now));
    this.#records.set(environment, claimed);
    return { environment, service, generation: claimed.services[service]?.generation ?? 0 };
  }

  /** Claims the removal of an environment, as if all its services had been withdrawn. */
  remove(environment: string): RemovalClaim {
    const now = this.clock.now();
    const asked = changed(this.#known(environment), requestRemoval(this.#known(environment), undefined, now));
    const services = Object.fromEntries(
      Object.entries(asked.services).map(([key, { owner: _owner, ...service }]) => [
        key,
        { ...service, touched: false },
      ]),
    );
    const empty = { ...asked, services };
    const [due] = dueWork(empty);
    if (due === undefined) throw new Error(`Nothing is due in ${environment}.`);
    const claimed = changed(empty, claim(empty, due, now));
    this.#records.set(environment, claimed);
    return { environment, generation: claimed.removal.generation };
  }

  /** Forgets a record, as if the table had been lost. */
  forget(environment: string): void {
    this.#records.delete(environment);
  }

  #known(environment: string): EnvironmentRecord {
    const record = this.#records.get(environment);
    if (record === undefined) throw new Error(`There is no record ${environment}.`);
    return record;
  }

  #freed(record: EnvironmentRecord, key: string): EnvironmentRecord {
    const service = record.services[key];
    if (service?.owner === undefined) return record;
    const { owner: _owner, ...rest } = service;
    return { ...record, services: { ...record.services, [key]: rest } };
  }
}

function changed(record: EnvironmentRecord, change: Change): EnvironmentRecord {
  if (change.kind === 'refused') throw new Error(change.message);
  return change.kind === 'changed' ? change.record : record;
}
