/**
 * The rollout could not be advanced for longer than its retries last: from here on it only returns traffic to what served before.
 */
import type { TaskError } from '../../contracts/inputs.ts';
import type { RolloutClaim } from '../../contracts/payloads.ts';
import { SupersededError, TransientError } from '../../domain/errors.ts';
import { applyDecision } from '../../domain/rollout/advance.ts';
import { readTaskError } from '../../domain/task-error.ts';
import type { TrafficPorts } from './ports.ts';

/** Turns the rollout around. One that ended stays as it ended. */
export async function giveUpRollout(
  ports: TrafficPorts,
  { delivery }: RolloutClaim,
  error: TaskError,
): Promise<{ readonly kind: 'given-up' }> {
  const stored = await ports.rollouts.load(delivery.environment, delivery.service);
  if (stored?.generation !== delivery.generation) {
    throw new SupersededError('A newer rollout is under way.');
  }
  const { phase } = stored.rollout;
  if (['promoted', 'rolled-back', 'rolling-back', 'dark'].includes(phase)) return { kind: 'given-up' };
  const reason = { kind: 'stuck', message: `it could not go on: ${readTaskError(error).reason}` } as const;
  const rollout = applyDecision(stored.rollout, { kind: 'roll-back', reason }, ports.clock.now());
  if ((await ports.rollouts.save({ ...stored, rollout })).kind === 'conflict') {
    throw new TransientError('The rollout was changed while it was to be given up.');
  }
  return { kind: 'given-up' };
}
