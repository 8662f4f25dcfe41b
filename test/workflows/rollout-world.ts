/**
 * A service in its environment, delivered by the synthesized state machines over the real use cases: everything from the claim to
 * the retired side runs, on virtual time, in a cluster in memory. Separate from world.ts, whose functions answer what a scenario
 * wants: here nobody makes up an answer, a scenario only changes what is true.
 */
import { createInterpreter, type Outcome } from '../../local/aws/step-functions/interpreter.ts';
import { createTaskTokens } from '../../local/aws/step-functions/task-tokens.ts';
import { VirtualClock } from '../../local/aws/step-functions/virtual-clock.ts';
import { parseApprovalRequest } from '../../lambdas/boundary/inputs/approval-request.ts';
import { sealing } from '../../lambdas/adapters/crypto/sealing.ts';
import { parseIntakeRequest } from '../../lambdas/boundary/inputs/intake.ts';
import { parseChart } from '../../lambdas/boundary/chart/chart.ts';
import { parseServiceFile } from '../../lambdas/boundary/service-file/service-file.ts';
import type { ConfigurationWishInput, DecideAnswer } from '../../lambdas/contracts/inputs.ts';
import { LABELS, type Side } from '../../lambdas/contracts/kubernetes.ts';
import type { EnvironmentKind } from '../../lambdas/contracts/kinds.ts';
import type { DecisionWord } from '../../lambdas/contracts/payloads.ts';
import { stateMachineName, type Workflow } from '../../lambdas/contracts/stages.ts';
import { isClaimTwin } from '../../lambdas/domain/borrowing/baggage.ts';
import { sideOfPlainService } from '../../lambdas/domain/manifests/traffic.ts';
import type { ServiceRecord } from '../../lambdas/domain/environment/record.ts';
import { ruleFor, type Groups, type WrittenRules } from '../../lambdas/domain/approval/decision-rules.ts';
import type { Analysis } from '../../lambdas/domain/rollout/observation.ts';
import type { Installation } from '../../lambdas/domain/manifests/installation.ts';
import { isAskedInside } from '../../lambdas/domain/analysis/metric.ts';
import type { RolloutRules } from '../../lambdas/domain/rollout/choose-plan.ts';
import type { Plan } from '../../lambdas/domain/rollout/step.ts';
import type { RolloutTimes } from '../../lambdas/domain/rollout/times.ts';
import type { StoredRollout } from '../../lambdas/domain/rollout/stored.ts';
import { SERVICE_FILE, type ServiceDefinition } from '../../lambdas/domain/service/definition.ts';
import { runApproval } from '../../lambdas/handlers/approval/dispatch.ts';
import { AskedPods } from '../fakes/pods-asked.ts';
import { runIntake } from '../../lambdas/handlers/intake/dispatch.ts';
import { analystBy } from '../../lambdas/handlers/rollout/analyst.ts';
import { planForService } from '../../lambdas/handlers/rollout/plan-for-service.ts';
import { AUTOSCALER_KIND } from '../../lambdas/handlers/object-kinds.ts';
import type { WayIn } from '../../lambdas/domain/way-in/gateway.ts';
import type { Analyst } from '../../lambdas/ports/analyst.ts';
import type { KubernetesObject } from '../../lambdas/ports/cluster.ts';
import type { PrometheusMetrics } from '../../lambdas/ports/metrics.ts';
import { FakeBuildRunner, FakeBuilds, FakeImages } from '../fakes/builds.ts';
import { FakeCharts } from '../fakes/charts.ts';
import { FakeCloudWatch } from '../fakes/cloud-watch.ts';
import { FakeCluster } from '../fakes/cluster.ts';
import { FakeLayers, FakeSecretStates, FakeTenants } from '../fakes/configuration.ts';
import { countingGenerator, FakeSecretStore } from '../fakes/secrets.ts';
import { FakeExecutions } from '../fakes/executions.ts';
import { breakable, type Faults } from '../fakes/faults.ts';
import { FakeGit } from '../fakes/git.ts';
import { FakeHistory } from '../fakes/history.ts';
import { installationOf } from '../fakes/installation.ts';
import { FakeLoadBalancers } from '../fakes/load-balancers.ts';
import { FakeNotices } from '../fakes/notices.ts';
import { FakePushes } from '../fakes/pushes.ts';
import { FakeProber } from '../fakes/prober.ts';
import { FakeRecords } from '../fakes/records.ts';
import { FakeApprovals, FakeRollouts, FakeWaiting } from '../fakes/rollouts.ts';
import { invoke } from './functions.ts';
import { LOOKING_OUTSIDE, machinesOf } from './machines.ts';
import { FakeStarters } from '../fakes/starters.ts';

