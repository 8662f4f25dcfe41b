/**
 * The functions of an installation: one folder below `lambdas/handlers` each, and who has which tiers.
 * Separate because the bundler, the stacks and the tests all walk the same list.
 */

/** Folder names below `lambdas/handlers`; also the second word of the functions' names. */
export const FUNCTIONS = [
  'foundation',
  'intake',
  'environment',
  'build',
  'configuration',
  'secrets',
  'configuration-centre',
  'deploy',
  'rollout',
  'probe',
  'lookout',
  'approval',
  'notice',
  'sweep',
  'sweep-cluster',
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];
