/**
 * A state waits: its token is kept where a decision finds it. Whoever comes second, token or decision, sees the other.
 */
import type { WakeOutput } from '../../contracts/payloads.ts';
import type { Approval } from '../../domain/rollout/approval.ts';
import { changeApproval } from './change-approval.ts';
import type { ApprovalPorts } from './ports.ts';

/** Keeps the token; wakes at once when what is waited for has happened already. */
export async function waitForDecision(
  ports: ApprovalPorts,
  { approval: id, token }: { readonly approval: string; readonly token: string },
): Promise<{ readonly kind: 'waiting' | 'woken' }> {
  const kept = await changeApproval<never>(ports, id, (approval) => Promise.resolve({ ...approval, token }));
  if ('refusal' in kept) return { kind: 'waiting' };
  const output = await happened(ports, kept.approval);
  if (output === undefined) return { kind: 'waiting' };
  await ports.waiting.wake(token, output);
  return { kind: 'woken' };
}

/** INVARIANT: asked after the token was saved: of two that save at once at least one sees the other. */
async function happened(ports: ApprovalPorts, approval: Approval): Promise<WakeOutput | undefined> {
  if (approval.decided !== undefined) return { kind: 'decided', decision: approval.decided.decision };
  const stored = await ports.rollouts.load(approval.environment, approval.service);
  if (stored?.generation !== approval.generation || stored.approval !== approval.id) return { kind: 'changed' };
  const { phase } = stored.rollout;
  if (phase === 'promoted' || phase === 'rolled-back') return undefined;
  const desired = (await ports.records.load(approval.environment))?.services[approval.service]?.desired;
  return desired?.kind === 'commit' && desired.commit === approval.commit ? undefined : { kind: 'changed' };
}
