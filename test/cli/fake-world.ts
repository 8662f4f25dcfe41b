/**
 * A world for commands: records and events in memory, executions that end when told, output kept as lines.
 * What it does not support, it refuses.
 */
import { parseSettings, type Settings } from '../../lambdas/boundary/settings/settings.ts';
import type { EnvironmentRecord } from '../../lambdas/domain/environment/record.ts';
import type { DecideAnswer } from '../../lambdas/contracts/inputs.ts';
import type { DecideInput } from '../../lambdas/contracts/payloads.ts';
import type { HistoryEvent } from '../../lambdas/ports/history.ts';
import type { EksClusters } from '../../lambdas/ports/eks-clusters.ts';
import type { ExecutionState } from '../../lambdas/ports/workflows.ts';
import { FakeBuilds } from '../fakes/builds.ts';
import { FakeLayers } from '../fakes/configuration.ts';
import { FakeRollouts } from '../fakes/rollouts.ts';
import type { World } from '../../cli/command.ts';

export interface FakeWorld extends World {
  readonly stored: Map<string, EnvironmentRecord>;
  readonly happened: HistoryEvent[];
  readonly started: { workflow: string; tier: string; input: object }[];
  readonly rollouts: FakeRollouts;
  readonly builds: FakeBuilds;
  readonly layers: FakeLayers;
  readonly lines: string[];
  readonly notes: string[];
  readonly shown: unknown[];
  /** What the execution says when it is asked the nth time; the last stays. Called before, to let the world go on. */
  script: (() => ExecutionState)[];
  /** Decisions that were sent, and what each is answered. */
  readonly decided: DecideInput[];
  answer: DecideAnswer;
  /** Files by the path that a person names. */
  readonly files: Map<string, string>;
  clustersThere: NonNullable<Awaited<ReturnType<EksClusters['describe']>>>[];
}

export function fakeWorld(...records: readonly EnvironmentRecord[]): FakeWorld {
  const stored = new Map(records.map((record) => [record.id, record]));
  let now = 1_000_000;
  const settings: Settings = parseSettings('repositories: ["*"]', 'settings.yaml');
  const rollouts = new FakeRollouts();
  const world: FakeWorld = {
    stored,
    happened: [],
    started: [],
    lines: [],
    notes: [],
    shown: [],
    script: [() => ({ kind: 'succeeded', output: undefined })],
    decided: [],
    answer: { kind: 'taken', message: 'It counts.' },
    files: new Map(),
    text: async (path) => world.files.get(path),
    clustersThere: [],
    records: {
      load: async (id) => stored.get(id),
      all: async () => [...stored.values()],
      idOfBranch: async (branch) => [...stored.values()].find((record) => record.branch === branch)?.id,
    },
    history: {
      of: async (environment, filter = {}) =>
        world.happened.filter(
          (event) => event.environment === environment && (filter.after === undefined || event.at > filter.after),
        ),
    },
    rollouts: rollouts,
    builds: new FakeBuilds(),
    layers: new FakeLayers(),
    author: () => 'ada',
    workflows: {
      async start(workflow, tier, input) {
        world.started.push({ workflow, tier, input });
        return 'arn:aws:states:eu-central-1:000000000000:execution:espalier-deliver-service:by-hand';
      },
      async state() {
        const next = world.script.length > 1 ? world.script.shift() : world.script[0];
        return next?.() ?? { kind: 'running' };
      },
    },
    decisions: {
      async decide(input) {
        world.decided.push(input);
        return world.answer;
      },
    },
    clusters: {
      names: async () => world.clustersThere.map((cluster) => cluster.name),
      describe: async (name) => world.clustersThere.find((cluster) => cluster.name === name),
    },
    clock: {
      now: () => now,
      async sleep(milliseconds) {
        now += milliseconds;
      },
    },
    output: {
      show(json, lines) {
        world.shown.push(json);
        world.lines.push(...lines);
      },
      note: (line) => world.notes.push(line),
    },
    settings: async () => settings,
  };
  return world;
}

const COMMIT = '1a2b3c4d'.repeat(5);

/** An environment with one service that is ready. */
export function readyRecord(id: string, branch: string, changes: Partial<EnvironmentRecord> = {}): EnvironmentRecord {
  return {
    id,
    kind: 'feature',
    branch,
    phase: 'active',
    version: 3,
    incarnation: 1,
    createdAt: 400_000,
    removal: { generation: 0 },
    services: {
      orders: {
        repository: 'orders',
        name: 'orders',
        generation: 1,
        desired: { kind: 'commit', commit: COMMIT, since: 0 },
        applied: {
          commit: COMMIT,
          digest: `sha256:${'0'.repeat(64)}`,
          generation: 1,
          url: `http://orders-${id}.espalier.localhost:8080/`,
          side: 'blue',
          at: 0,
        },
        touched: true,
      },
    },
    ...changes,
  };
}
