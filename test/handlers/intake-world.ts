/** Intake, builds, notices and sweeps on fakes, with calls that can be broken. Separate because their tests tell one story. */
import { parseChart } from '../../lambdas/boundary/chart/chart.ts';
import { parseServiceFile } from '../../lambdas/boundary/service-file/service-file.ts';
import type { IntakeInput, TaskError } from '../../lambdas/contracts/inputs.ts';
import type { Claim, ClaimAnswer, Delivery, RemovalClaim } from '../../lambdas/contracts/payloads.ts';
import type { EnvironmentRecord, ServiceRecord } from '../../lambdas/domain/environment/record.ts';
import type { BuildPorts } from '../../lambdas/handlers/build/build-ports.ts';
import { runIntake } from '../../lambdas/handlers/intake/dispatch.ts';
import type { IntakePorts } from '../../lambdas/handlers/intake/intake-ports.ts';
import type { NoticePorts } from '../../lambdas/handlers/notice/notice-ports.ts';
import type { SweepPorts } from '../../lambdas/handlers/sweep/sweep-ports.ts';
import { FakeBuildRunner, FakeBuilds, FakeImages } from '../fakes/builds.ts';
import { FakeCharts } from '../fakes/charts.ts';
import { VirtualClock } from '../fakes/clock.ts';
import { FakeExecutions, type StartedExecution } from '../fakes/executions.ts';
import { breakable, type Faults } from '../fakes/faults.ts';
import { FakeGit } from '../fakes/git.ts';
import { FakeHistory } from '../fakes/history.ts';
import { FakeLayers } from '../fakes/configuration.ts';
import { FakeNotices } from '../fakes/notices.ts';
import { FakePushes } from '../fakes/pushes.ts';
import { FakeRecords } from '../fakes/records.ts';
import { FakeApprovals, FakeRollouts, FakeWaiting } from '../fakes/rollouts.ts';
import { FakeSweepStates } from '../fakes/sweep-states.ts';

export const FILE = { 'espalier.yaml': 'name: orders\n' };
const RULES = () => ({
  installation: 'shop',
  repositories: ['orders', 'web'],
  branches: {
    feature: ['feature/*', 'feature-*'],
    integration: ['integration'],
    performance: [],
    'pre-release': ['main'],
    production: [],
  },
});

export class IntakeWorld {
  readonly clock = new VirtualClock();
  readonly git = new FakeGit();
  readonly records = new FakeRecords(() => this.clock.now());
  readonly builds = new FakeBuilds();
  readonly images = new FakeImages();
  readonly charts = new FakeCharts();
  readonly runner = new FakeBuildRunner();
  readonly executions = new FakeExecutions();
  readonly history = new FakeHistory();
  readonly notices = new FakeNotices();
  readonly states = new FakeSweepStates();
  /** How calls go wrong; set by tests. */
  faults: Faults = {};
  readonly ports: IntakePorts & { readonly rules: ReturnType<typeof RULES> };
  readonly build: BuildPorts;
  readonly notice: NoticePorts;
  readonly sweep: SweepPorts;

  constructor() {
    const rules = RULES();
    for (const repository of rules.repositories) {
      this.git.createRepository(repository);
      this.git.push(repository, 'trunk');
    }
    const port = <Port extends object>(name: string, fake: Port): Port =>
      breakable(name, fake, {
        before: (call) => this.faults.before?.(call),
        after: (call) => this.faults.after?.(call),
      });
    this.ports = {
      rules,
      records: port('records', this.records),
      branches: port('git', this.git),
      builds: port('builds', this.builds),
      buildRunner: port('runner', this.runner),
      executions: port('executions', this.executions),
      history: port('history', this.history),
      notices: port('notices', this.notices),
      rollouts: new FakeRollouts(),
      approvals: new FakeApprovals(),
      waiting: new FakeWaiting(),
      pushes: new FakePushes(),
      clock: this.clock,
    };
    const { branches } = rules;
    this.build = {
      ...this.ports,
      buildRunner: port('runner', this.runner),
      images: port('images', this.images),
      parseServiceFile,
      charts: this.charts,
      parseChart,
      rules: {
        branches,
        timeoutMinutes: 30,
        imageLimits: { largestImage: 1_000_000, largestLayer: 500_000 },
        imageRepository: 'registry.example/shop',
        cloneUrl: (name) => `https://git/${name}`,
      },
    };
    this.notice = {
      ...this.ports,
      installation: 'shop',
      decideMachine: 'arn:aws:states:eu-central-1:000000000000:stateMachine:espalier-decide-approval',
      ruleFor: () => ({ approvals: 1, notByAuthor: false }),
      history: port('history', this.history),
      layers: new FakeLayers(),
    };
    this.sweep = {
      ...this.ports,
      states: port('states', this.states),
      rules: { ...rules, removalsPerRun: 2, headsPerRun: 10 },
    };
  }

