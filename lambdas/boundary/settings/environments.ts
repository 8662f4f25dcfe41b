/**
 * Settings of the environment kinds: which branches feed them and how large they may grow.
 * Separate because each kind has the same keys with defaults of its own.
 */
import * as v from 'valibot';
import { ENVIRONMENT_KINDS, tierOf, type EnvironmentKind } from '../../contracts/kinds.ts';
import { allowed, branchName, cpu, list, memory, table, text, whole } from '../values.ts';
import { decisionSettings } from './approvals.ts';
import { rolloutSettings } from './rollout.ts';
import { wayIn } from './way-in.ts';

/** Sum of all pods of one environment. */
const quota = table({
  cpu: v.optional(cpu, '4'),
  memory: v.optional(memory, '8Gi'),
  pods: v.optional(whole(1, 10_000), 40),
  /** Sum of all volumes: they are for trying things out, not for data that somebody would miss. */
  storage: v.optional(memory, '5Gi'),
  /** Sum of what all containers may write outside of volumes. */
  disk: v.optional(memory, '20Gi'),
});

/** The largest a single container may be. */
const limits = table({
  cpu: v.optional(cpu, '2'),
  memory: v.optional(memory, '4Gi'),
  disk: v.optional(memory, '4Gi'),
});

/** Branches that feed a kind when the settings say nothing; performance and production have none. */
const DEFAULT_BRANCHES: Readonly<Record<EnvironmentKind, readonly string[]>> = {
  feature: ['feature/*'],
  integration: ['integration'],
  performance: [],
  'pre-release': ['main'],
  production: [],
};

/** What the branches of a kind may be, in words. */
function branchRule(kind: EnvironmentKind): string {
  if (kind === 'production') return 'no branch: production is reached by promotion only';
  if (tierOf(kind) === 'branch') return 'a list of branch names or patterns such as "feature/*"';
  return `at most one exact branch name: "${kind}" is one lasting environment, fed by one branch`;
}

function branchesFit(kind: EnvironmentKind, names: readonly string[]): boolean {
  if (kind === 'production') return names.length === 0;
  return tierOf(kind) === 'branch' || (names.length <= 1 && names.every((name) => !name.includes('*')));
}

function kindSettings(kind: EnvironmentKind) {
  const branches = v.pipe(
    list(branchName),
    v.check((names) => branchesFit(kind, names), allowed(branchRule(kind))),
  );
  return v.optional(
    table({
      branches: v.optional(branches, [...DEFAULT_BRANCHES[kind]]),
      quota: v.optional(quota, {}),
      limits: v.optional(limits, {}),
      wayIn: v.optional(wayIn, {}),
      /** Of volumes; without it the cluster's default. */
      storageClass: v.exactOptional(
        text(/^[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?$/, 'the name of a StorageClass of the cluster, such as gp3'),
      ),
      rollout: rolloutSettings(kind),
      approvals: decisionSettings,
    }),
    {},
  );
}

/** All kinds by name. */
export const environments = v.optional(
  v.pipe(
    table({
      feature: kindSettings('feature'),
      integration: kindSettings('integration'),
      performance: kindSettings('performance'),
      'pre-release': kindSettings('pre-release'),
      production: kindSettings('production'),
    }),
    v.check((kinds) => {
      const lasting = ENVIRONMENT_KINDS.filter((kind) => tierOf(kind) === 'lasting').flatMap(
        (kind) => kinds[kind].branches,
      );
      return new Set(lasting).size === lasting.length;
    }, 'the same branch feeds two lasting environments; give each its own branch'),
  ),
  {},
);

export type KindSettings = v.InferOutput<typeof environments>[EnvironmentKind];
