/**
 * Everything around the use cases, in memory: git, table, executions, builds, cluster. Separate from what happens in it.
 */
import type {
  BuildInput,
  ConfigurationCentreInput,
  ConfigurationInput,
  DeployInput,
  EnvironmentInput,
  IntakeInput,
  NoticeInput,
  RolloutInput,
  SecretsInput,
  SweepClusterInput,
  SweepInput,
} from '../../lambdas/contracts/inputs.ts';
import type { BranchRules } from '../../lambdas/domain/branches/classify.ts';
import { parseServiceFile } from '../../lambdas/boundary/service-file/service-file.ts';
import type { BuildPorts } from '../../lambdas/handlers/build/build-ports.ts';
import { runBuild } from '../../lambdas/handlers/build/dispatch.ts';
import { runDeploy } from '../../lambdas/handlers/deploy/dispatch.ts';
import { AskedPods } from '../fakes/pods-asked.ts';
import { runConfiguration } from '../../lambdas/handlers/configuration/dispatch.ts';
import { runConfigurationCentre } from '../../lambdas/handlers/configuration-centre/dispatch.ts';
import { prepareEnvironment } from '../../lambdas/handlers/environment/prepare-environment.ts';
import { removeNamespace } from '../../lambdas/handlers/environment/remove-namespace.ts';
import { removeObjects } from '../../lambdas/handlers/environment/remove-objects.ts';
import { removeOrphan } from '../../lambdas/handlers/environment/remove-orphan.ts';
import { runIntake } from '../../lambdas/handlers/intake/dispatch.ts';
import type { IntakePorts } from '../../lambdas/handlers/intake/intake-ports.ts';
import { announce } from '../../lambdas/handlers/notice/announce.ts';
import { runRollout } from '../../lambdas/handlers/rollout/dispatch.ts';
import { runSecrets } from '../../lambdas/handlers/secrets/dispatch.ts';
import { compareNamespacesWithRecords } from '../../lambdas/handlers/sweep-cluster/compare-namespaces.ts';
import { runSweep } from '../../lambdas/handlers/sweep/dispatch.ts';
import type { Tier } from '../../lambdas/contracts/kinds.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import { FakeBuildRunner, FakeBuilds, FakeImages } from '../fakes/builds.ts';
import { FakeCluster } from '../fakes/cluster.ts';
import { FakeLayers, FakeSecretStates, FakeTenants } from '../fakes/configuration.ts';
import { FakeExecutions } from '../fakes/executions.ts';
import { FakeGit } from '../fakes/git.ts';
import { FakeHistory } from '../fakes/history.ts';
import { installationOf } from '../fakes/installation.ts';
import { FakeNotices } from '../fakes/notices.ts';
import { FakePushes } from '../fakes/pushes.ts';
import { FakeProber } from '../fakes/prober.ts';
import { FakeRecords } from '../fakes/records.ts';
import { FakeApprovals, FakeRollouts, FakeWaiting } from '../fakes/rollouts.ts';
import { countingGenerator, FakeSecretStore, fakeSealing } from '../fakes/secrets.ts';
import { FakeSweepStates } from '../fakes/sweep-states.ts';
import { broken } from './invariants.ts';
import type { Scheduler } from './scheduler.ts';

export const INSTALLATION = 'shop';
export const REPOSITORIES = ['orders', 'web'] as const;
export const RULES: BranchRules = {
  feature: ['feature*', 'Feature/*'],
  integration: ['integration'],
  performance: [],
  'pre-release': [],
  production: [],
};
/** Three of them have the same slug. */
export const BRANCHES = ['feature/x', 'feature-x', 'Feature/X', 'feature/login', 'integration'] as const;

/** What tasks of state machines ask for, by function. */
export type Asked =
  | { readonly to: 'intake'; readonly input: IntakeInput }
  | { readonly to: 'build'; readonly input: BuildInput }
  | { readonly to: 'environment'; readonly input: EnvironmentInput }
  | { readonly to: 'deploy'; readonly input: DeployInput }
  | { readonly to: 'configuration'; readonly tier: Tier; readonly input: ConfigurationInput }
  | { readonly to: 'configuration-centre'; readonly input: ConfigurationCentreInput }
  | { readonly to: 'secrets'; readonly input: SecretsInput }
  | { readonly to: 'rollout'; readonly input: RolloutInput }
  | { readonly to: 'notice'; readonly input: NoticeInput }
  | { readonly to: 'sweep'; readonly input: SweepInput }
  | { readonly to: 'sweep-cluster'; readonly input: SweepClusterInput };

