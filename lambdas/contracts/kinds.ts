/**
 * The kinds of environments and the two tiers that keep their rights apart.
 * Separate because settings, stacks, records and messages all name them.
 */

/** The five kinds, in the order in which a change passes them. */
export const ENVIRONMENT_KINDS = ['feature', 'integration', 'performance', 'pre-release', 'production'] as const;
export type EnvironmentKind = (typeof ENVIRONMENT_KINDS)[number];

/** Branch environments come and go with branches; lasting ones stay and have functions, roles and cluster groups of their own. */
export const TIERS = ['branch', 'lasting'] as const;
export type Tier = (typeof TIERS)[number];

/** The tier of a kind. */
export function tierOf(kind: EnvironmentKind): Tier {
  return kind === 'feature' ? 'branch' : 'lasting';
}

/** Who may reach an environment: inside the network only, after signing in, or everybody. */
export const ACCESSES = ['internal', 'oidc', 'public'] as const;
export type Access = (typeof ACCESSES)[number];
