/**
 * Views of the settings in the domain's words. Separate because the domain does not know settings.
 */
import type { BranchRules } from '../../domain/branches/classify.ts';
import { ENVIRONMENT_KINDS, type EnvironmentKind } from '../../contracts/kinds.ts';
import type { DecisionWord } from '../../contracts/payloads.ts';
import { ruleFor, type DecisionRule } from '../../domain/approval/decision-rules.ts';
import type { RolloutRules } from '../../domain/rollout/choose-plan.ts';
import type { ImageLimits } from '../../domain/images/container-rules.ts';
import { bytesOf } from '../../domain/service/amounts.ts';
import { isBalanced } from '../../domain/way-in/load-balancer.ts';
import type { Settings } from './schema.ts';

/** Branch names and patterns by kind. */
export function branchRules(settings: Settings): BranchRules {
  const { feature, integration, performance, production, 'pre-release': preRelease } = settings.environments;
  return {
    feature: feature.branches,
    integration: integration.branches,
    performance: performance.branches,
    'pre-release': preRelease.branches,
    production: production.branches,
  };
}

/** Bounds of images. */
export function imageLimits({ builds }: Pick<Settings, 'builds'>): ImageLimits {
  return { largestImage: bytesOf(builds.largestImage), largestLayer: bytesOf(builds.largestLayer) };
}

/** What holds for rollouts in environments of a kind. */
export function rolloutRules(
  settings: Pick<Settings, 'environments' | 'metrics'>,
  kind: EnvironmentKind,
): RolloutRules {
  const { prometheus, cloudWatch } = settings.metrics;
  return { ...settings.environments[kind].rollout, stores: { prometheus: prometheus !== undefined, cloudWatch } };
}

/** Whether rollouts of this installation have to know something that only a function outside the network sees. */
export function looksOutside(settings: Pick<Settings, 'metrics' | 'environments'>): boolean {
  return settings.metrics.cloudWatch || hasBalancedRoutes(settings);
}

/** Whether the requests of some kind are shared by a load balancer whose rules must be read back. */
export function hasBalancedRoutes({ environments }: Pick<Settings, 'environments'>): boolean {
  return ENVIRONMENT_KINDS.some((kind) => isBalanced(environments[kind].wayIn));
}

/** Who may decide this in environments of a kind. */
export function decisionRule(
  { approvals, environments }: Pick<Settings, 'approvals' | 'environments'>,
  kind: EnvironmentKind,
  decision: DecisionWord,
): DecisionRule {
  return ruleFor(approvals.groups, environments[kind].approvals, decision);
}