export class World {
  readonly scheduler: Scheduler;
  readonly git = new FakeGit();
  readonly executions = new FakeExecutions();
  readonly builds = new FakeBuilds();
  readonly images = new FakeImages();
  readonly runner = new FakeBuildRunner();
  readonly history = new FakeHistory();
  readonly notices = new FakeNotices();
  readonly states = new FakeSweepStates();
  readonly rollouts = new FakeRollouts();
  readonly approvals = new FakeApprovals();
  readonly layers = new FakeLayers();
  readonly tenants = new FakeTenants();
  readonly secretStates = new FakeSecretStates();
  readonly secretStore = new FakeSecretStore();
  readonly records: FakeRecords;
  readonly cluster: FakeCluster;
  readonly #prober: FakeProber;
  readonly #clock: Clock;
  readonly #ports;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
    this.#clock = { now: () => scheduler.now(), sleep: (milliseconds) => scheduler.sleep(milliseconds) };
    this.records = new FakeRecords(() => scheduler.now());
    this.records.onSave = (before, after) => {
      const wrong = broken(before, after);
      if (wrong.length > 0) throw new Error(wrong.join('; '));
    };
    this.cluster = new FakeCluster(this.#clock);
    this.#prober = new FakeProber(this.cluster);
    for (const repository of REPOSITORIES) {
      this.git.createRepository(repository);
      // Fits no pattern: a repository without any branch would be asked about.
      this.git.push(repository, 'trunk');
    }
    this.#ports = this.#compose();
  }

  /** One invocation of a function. */
  async ask(asked: Asked): Promise<unknown> {
    const { intake, build, cluster, sweep, configuration, secrets } = this.#ports;
    switch (asked.to) {
      case 'intake':
        return runIntake(intake, asked.input);
      case 'build':
        return runBuild(build, asked.input);
      case 'notice':
        return announce(
          {
            ...intake,
            installation: INSTALLATION,
            decideMachine: 'arn:aws:states:eu-central-1:000000000000:stateMachine:espalier-decide-approval',
            ruleFor: () => ({ approvals: 1, notByAuthor: false }),
            history: this.history,
            layers: this.layers,
          },
          asked.input,
        );
      case 'sweep':
        return runSweep(sweep, asked.input);
      case 'sweep-cluster':
        return compareNamespacesWithRecords({
          ...intake,
          cluster: cluster.cluster,
          ...LIMITS,
          installation: INSTALLATION,
        });
      case 'environment':
        return this.#environment(asked.input);
      case 'deploy':
        return runDeploy(cluster, asked.input);
      case 'rollout':
        return runRollout(cluster, asked.input);
      case 'configuration':
        return runConfiguration({ ...configuration, tier: asked.tier }, asked.input);
      case 'configuration-centre':
        return runConfigurationCentre(configuration, asked.input);
      case 'secrets':
        return runSecrets({ ...secrets, tier: 'branch' }, asked.input);
    }
  }

  #environment(input: EnvironmentInput): Promise<unknown> {
    const { cluster } = this.#ports;
    switch (input.action) {
      case 'prepare':
        return prepareEnvironment(cluster, input.delivery);
      case 'remove-objects':
        return removeObjects(cluster, input.removal);
      case 'remove-namespace':
        return removeNamespace(cluster, input.removal);
      case 'remove-orphan':
        return removeOrphan(cluster, input.namespace);
    }
  }

  #compose() {
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
      waiting: new FakeWaiting(),
      pushes: new FakePushes(),
    };
    const rules = { installation: INSTALLATION, repositories: [...REPOSITORIES], branches: RULES };
    const intake: IntakePorts = { ...shared, rules, executions: taking('executions', this.executions) };
    const build: BuildPorts = {
      ...shared,
      images: taking('images', this.images),
      parseServiceFile,
      rules: {
        branches: RULES,
        timeoutMinutes: 30,
        imageLimits: { largestImage: 1_000_000, largestLayer: 500_000 },
        imageRepository: 'registry.example/shop',
        cloneUrl: (repository) => `https://git.example/${repository}`,
      },
    };
    const cluster = {
      ...shared,
      cluster: taking('cluster', this.cluster),
      prober: this.#prober,
      installation: installationOf(INSTALLATION),
      imageRepository: 'registry.example/shop',
      addresses: {},
      analyst: { measure: () => Promise.resolve(undefined) },
      choosePlan: () => undefined,
      lookout: false,
      pods: new AskedPods(),
    };
    const sweep = {
      ...intake,
      states: taking('states', this.states),
      rules: { ...rules, ...LIMITS, headsPerRun: 100 },
    };
    const states = taking('secret states', this.secretStates);
    const sealing = fakeSealing();
    const configuration = {
      ...shared,
      cluster: cluster.cluster,
      pods: new AskedPods(),
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
    return { intake, build, cluster, sweep, configuration, secrets };
  }
}

const LIMITS = { removalsPerRun: 50 } as const;
