/**
 * Tells a rollout that waits that something else is wanted by now. Separate because it only saves time: a rollout that nobody wakes
 * finds out when its wait is over.
 */
import type { WakeOutput } from '../../contracts/payloads.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import type { IntakePorts } from './intake-ports.ts';

/** Wakes what waits for the delivery that the change of this service made unwanted. */
export async function wakeRollout(
  ports: Pick<IntakePorts, 'rollouts' | 'approvals' | 'waiting'>,
  before: EnvironmentRecord,
  after: EnvironmentRecord,
  key: string,
): Promise<void> {
  const { owner, dark } = before.services[key] ?? {};
  const desired = after.services[key]?.desired;
  // Whoever delivers waits for an answer; for what is dark somebody waits until it is released.
  const waiting = owner ?? dark;
  if (waiting?.commit === undefined || (desired?.kind === 'commit' && desired.commit === waiting.commit)) return;
  const stored = await ports.rollouts.load(after.id, key);
  if (stored?.generation !== waiting.generation || stored.approval === undefined) return;
  const approval = await ports.approvals.load(stored.approval);
  const output: WakeOutput = { kind: 'changed' };
  if (approval?.token !== undefined) await ports.waiting.wake(approval.token, output);
}