  ask(input: IntakeInput): Promise<unknown> {
    return runIntake(this.ports, input);
  }

  look(repository: string, branch: string): Promise<unknown> {
    return this.ask({ action: 'look', repository, branch });
  }

  /** Pushes and looks. */
  async push(repository: string, branch: string, files: Readonly<Record<string, string>> = FILE): Promise<string> {
    const commit = this.git.push(repository, branch, files);
    await this.look(repository, branch);
    return commit;
  }

  async delete(repository: string, branch: string): Promise<void> {
    this.git.deleteBranch(repository, branch);
    await this.look(repository, branch);
  }

  async record(id: string): Promise<EnvironmentRecord> {
    const record = await this.records.load(id);
    if (record === undefined) throw new Error(`There is no record ${id}.`);
    return record;
  }

  async service(id: string, key = 'orders'): Promise<ServiceRecord> {
    const service = (await this.record(id)).services[key];
    if (service === undefined) throw new Error(`There is no ${key} in ${id}.`);
    return service;
  }

  /** The execution that was started last. */
  latest(): StartedExecution {
    const started = this.executions.started.at(-1);
    if (started === undefined) throw new Error('Nothing was started.');
    return started;
  }

  /** The first task of an execution. */
  claim(started: StartedExecution): Promise<ClaimAnswer> {
    const { execution } = started;
    const input = JSON.parse(started.input) as Claim;
    const action = started.workflow === 'deliver-service' ? 'claim-delivery' : 'claim-withdrawal';
    return this.ask({ action, execution, input }) as Promise<ClaimAnswer>;
  }

  /** Claims the delivery of the execution that was started last. */
  async claimed(): Promise<Delivery> {
    const answer = await this.claim(this.latest());
    if (answer.kind !== 'claimed') throw new Error(`Not claimed: ${JSON.stringify(answer)}`);
    return answer.delivery;
  }

  /** Claims and records as applied; the execution has ended. */
  async deliver(): Promise<Delivery> {
    const started = this.latest();
    const delivery = await this.claimed();
    await this.applied(delivery);
    started.running = false;
    return delivery;
  }

  async applied(delivery: Delivery): Promise<void> {
    const digest = `sha256:${'0'.repeat(64)}`;
    const { commit } = delivery;
    await this.ask({
      action: 'record-applied',
      execution: 'x',
      claim: delivery,
      digest,
      commit,
      side: 'blue',
      url: 'http://x/',
    });
  }

  /** Claims and records the removal of the execution that was started last. */
  async remove(): Promise<RemovalClaim> {
    const started = this.latest();
    const answer = await this.claim(started);
    if (answer.kind !== 'remove') throw new Error(`Not a removal: ${JSON.stringify(answer)}`);
    await this.ask({ action: 'record-removed', execution: started.execution, removal: answer.removal });
    started.running = false;
    return answer.removal;
  }

  fail(claim: Claim | RemovalClaim, error: TaskError): Promise<unknown> {
    return this.ask({ action: 'record-failure', execution: 'x', claim, error });
  }
}

/** The error of a task as Step Functions says it. */
export function taskError(name: string, message = 'why'): TaskError {
  return { Error: name, Cause: JSON.stringify({ errorType: name, errorMessage: message }) };
}

/** Breaks the next call of this name once, before or after its effect. */
export function once(call: string, when: 'before' | 'after'): Faults {
  let armed = true;
  return {
    [when]: (name: string): void => {
      if (!armed || name !== call) return;
      armed = false;
      throw Object.assign(new Error('The process was killed.'), { name: 'TransientError' });
    },
  };
}
