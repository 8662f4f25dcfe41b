/**
 * Variables of functions that adapters are made from. Separate because a missing one must be named before anything is called.
 */
import { FUNCTION_VARIABLES } from '../../contracts/variables.ts';
import { TIERS, type Tier } from '../../contracts/kinds.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** The variable's value; throws when the stack did not set it. */
export function variable(variables: Variables, name: keyof typeof FUNCTION_VARIABLES | 'AWS_REGION'): string {
  const key = name === 'AWS_REGION' ? name : FUNCTION_VARIABLES[name];
  const value = variables[key];
  if (value === undefined || value === '') throw new Error(`The function's variable ${key} is missing.`);
  return value;
}

/** The tier of a function that has one. */
export function tierVariable(variables: Variables): Tier {
  const value = variable(variables, 'tier');
  const tier = TIERS.find((known) => known === value);
  if (tier === undefined) throw new Error(`The function's variable ${FUNCTION_VARIABLES.tier} is "${value}".`);
  return tier;
}

/** ARNs of a workflow's state machines by tier, from a variable that holds them as JSON. */
export function machines(
  variables: Variables,
  name: 'deliverMachines' | 'withdrawMachines',
): Readonly<Record<Tier, string>> {
  const parsed = JSON.parse(variable(variables, name)) as Readonly<Record<Tier, unknown>>;
  for (const tier of TIERS) {
    if (typeof parsed[tier] !== 'string') {
      throw new Error(`The function's variable ${FUNCTION_VARIABLES[name]} has no state machine for the tier ${tier}.`);
    }
  }
  return parsed as Readonly<Record<Tier, string>>;
}
