/** Where everything of the model is: names, branches and what they are for. Separate because all of its parts name them. */
import type { BranchRules } from '../../lambdas/domain/branches/classify.ts';

export const INSTALLATION = 'shop';
/** Their services have the same names. */
export const REPOSITORIES = ['orders', 'web'] as const;
export type Repository = (typeof REPOSITORIES)[number];
/** Three of them have the same slug. */
export const BRANCHES = ['feature/x', 'feature-x', 'Feature/X', 'feature/login', 'integration'] as const;
/** Ids that the branches get in most runs. */
export const IDS = ['feature-x', 'feature-login', 'integration'] as const;
/** Layers of configuration that do not belong to one environment. */
export const SHARED_LAYERS = ['integration', 'feature'] as const;
export const RULES: BranchRules = {
  feature: ['feature*', 'Feature/*'],
  integration: ['integration'],
  performance: [],
  'pre-release': [],
  production: [],
};
