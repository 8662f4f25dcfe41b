/**
 * Which kind of environment a branch has, by the settings' patterns. Separate because intake, sweep and the command line must
 * decide alike.
 */
import { ENVIRONMENT_KINDS, tierOf, type EnvironmentKind } from '../../contracts/kinds.ts';
import { fitsAny } from './pattern.ts';

/** Branch names or patterns by kind. */
export type BranchRules = Readonly<Record<EnvironmentKind, readonly string[]>>;

export type BranchClass =
  | { readonly kind: 'branch-environment'; readonly environmentKind: EnvironmentKind }
  /** `id` is fixed: a lasting environment is called like its kind. */
  | { readonly kind: 'lasting-environment'; readonly environmentKind: EnvironmentKind; readonly id: string }
  | { readonly kind: 'none' };

/** Exact names of lasting environments win over patterns; what fits nothing gets nothing. */
export function classifyBranch(branch: string, rules: BranchRules): BranchClass {
  const lasting = ENVIRONMENT_KINDS.find((kind) => tierOf(kind) === 'lasting' && rules[kind].includes(branch));
  if (lasting !== undefined) return { kind: 'lasting-environment', environmentKind: lasting, id: lasting };
  const own = ENVIRONMENT_KINDS.find((kind) => tierOf(kind) === 'branch' && fitsAny(branch, rules[kind]));
  return own === undefined ? { kind: 'none' } : { kind: 'branch-environment', environmentKind: own };
}

/** The branch that a change of this kind goes to next, for the merge check; undefined when there is none. */
export function targetBranch(kind: EnvironmentKind, rules: BranchRules): string | undefined {
  const later = ENVIRONMENT_KINDS.slice(ENVIRONMENT_KINDS.indexOf(kind) + 1);
  return later.flatMap((next) => rules[next])[0];
}

/** The rules as one line for messages. */
export function describeRules(rules: BranchRules): string {
  return ENVIRONMENT_KINDS.filter((kind) => rules[kind].length > 0)
    .map((kind) => `${kind}: ${rules[kind].join(', ')}`)
    .join(' · ');
}
