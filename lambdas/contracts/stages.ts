/**
 * The stages of a delivery, one word each: used alike for folders, functions, log fields and documentation.
 * Separate because a stranger follows a push by this list.
 */

/** In the order in which a push passes them. */
export const STAGES = [
  'foundation',
  'intake',
  'environment',
  'build',
  'deploy',
  'rollout',
  'release',
  'approval',
  'notice',
  'sweep',
  'configuration',
] as const;
export type Stage = (typeof STAGES)[number];

/** The state machines, as people start them in the console. */
export const WORKFLOWS = [
  'deliver-service',
  'roll-out',
  'retire-side',
  'withdraw-service',
  'decide-approval',
  'apply-configuration',
  'run-experiment',
  'sweep',
] as const;
export type Workflow = (typeof WORKFLOWS)[number];

/** Those of which there is one: for both tiers, or, of experiments, for branch environments alone. */
export const SHARED_WORKFLOWS: readonly Workflow[] = [
  'decide-approval',
  'apply-configuration',
  'run-experiment',
  'sweep',
];

/** Name of a state machine: `<installation>-<workflow>`, lasting environments' with `-lasting`. */
export function stateMachineName(installation: string, workflow: Workflow, tier: 'branch' | 'lasting'): string {
  return `${installation}-${workflow}${tier === 'lasting' ? '-lasting' : ''}`;
}

/** Name of the one table. */
export function tableName(installation: string): string {
  return `${installation}-state`;
}
