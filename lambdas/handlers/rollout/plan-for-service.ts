/**
 * The plan of a service by the rules of its environment's kind. Separate from planning a delivery, because a refused plan is told to the
 * author in the words of the service file.
 */
import { RejectedError } from '../../domain/errors.ts';
import { choosePlan, type RolloutRules } from '../../domain/rollout/choose-plan.ts';
import { wayTo } from '../../domain/rollout/inside.ts';
import type { Plan } from '../../domain/rollout/step.ts';
import { SERVICE_FILE, type ServiceDefinition } from '../../domain/service/definition.ts';

/** The plan; undefined when pods are replaced in place. Throws before anything live is touched. */
export function planForService(rules: RolloutRules, definition: ServiceDefinition): Plan | undefined {
  const chosen = choosePlan(rules, definition.rollout, wayTo(definition));
  if (chosen.kind === 'in-place') return undefined;
  if (chosen.kind === 'roll-out') return withSelfCheck(chosen.plan, definition);
  const where = definition.rollout === undefined ? 'the settings' : `rollout in ${SERVICE_FILE}`;
  throw new RejectedError(
    `The rollout plan of ${where} cannot be carried out: ${chosen.message}. Nothing was changed; correct it and push again.`,
  );
}

/** A self-check without a path asks where the service itself says how it is. */
function withSelfCheck(plan: Plan, { selfCheck, health }: ServiceDefinition): Plan {
  const metrics = plan.metrics.map((metric) =>
    metric.source.kind === 'self-check' && metric.source.path === undefined
      ? { ...metric, source: { ...metric.source, path: selfCheck ?? health } }
      : metric,
  );
  return { ...plan, metrics };
}
