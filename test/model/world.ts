/**
 * Everything around the functions, in memory: git, table, executions, builds, cluster, what pods answer and what is measured. Separate
 * from what happens in it.
 */
import type { Analysis } from '../../lambdas/domain/rollout/observation.ts';
import type { RolloutRules } from '../../lambdas/domain/rollout/choose-plan.ts';
import type { Rollout } from '../../lambdas/domain/rollout/rollout.ts';
import { STRATEGIES } from '../../lambdas/domain/rollout/written-plan.ts';
import { parseChart } from '../../lambdas/boundary/chart/chart.ts';
import { parseServiceFile } from '../../lambdas/boundary/service-file/service-file.ts';
import { FIELD_MANAGERS, LABELS } from '../../lambdas/contracts/kubernetes.ts';
import { routerNamespaceManifest } from '../../lambdas/domain/foundation/router.ts';
import { CONFIGURATION_HEADER } from '../../lambdas/contracts/variables.ts';
import { planForService } from '../../lambdas/handlers/rollout/plan-for-service.ts';
import type { ServiceDefinition } from '../../lambdas/domain/service/definition.ts';
import type { Analyst } from '../../lambdas/ports/analyst.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import type { PodAnswer } from '../../lambdas/ports/pod-proxy.ts';
import type { FunctionPorts } from '../workflows/functions.ts';
import { FakeBuildRunner, FakeBuilds, FakeImages } from '../fakes/builds.ts';
import { FakeCharts } from '../fakes/charts.ts';
import { FakeCluster } from '../fakes/cluster.ts';
import { FakeLayers, FakeSecretStates, FakeTenants } from '../fakes/configuration.ts';
import { FakeExecutions } from '../fakes/executions.ts';
import { FakeGit } from '../fakes/git.ts';
import { FakeHistory } from '../fakes/history.ts';
import { installationOf } from '../fakes/installation.ts';
import { FakeNotices } from '../fakes/notices.ts';
import { AskedPods } from '../fakes/pods-asked.ts';
import { FakePushes } from '../fakes/pushes.ts';
import { FakeProber } from '../fakes/prober.ts';
import { FakeRecords } from '../fakes/records.ts';
import { FakeApprovals, FakeRollouts, FakeWaiting } from '../fakes/rollouts.ts';
import { countingGenerator, FakeSecretStore, fakeSealing } from '../fakes/secrets.ts';
import { FakeStarters } from '../fakes/starters.ts';
import { FakeSweepStates } from '../fakes/sweep-states.ts';
import { configurationOf } from './configuration.ts';
import { broken } from './invariants.ts';
import { INSTALLATION, REPOSITORIES, RULES } from './places.ts';
import type { Scheduler } from './scheduler.ts';
import { TrafficWatch } from './traffic.ts';
import { CRASHES, isMarked, MEASURES_BADLY, POISON, SELF_CHECK } from './versions.ts';

/** Every plan may be chosen, and everything may be measured by Prometheus. */
const PLANS: RolloutRules = {
  default: 'rolling',
  allowed: STRATEGIES,
  metrics: [],
  alarms: [],
  stores: { prometheus: true, cloudWatch: false },
};
const LIMITS = { removalsPerRun: 50 } as const;
/** How often a measurement comes to nothing. */
const UNCLEAR = 0.05;

export class World {
  readonly scheduler: Scheduler;
  readonly git = new FakeGit();
  readonly executions = new FakeExecutions();
  readonly builds = new FakeBuilds();
  readonly images = new FakeImages();
  readonly charts = new FakeCharts();
  readonly runner = new FakeBuildRunner();
  readonly history = new FakeHistory();
  readonly notices = new FakeNotices();
  readonly states = new FakeSweepStates();
  readonly rollouts = new FakeRollouts();
  readonly approvals = new FakeApprovals();
  readonly waiting = new FakeWaiting();
  readonly layers = new FakeLayers();
  readonly tenants = new FakeTenants();
  readonly secretStates = new FakeSecretStates();
  readonly secretStore = new FakeSecretStore();
  readonly records: FakeRecords;
  readonly cluster: FakeCluster;
  readonly traffic: TrafficWatch;
  readonly ports: FunctionPorts;
  readonly #pods = new AskedPods();
  readonly #clock: Clock;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
    this.#clock = { now: () => scheduler.now(), sleep: (milliseconds) => scheduler.sleep(milliseconds) };
    this.records = new FakeRecords(() => scheduler.now());
    this.records.onSave = (before, after) => {
      const wrong = broken(before, after);
      if (wrong.length > 0) throw new Error(wrong.join('; '));
    };
    this.cluster = new FakeCluster(this.#clock);
    this.cluster.behaviour.podFate = ({ labels }) =>
      isMarked(this, labels[LABELS.repository] ?? '', labels[LABELS.commit] ?? '', CRASHES)
        ? { kind: 'crash-loop' }
        : { kind: 'ready', after: 1_500 };
    this.traffic = new TrafficWatch(this.cluster, this.#clock);
    this.rollouts.onSave = (before, after) => this.traffic.look(before, after);
    this.#pods.answer = (path, pod, namespace) => this.#answer(path, pod, namespace);
    for (const repository of REPOSITORIES) {
      this.git.createRepository(repository);
      // Fits no pattern: a repository without any branch would be asked about.
      this.git.push(repository, 'trunk');
    }
    this.ports = this.#compose();
  }

  /** What the foundation makes before anything else. */
  async found(): Promise<void> {
    await this.cluster.apply(routerNamespaceManifest(INSTALLATION), FIELD_MANAGERS.foundation);
  }

  /** A pod takes up its configuration at once and says so; with a poisoned one it is not well. */
  #answer(path: string, pod: string, namespace: string): PodAnswer {
    const file = path === SELF_CHECK ? configurationOf(this.cluster, namespace, pod) : undefined;
    if (file === undefined) return { kind: 'answered', status: 200, headers: {} };
    const well = file.values['greeting'] !== POISON;
    return { kind: 'answered', status: well ? 200 : 500, headers: { [CONFIGURATION_HEADER]: file.version } };
  }

