/** Settings of an installation as use cases receive them, for tests. */
import { ENVIRONMENT_KINDS, type EnvironmentKind } from '../../lambdas/contracts/kinds.ts';
import type { Installation, KindRules } from '../../lambdas/domain/manifests/installation.ts';
import type { WayIn } from '../../lambdas/domain/way-in/gateway.ts';

/** An installation with small environments; `wayIn` holds for all kinds. */
export function installationOf(installation: string, wayIn: WayIn = { access: 'internal' }): Installation {
  const rules: KindRules = { quota: { cpu: '4', memory: '8Gi', pods: 40 }, limits: { cpu: '2', memory: '4Gi' }, wayIn };
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
