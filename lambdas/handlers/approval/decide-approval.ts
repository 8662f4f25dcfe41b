/**
 * A person decides. Taken once, only while it is asked, and audited with who and when.
 */
import type { DecideAnswer } from '../../contracts/inputs.ts';
import type { DecideInput, WakeOutput } from '../../contracts/payloads.ts';
import { judgeDecision } from '../../domain/rollout/approval.ts';
import { changeApproval } from './change-approval.ts';
import type { ApprovalPorts } from './ports.ts';

/** Takes the decision, or says why it does not count. */
export async function decideApproval(
  ports: ApprovalPorts,
  { approval: id, decision, comment }: DecideInput,
  by: string,
): Promise<DecideAnswer> {
  const at = ports.clock.now();
  const changed = await changeApproval<string>(ports, id, async (approval) => {
    const stored = await ports.rollouts.load(approval.environment, approval.service);
    const judged = judgeDecision(approval, stored, decision, at);
    if (judged.kind === 'refused') return { refusal: judged.reason };
    return { ...approval, decided: { by, at, decision, ...(comment !== undefined && { comment }) } };
  });
  if ('refusal' in changed) return { kind: 'refused', reason: changed.refusal };
  const { approval } = changed;
  const output: WakeOutput = { kind: 'decided', decision };
  if (approval.token !== undefined) await ports.waiting.wake(approval.token, output);
  const said = comment === undefined ? '' : `: ${comment}`;
  await ports.history.append({
    environment: approval.environment,
    service: approval.service,
    generation: approval.generation,
    commit: approval.commit,
    at,
    stage: 'approval',
    message: `${by} decided "${decision}" at "${approval.step}"${said}`,
    level: 'info',
  });
  return { kind: 'taken', message: `"${decision}" counts for ${approval.service} in ${approval.environment}.` };
}