  #measure({ candidate, plan }: Rollout, repository: string): Analysis | undefined {
    if (plan.metrics.length === 0) return undefined;
    if (isMarked(this, repository, candidate.commit, MEASURES_BADLY)) {
      return { kind: 'unhealthy', measurement: 'errors: 9, success is <= 0' };
    }
    if (this.scheduler.random() < UNCLEAR) return { kind: 'no-data', measurement: 'errors: no data' };
    return { kind: 'healthy' };
  }

  #compose(): FunctionPorts {
    const taking = <Port extends object>(name: string, port: Port): Port => this.scheduler.taking(name, port);
    const shared = {
      records: taking('records', this.records),
      branches: taking('git', this.git),
      builds: taking('builds', this.builds),
      buildRunner: taking('runner', this.runner),
      history: taking('history', this.history),
      notices: taking('notices', this.notices),
      clock: this.#clock,
      rollouts: taking('rollouts', this.rollouts),
      approvals: taking('approvals', this.approvals),
      waiting: taking('waiting', this.waiting),
      pushes: new FakePushes(),
    };
    const rules = { installation: INSTALLATION, repositories: [...REPOSITORIES], branches: RULES };
    const intake = { ...shared, rules, executions: taking('executions', this.executions) };
    const ruleFor = () => ({ approvals: 1, notByAuthor: false });
    const notice = {
      ...shared,
      layers: this.layers,
      installation: INSTALLATION,
      decideMachine: 'arn:aws:states:eu-central-1:000000000000:stateMachine:espalier-decide-approval',
      ruleFor,
    };
    const approval = { ...shared, starters: new FakeStarters(), ruleFor };
    const build = {
      ...shared,
      images: taking('images', this.images),
      parseServiceFile,
      charts: this.charts,
      parseChart,
      rules: {
        branches: RULES,
        timeoutMinutes: 30,
        imageLimits: { largestImage: 1_000_000, largestLayer: 500_000 },
        imageRepository: 'registry.example/shop',
        cloneUrl: (repository: string) => `https://git.example/${repository}`,
      },
    };
    const cluster = {
      ...shared,
      cluster: taking('cluster', this.cluster),
      prober: new FakeProber(this.cluster),
      installation: installationOf(INSTALLATION),
      imageRepository: 'registry.example/shop',
      charts: this.charts,
      parseChart,
      delayProgram: 'the program',
      addresses: {},
      analyst: {
        measure: (...[rollout, place]: Parameters<Analyst['measure']>) => {
          const analysis = this.#measure(rollout, place.repository);
          return Promise.resolve(analysis && { analysis, tally: rollout.tally });
        },
      },
      choosePlan: (_kind: string, definition: ServiceDefinition) => planForService(PLANS, definition),
      lookout: false,
      pods: this.#pods,
    };
    const sweep = {
      ...intake,
      ...LIMITS,
      installation: INSTALLATION,
      cluster: cluster.cluster,
      states: taking('states', this.states),
      rules: { ...rules, ...LIMITS, headsPerRun: 100 },
    };
    const states = taking('secret states', this.secretStates);
    const sealing = fakeSealing();
    const configuration = {
      ...shared,
      cluster: cluster.cluster,
      pods: this.#pods,
      layers: taking('layers', this.layers),
      tenants: taking('tenants', this.tenants),
      secrets: states,
      sealing,
      installation: installationOf(INSTALLATION),
    };
    const secrets = {
      ...shared,
      installation: INSTALLATION,
      states,
      store: taking('secret store', this.secretStore),
      generator: countingGenerator(),
      sealing,
    };
    return { intake, build, notice, approval, cluster, sweep, configuration, secrets };
  }
}
