/** Read, change, save; on a conflict again. Separate because a token and a decision may arrive at the same moment. */
import type { Approval } from '../../domain/rollout/approval.ts';
import { RejectedError, TransientError } from '../../domain/errors.ts';
import type { ApprovalPorts } from './ports.ts';

/** A state stores its token, a person decides, a call is repeated: more than a few at once never meet. */
const TRIES = 10;

/** What whoever mistyped an id is told. */
export const NOTHING_TO_DECIDE = (id: string): string =>
  `There is nothing to decide under ${id}. The id stands in the notice, and in \`npx espalier rollout NAME SERVICE\`.`;

/** Applies a change until it is saved; the change may refuse by answering undefined. */
export async function changeApproval<Refusal>(
  { approvals }: Pick<ApprovalPorts, 'approvals'>,
  id: string,
  change: (approval: Approval) => Promise<Approval | { readonly refusal: Refusal }>,
): Promise<{ readonly approval: Approval } | { readonly refusal: Refusal }> {
  for (let count = 1; count <= TRIES; count += 1) {
    const approval = await approvals.load(id);
    if (approval === undefined) {
      throw new RejectedError(NOTHING_TO_DECIDE(id));
    }
    const changed = await change(approval);
    if ('refusal' in changed) return changed;
    const saved = await approvals.save(changed);
    if (saved.kind === 'saved') return { approval: saved.approval };
  }
  throw new TransientError(`The approval ${id} was changed by others ${String(TRIES)} times in a row.`);
}
