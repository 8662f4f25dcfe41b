/** Settings of an installation as use cases receive them, for tests. */
import { ENVIRONMENT_KINDS, type EnvironmentKind } from '../../lambdas/contracts/kinds.ts';
import type { Quota } from '../../lambdas/domain/manifests/environment.ts';
import type { Installation, KindRules } from '../../lambdas/domain/manifests/installation.ts';
import type { RolloutTimes } from '../../lambdas/domain/rollout/times.ts';
import type { WayIn } from '../../lambdas/domain/way-in/gateway.ts';

/** An installation whose kinds are all alike. */
export function installationOf(
  installation: string,
  wayIn: WayIn = { access: 'internal' },
  quota: Quota = { cpu: '4', memory: '8Gi', disk: '20Gi', pods: 40 },
  rollout: RolloutTimes = { settle: '2s', drain: '30s', deadline: '10m' },
): Installation {
  const rules: KindRules = { quota, limits: { cpu: '2', memory: '4Gi', disk: '4Gi' }, wayIn, rollout };
  const environments = Object.fromEntries(ENVIRONMENT_KINDS.map((kind) => [kind, rules])) as Record<
    EnvironmentKind,
    KindRules
  >;
  return { installation, environments };
}

/** A name of an installation that no other test run has, at most 12 characters. */
export function uniqueInstallation(prefix: string): string {
  const digits = Math.floor(Math.random() * 36 ** 6).toString(36);
  return `${prefix}-${digits}`.slice(0, 12);
}
