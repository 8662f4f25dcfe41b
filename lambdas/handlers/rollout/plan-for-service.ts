/**
 * The plan of a service by the rules of its environment's kind. Separate from planning a delivery, because a refused plan is told to the
 * author in the words of the service file.
 */
import { RejectedError } from '../../domain/errors.ts';
import { choosePlan, type RolloutRules } from '../../domain/rollout/choose-plan.ts';
import type { Plan } from '../../domain/rollout/step.ts';
import { SERVICE_FILE, type ServiceDefinition } from '../../domain/service/definition.ts';

/** The plan; undefined when pods are replaced in place. Throws before anything live is touched. */
export function planForService(rules: RolloutRules, definition: ServiceDefinition): Plan | undefined {
  const chosen = choosePlan(rules, definition.rollout);
  if (chosen.kind !== 'refused') return chosen.kind === 'roll-out' ? chosen.plan : undefined;
  const where = definition.rollout === undefined ? 'the settings' : `rollout in ${SERVICE_FILE}`;
  throw new RejectedError(
    `The rollout plan of ${where} cannot be carried out: ${chosen.message}. Nothing was changed; correct it and push again.`,
  );
}
