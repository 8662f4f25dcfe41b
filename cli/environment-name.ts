/**
 * Which environment a branch has or would get. Separate because `name` prints it and `deliver` needs its tier.
 */
import { branchRules } from '../lambdas/boundary/settings/rules.ts';
import { parseSettings } from '../lambdas/boundary/settings/settings.ts';
import type { EnvironmentKind } from '../lambdas/contracts/kinds.ts';
import { classifyBranch, describeRules, type BranchRules } from '../lambdas/domain/branches/classify.ts';
import { environmentIds } from '../lambdas/domain/naming/environment-id.ts';
import type { World } from './command.ts';

export type BranchName =
  | { readonly kind: 'claimed' | 'free'; readonly id: string; readonly environmentKind: EnvironmentKind }
  | { readonly kind: 'none'; readonly rules: string };

/** The id that a branch has claimed, or the first one it could claim now. */
export async function nameOf(world: World, branch: string): Promise<BranchName> {
  const rules = await rulesOf(world);
  const claimed = await world.records.idOfBranch(branch);
  const record = claimed === undefined ? undefined : await world.records.load(claimed);
  if (record !== undefined) return { kind: 'claimed', id: record.id, environmentKind: record.kind };
  const fits = classifyBranch(branch, rules);
  if (fits.kind === 'none') return { kind: 'none', rules: describeRules(rules) };
  const { environmentKind } = fits;
  if (fits.kind === 'lasting-environment') {
    const exists = (await world.records.load(fits.id)) !== undefined;
    return { kind: exists ? 'claimed' : 'free', id: fits.id, environmentKind };
  }
  for (const id of environmentIds(branch)) {
    const holder = await world.records.load(id);
    if (holder === undefined || holder.branch === branch) return { kind: 'free', id, environmentKind };
  }
  throw new Error(`Every id for this branch is taken: ${environmentIds(branch).join(', ')}.`);
}

async function rulesOf(world: World): Promise<BranchRules> {
  const settings = (await world.settings()) ?? parseSettings('repositories: ["*"]', 'defaults');
  return branchRules(settings);
}