export const BRANCH = 'feature/login';
export const ENVIRONMENT = 'feature-login';
const NAMESPACE = `espalier-${ENVIRONMENT}`;
const MACHINES = machinesOf(LOOKING_OUTSIDE);
/** Milliseconds between looks of a test; longer once it has waited for a while. */
const LOOK = { first: 250, later: 5_000, after: 3 * 60_000 };

/** Who gets the traffic, as the cluster says it. */
export interface Traffic {
  readonly blue: number;
  readonly green: number;
  readonly header: boolean;
  /** Side that other services call. */
  readonly plain: Side | undefined;
}

/** What happened to the weights, and whether it was allowed. */
export interface Shift {
  readonly at: number;
  readonly traffic: Traffic;
}

export class RolloutWorld {
  readonly clock = new VirtualClock();
  readonly git = new FakeGit();
  readonly cluster = new FakeCluster(this.clock);
  readonly executions = new FakeExecutions();
  readonly history = new FakeHistory();
  readonly notices = new FakeNotices();
  readonly rollouts = new FakeRollouts();
  readonly approvals = new FakeApprovals();
  readonly waiting = new FakeWaiting();
  readonly loadBalancers = new FakeLoadBalancers(this.cluster, this.clock);
  /** What Prometheus answers to plans with a judge; undefined: it is away. */
  prometheus: (query: string) => number | undefined = () => undefined;
  /** What pods say that are asked through the API server. */
  readonly pods = new AskedPods();
  /** What plans measure by that name it. */
  readonly cloudWatch = new FakeCloudWatch();
  readonly pushes = new FakePushes();
  /** Who may decide what; everybody once, unless a scenario says otherwise. */
  decisions: { readonly groups: Groups; readonly rules: WrittenRules } = { groups: {}, rules: {} };
  /** Ends of executions by `<workflow> <name>`. */
  readonly outcomes = new Map<string, Outcome>();
  /** Every change of who gets the traffic. */
  readonly shifts: Shift[] = [];
  /** Moments at which a side without a ready pod had traffic while the other side could have taken it. */
  readonly unserved: string[] = [];
  /** Commits that answered requests by the route, over time: all that are behind a side with a share. */
  readonly answering: string[] = [];
  /** How ports fail; may be changed while everything runs. */
  faults: Faults = {};
  /** The plan of every delivery from now on; undefined replaces in place. */
  plan: Plan | undefined;
  /** Set to choose plans as settings and service file say, instead of `plan`. */
  rules: RolloutRules | undefined;
  /** What measuring says, by metrics of the gateway; called once per measurement. */
  measure: () => Analysis | undefined = () => undefined;
  /** Most history events that an execution had. */
  events = 0;
  replicas = 2;
  /** What the service file says besides its name and, without an autoscaler, the number of pods. */
  file: Readonly<Record<string, unknown>> = {};
  /** What the settings say of what delays. */
  readonly experiments: { image?: string } = { image: `node@sha256:${'0'.repeat(64)}` };
  /** The size of environments. */
  readonly quota = { cpu: '4', memory: '8Gi', disk: '20Gi', pods: 40 };
  readonly layers = new FakeLayers();
  readonly tenants = new FakeTenants();
  readonly secretStates = new FakeSecretStates();
  readonly secretStore = new FakeSecretStore();
  /** Everything that state machines sent and got. */
  readonly payloads: unknown[] = [];
  /** Commits whose build was started, and whether builds succeed. */
  readonly builds: string[] = [];
  buildable = true;
  readonly #buildRunner = new FakeBuildRunner();
  readonly #builds = new FakeBuilds();
  readonly #images = new FakeImages();
  readonly charts = new FakeCharts();
  readonly #records = new FakeRecords(() => this.clock.now());
  readonly #tokens = createTaskTokens();
  #decisions = 0;
  #experiments = 0;
  readonly #ports;

  constructor(plan?: Plan, times?: RolloutTimes, wayIn?: WayIn) {
    this.plan = plan;
    this.git.createRepository('orders');
    this.cluster.behaviour.podFate = () => ({ kind: 'ready', after: 1_500 });
    this.waiting.onWake = (token, output) => {
      const task = this.#tokens.find(token);
      if (typeof task === 'string') return false;
      task.succeed(output);
      return true;
    };
    this.executions.onStart = (started) => {
      this.#run(started.workflow, started.execution, JSON.parse(started.input)).catch(() => undefined);
    };
    this.#ports = this.#compose({
      ...installationOf('espalier', wayIn, this.quota, times),
      experiments: this.experiments,
    });
  }

  // --- what people and git do

  /** Pushes a commit and tells intake; answers the commit. */
  async push(replicas: number = this.replicas): Promise<string> {
    const commit = this.git.push('orders', BRANCH, {
      // JSON is YAML.
      [SERVICE_FILE]: JSON.stringify({
        name: 'orders',
        ...('autoscale' in this.file ? {} : { replicas }),
        ...this.file,
      }),
      salt: String(this.clock.now()),
    });
    await this.look();
    return commit;
  }

  /** Pushes, and waits until nobody works on the service any more. */
  async deliver(replicas: number = this.replicas): Promise<string> {
    const commit = await this.push(replicas);
    await this.settled();
    return commit;
  }

  /** Starts *deliver service* by hand, and waits until nobody works on the service any more. */
  async deliverByHand(more: { readonly despiteAlarms?: true } = {}): Promise<void> {
    const execution = `by hand ${String(this.outcomes.size)}`;
    const input = { repository: 'orders', branch: BRANCH, ...more };
    this.executions.startByHand('branch', 'deliver-service', execution, input);
    void this.#run('deliver-service', execution, input);
    await this.until(async () => (await this.service())?.owner !== undefined);
    await this.settled();
  }

  async look(): Promise<void> {
    // An event that meets a fault comes again; here only what state machines do is broken.
    const { faults } = this;
    this.faults = {};
    await runIntake(this.#ports.intake, { action: 'look', repository: 'orders', branch: BRANCH });
    this.faults = faults;
  }

  /** An event about a branch arrives as EventBridge sends it. */
  async hear(push: {
    readonly branch: string;
    readonly commitId: string;
    readonly callerUserArn?: string;
  }): Promise<void> {
    const { branch, ...told } = push;
    const detail = {
      event: 'referenceUpdated',
      repositoryName: 'orders',
      referenceType: 'branch',
      referenceName: branch,
    };
    await runIntake(
      this.#ports.intake,
      parseIntakeRequest({
        source: 'aws.codecommit',
        'detail-type': 'CodeCommit Repository State Change',
        detail: { ...detail, ...told },
      }),
    );
  }

  /** Decides about what the rollout is at, through the state machine that people start. */
  async decide(decision: DecisionWord, approval?: string): Promise<Outcome> {
    const id = approval ?? (await this.approval());
    return this.#started('decide-approval', `decision-${String(this.outcomes.size)}`, {
      approval: id,
      decision,
      comment: 'as said',
    });
  }

  /** Starts the state machine as somebody in the console would, and goes on without waiting for its end; answers its name. */
  async startDecision(decision: DecisionWord, approval?: string): Promise<string> {
    this.#decisions += 1;
    const name = `in-console-${String(this.#decisions)}`;
    const input = { approval: approval ?? (await this.approval()), decision };
    this.#run('decide-approval', name, input).catch(() => undefined);
    return name;
  }

  /** CloudTrail tells who started an execution of *decide approval*. */
  async tellStarter(execution: string, arn: string): Promise<void> {
    await runApproval(
      this.#ports.approval,
      parseApprovalRequest({
        source: 'aws.states',
        'detail-type': 'AWS API Call via CloudTrail',
        detail: {
          eventSource: 'states.amazonaws.com',
          eventName: 'StartExecution',
          userIdentity: { type: 'AssumedRole', arn },
          responseElements: {
            executionArn: `arn:aws:states:eu-central-1:000000000000:execution:espalier-decide-approval:${execution}`,
          },
        },
      }),
    );
  }

  /** Decides by the function URL; answers what the caller reads. */
  async decideAs(arn: string, decision: DecisionWord, approval?: string): Promise<DecideAnswer> {
    const input = { approval: approval ?? (await this.approval()), decision, comment: 'as said' };
    const answer = await runApproval(
      this.#ports.approval,
      parseApprovalRequest({
        requestContext: { authorizer: { iam: { userArn: arn } }, http: { method: 'POST' } },
        body: JSON.stringify(input),
      }),
    );
    return JSON.parse((answer as { readonly body: string }).body) as DecideAnswer;
  }

  /** How an execution of *decide approval* ended; undefined while it runs. */
  decisionOutcome(execution: string): Outcome | undefined {
    return this.outcomes.get(`decide-approval ${execution}`);
  }

  /** Changes the configuration, through the state machine that people start. */
  async configure(input: ConfigurationWishInput): Promise<Outcome> {
    return this.#started('apply-configuration', `change-${String(this.outcomes.size)}`, input);
  }

  /** In an environment a service serves beside those that are pushed: in integration to be borrowed, or in the branch's own. */
  async serves(environment: string, name: string, file: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const commit = 'c'.repeat(40);
    const read = parseServiceFile(JSON.stringify({ name, ...file }));
    if (read.kind !== 'read') throw new Error(JSON.stringify(read));
    const wish = { environment, service: name, generation: 1 };
    const digest = `sha256:${commit.padEnd(64, '0')}`;
    await this.#builds.save({
      repository: name,
      commit,
      version: 0,
      state: 'built',
      holder: wish,
      attempt: 1,
      startedAt: 0,
      wantedBy: [],
      digest,
      definition: read.definition,
    });
    const record = (await this.#records.load(environment)) ?? {
      id: environment,
      kind: 'integration',
      branch: environment,
      phase: 'active',
      version: 0,
      incarnation: 1,
      createdAt: 0,
      services: {},
      removal: { generation: 0 },
    };
    const service: ServiceRecord = {
      repository: name,
      name,
      generation: 1,
      desired: { kind: 'commit', commit, since: 0 },
      applied: { commit, digest, generation: 1, side: 'blue', at: 0 },
      touched: true,
    };
    await this.#records.save({ ...record, services: { ...record.services, [name]: service } });
  }

  /** Orders an experiment, and goes on without waiting for its end. */
  experiment(input: Readonly<Record<string, unknown>>): Promise<Outcome> {
    return this.#run('run-experiment', `experiment-${String(this.#experiments++)}`, {
      environment: ENVIRONMENT,
      service: 'orders',
      ...input,
    });
  }

  /** Id of what may be decided now. */
  async approval(): Promise<string> {
    return (await this.stored())?.approval ?? 'none';
  }

  // --- time

  /** Lets time pass until something is true; fails when it is not within the given time. */
  async until(what: () => boolean | Promise<boolean>, limit = 30 * 60_000): Promise<void> {
    const begun = this.clock.now();
    const end = begun + limit;
    while (!(await what())) {
      if (this.clock.now() >= end) throw new Error(`It never came true.\n${this.log().slice(-15).join('\n')}`);
      await this.clock.advance(this.clock.now() - begun > LOOK.after ? LOOK.later : LOOK.first);
      this.#watch();
    }
  }

  /** Until no delivery is under way. */
  async settled(): Promise<void> {
    await this.until(async () => (await this.service())?.owner === undefined);
  }

  /** Until the environment is gone, and says so. */
  async removed(): Promise<void> {
    await this.until(async () => (await this.#records.load(ENVIRONMENT))?.phase === 'removed');
  }

  /** Until traffic is shared like this. */
  async untilShare(side: Side, percent: number): Promise<void> {
    await this.until(() => this.traffic()[side] === percent);
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.clock.now() + milliseconds;
    await this.until(() => this.clock.now() >= end, milliseconds + 1_000);
  }

  // --- what is true

  async service(): Promise<ServiceRecord | undefined> {
    return (await this.#records.load(ENVIRONMENT))?.services['orders'];
  }

  stored(): Promise<StoredRollout | undefined> {
    return this.rollouts.load(ENVIRONMENT, 'orders');
  }

  traffic(): Traffic {
    const route = this.cluster.peek('HTTPRoute').find(({ metadata }) => metadata.name === 'orders');
    const { rules: written = [] } = (route?.['spec'] ?? {}) as {
      rules?: readonly {
        matches: readonly { headers?: unknown[] }[];
        backendRefs: readonly { name: string; weight: number }[];
      }[];
    };
    const rules = written.filter((rule) => !isClaimTwin(rule));
    const share = rules.find(({ matches }) => matches.every(({ headers }) => headers === undefined));
    const weight = (side: Side): number =>
      share?.backendRefs.find(({ name }) => name === `orders-${side}`)?.weight ?? 0;
    const plain = this.cluster.peek('Service').find(({ metadata }) => metadata.name === 'orders');
    return { blue: weight('blue'), green: weight('green'), header: rules.length > 1, plain: sideOfPlainService(plain) };
  }

  /** Replicas that a side is to have. */
  replicasOf(side: Side): number {
    return (this.#deployment(side)?.['spec'] as { replicas?: number } | undefined)?.replicas ?? 0;
  }

  /** What a side's autoscaler keeps to, as [minimum, maximum]; undefined without one. */
  boundsOf(side: Side): readonly [number, number] | undefined {
    const scaler = this.cluster
      .peek('HorizontalPodAutoscaler')
      .find(({ metadata }) => metadata.name === `orders-${side}`);
    const spec = scaler?.['spec'] as { minReplicas: number; maxReplicas: number } | undefined;
    return spec && [spec.minReplicas, spec.maxReplicas];
  }

  readyPods(side: Side): number {
    return this.cluster
      .peek('Pod')
      .filter(({ metadata }) => metadata.labels?.[LABELS.side] === side)
      .filter(isReady).length;
  }

  /** Commits of the ready pods of a side. */
  servingCommits(side: Side): readonly string[] {
    const pods = this.cluster.peek('Pod').filter(({ metadata }) => metadata.labels?.[LABELS.side] === side);
    return [...new Set(pods.filter(isReady).map(({ metadata }) => metadata.labels?.[LABELS.commit] ?? ''))];
  }

  /** Weights of a side over time, without repetitions. */
  shares(side: Side): readonly number[] {
    return this.shifts.map(({ traffic }) => traffic[side]).filter((share, index, all) => share !== all[index - 1]);
  }

  log(): readonly string[] {
    return this.history.events.map(({ at, message }) => `${new Date(at).toISOString().slice(11, 23)} ${message}`);
  }

  /** Somebody edits the route with kubectl. */
  async editRoute(blue: number, green: number): Promise<void> {
    const route = this.cluster.peek('HTTPRoute')[0]!;
    const { apiVersion, kind, metadata } = route;
    const backend = (side: Side, weight: number) => ({
      group: '',
      kind: 'Service',
      name: `orders-${side}`,
      port: 80,
      weight,
    });
    const path = { type: 'PathPrefix', value: '/' };
    const rules = [{ matches: [{ path }], backendRefs: [backend('blue', blue), backend('green', green)] }];
    const names = { name: metadata.name, namespace: NAMESPACE };
    await this.cluster.apply({ apiVersion, kind, metadata: names, spec: { rules } }, 'kubectl', { force: true });
  }

  /** Somebody, or an autoscaler, changes the number of pods. */
  async scale(side: Side, replicas: number): Promise<void> {
    const metadata = { name: `orders-${side}`, namespace: NAMESPACE };
    await this.cluster.apply(
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas } },
      'autoscaler',
      {
        force: true,
      },
    );
  }

  /** Somebody changes a side's autoscaler, or makes one. */
  async bound(side: Side, minReplicas: number, maxReplicas: number): Promise<void> {
    const name = `orders-${side}`;
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
    const scaler = { ...AUTOSCALER_KIND, metadata: { name, namespace: NAMESPACE } };
    await this.cluster.apply({ ...scaler, spec: { scaleTargetRef, minReplicas, maxReplicas } }, 'kubectl', {
      force: true,
    });
  }

  /** Somebody takes a side's autoscaler away. */
  async unbound(side: Side): Promise<void> {
    await this.cluster.remove({ ...AUTOSCALER_KIND, namespace: NAMESPACE, name: `orders-${side}` });
  }

  // --- machinery

  #deployment(side: Side) {
    return this.cluster.peek('Deployment').find(({ metadata }) => metadata.name === `orders-${side}`);
  }

  readonly #prometheus: PrometheusMetrics = {
    query: (promql) => {
      const value = this.prometheus(promql);
      return Promise.resolve(value === undefined ? { kind: 'error', because: 'away' } : { kind: 'value', value });
    },
  };

  #watch(): void {
    this.loadBalancers.reconcile();
    const traffic = this.traffic();
    const before = this.shifts.at(-1)?.traffic;
    if (JSON.stringify(before) !== JSON.stringify(traffic)) this.shifts.push({ at: this.clock.now(), traffic });
    const answering = (['blue', 'green'] as const)
      .filter((side) => traffic[side] > 0)
      .flatMap((side) => this.servingCommits(side));
    const now = [...new Set(answering)].toSorted().join(' ');
    if (now !== this.answering.at(-1)) this.answering.push(now);
    for (const side of ['blue', 'green'] as const) {
      const other = side === 'blue' ? 'green' : 'blue';
      if (traffic[side] === 0 || this.readyPods(side) > 0 || this.readyPods(other) === 0) continue;
      this.unserved.push(`${String(this.clock.now())} ${side} has ${String(traffic[side])} % and no pod`);
    }
  }

  #started(workflow: Workflow, name: string, input: unknown): Promise<Outcome> {
    return this.clock.run(this.#run(workflow, name, input));
  }

  async #run(workflow: Workflow, name: string, input: unknown): Promise<Outcome> {
    const definition = MACHINES.get(stateMachineName('espalier', workflow, 'branch'))?.definition;
    if (definition === undefined) throw new Error(`There is no state machine ${workflow}.`);
    const interpreter = createInterpreter({
      definition,
      clock: this.clock,
      random: () => 0.5,
      tokens: this.#tokens,
      stateMachineArn: `arn:aws:states:eu-central-1:000000000000:stateMachine:${workflow}`,
      tasks: (resource, args, context) => this.#task(resource, args, context.signal),
    });
    const execution = interpreter.start({ name, input });
    const outcome = await execution.ended;
    this.outcomes.set(`${workflow} ${name}`, outcome);
    this.events = Math.max(this.events, execution.history.length);
    const started = this.executions.started.find((known) => known.workflow === workflow && known.execution === name);
    if (started !== undefined) started.running = false;
    return outcome;
  }

  async #task(resource: string, args: unknown, signal: AbortSignal): Promise<unknown> {
    await this.clock.sleep(20, signal);
    if (resource.startsWith('arn:aws:states:::states:startExecution')) return this.#startExecution(resource, args);
    if (resource === 'arn:aws:states:::codebuild:startBuild.sync') return this.#build(args);
    const answered = await invoke(this.#ports, args);
    this.payloads.push(
      (args as { readonly Payload: unknown }).Payload,
      (answered as { readonly Payload: unknown }).Payload,
    );
    return answered;
  }

  async #startExecution(resource: string, args: unknown): Promise<unknown> {
    const { StateMachineArn, Name, Input } = args as {
      readonly StateMachineArn: string;
      readonly Name: string;
      readonly Input: unknown;
    };
    const workflow = StateMachineArn.split(':').at(-1)?.replace('espalier-', '') as Workflow;
    const running = this.#run(workflow, Name, Input);
    if (!resource.endsWith('.sync:2')) return { ExecutionArn: Name };
    const outcome = await running;
    if (outcome.status === 'SUCCEEDED') return { Output: outcome.output };
    const said = outcome.status === 'FAILED' ? { Error: outcome.error, Cause: outcome.cause } : {};
    throw Object.assign(new Error(outcome.status), { name: 'States.TaskFailed', cause: JSON.stringify(said) });
  }

  #build(args: unknown): Promise<unknown> {
    const { EnvironmentVariablesOverride } = args as {
      readonly EnvironmentVariablesOverride: readonly { readonly Name: string; readonly Value: string }[];
    };
    const commit = EnvironmentVariablesOverride.find(({ Name }) => Name === 'ESPALIER_COMMIT')?.Value ?? '';
    this.builds.push(commit);
    if (!this.buildable) {
      this.#buildRunner.explanations.set(commit, { status: 'FAILED', phase: 'BUILD', message: 'exit status 1' });
      const cause = JSON.stringify({ Build: { Id: commit, BuildStatus: 'FAILED' } });
      return Promise.reject(Object.assign(new Error(cause), { name: 'States.TaskFailed', cause }));
    }
    this.#images.push('orders', commit, `sha256:${commit.padEnd(64, '0').slice(0, 64)}`);
    return Promise.resolve({ Build: { BuildStatus: 'SUCCEEDED' } });
  }

  #compose(installation: Installation) {
    const faults: Faults = {
      before: (call) => this.faults.before?.(call),
      after: (call) => this.faults.after?.(call),
    };
    const taking = <Port extends object>(name: string, port: Port): Port => breakable(name, port, faults);
    const shared = {
      records: taking('records', this.#records),
      branches: this.git,
      builds: this.#builds,
      buildRunner: this.#buildRunner,
      history: this.history,
      notices: this.notices,
      clock: this.clock,
      rollouts: taking('rollouts', this.rollouts),
      approvals: taking('approvals', this.approvals),
      waiting: this.waiting,
      pushes: this.pushes,
    };
    const branches = {
      feature: ['feature/*'],
      integration: ['integration'],
      performance: [],
      'pre-release': [],
      production: [],
    };
    const decisionRules = (_kind: EnvironmentKind, word: DecisionWord) =>
      ruleFor(this.decisions.groups, this.decisions.rules, word);
    const rules = { installation: 'espalier', repositories: ['orders'], branches };
    return {
      intake: { ...shared, rules, executions: this.executions },
      notice: {
        ...shared,
        layers: taking('layers', this.layers),
        installation: 'espalier',
        decideMachine: 'arn:aws:states:eu-central-1:000000000000:stateMachine:espalier-decide-approval',
        ruleFor: decisionRules,
      },
      lookout: {
        metrics: taking('cloudWatch', this.cloudWatch),
        alarms: taking('cloudWatch', this.cloudWatch),
        loadBalancers: taking('loadBalancers', this.loadBalancers),
      },
      approval: {
        ...shared,
        starters: new FakeStarters(),
        ruleFor: decisionRules,
      },
      build: {
        ...shared,
        images: this.#images,
        parseServiceFile,
        charts: this.charts,
        parseChart,
        rules: {
          branches,
          timeoutMinutes: 30,
          imageLimits: { largestImage: 1_000_000, largestLayer: 500_000 },
          imageRepository: 'registry.example/shop',
          cloneUrl: (repository: string) => `https://git.example/${repository}`,
        },
      },
      configuration: {
        ...shared,
        cluster: taking('cluster', this.cluster),
        pods: this.pods,
        layers: taking('layers', this.layers),
        tenants: taking('tenants', this.tenants),
        secrets: taking('secret states', this.secretStates),
        sealing,
        installation: installationOf('espalier'),
      },
      secrets: {
        ...shared,
        installation: 'espalier',
        states: taking('secret states', this.secretStates),
        store: taking('secret store', this.secretStore),
        generator: countingGenerator(),
        sealing,
      },
      cluster: {
        ...shared,
        cluster: taking('cluster', this.cluster),
        prober: new FakeProber(this.cluster),
        installation,
        imageRepository: 'registry.example/shop',
        charts: this.charts,
        parseChart,
        delayProgram: 'the program',
        addresses: {},
        analyst: {
          measure: (...asked: Parameters<Analyst['measure']>) => {
            const [rollout] = asked;
            const inside = { cluster: this.cluster, pods: this.pods };
            if (rollout.plan.judge !== undefined) {
              return analystBy({ prometheus: this.#prometheus }, inside).measure(...asked);
            }
            if (rollout.plan.metrics.some(({ source }) => source.kind === 'cloudwatch' || isAskedInside(source))) {
              return analystBy({}, inside).measure(...asked);
            }
            const analysis = this.measure();
            return Promise.resolve(analysis && { analysis, tally: rollout.tally });
          },
        },
        choosePlan: (_kind: string, definition: ServiceDefinition) =>
          this.rules === undefined ? this.plan : planForService(this.rules, definition),
        lookout: true,
        pods: this.pods,
      },
    };
  }
}

function isReady(pod: KubernetesObject): boolean {
  const { conditions } = pod['status'] as { conditions: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
