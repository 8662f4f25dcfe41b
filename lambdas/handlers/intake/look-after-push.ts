/**
 * A branch event: remembers who brought the commit in, then looks at the branch. Separate from looking, which others ask for too and
 * which believes no event.
 */
import type { IntakeInput } from '../../contracts/inputs.ts';
import type { Pushed } from '../../contracts/payloads.ts';
import { fitsAny } from '../../domain/branches/pattern.ts';
import { lookAtBranch, type LookAnswer } from './look-at-branch.ts';
import type { IntakePorts } from './intake-ports.ts';

/** A look that an event asked for, with what it told about a commit. */
export type BranchLook = Extract<IntakeInput, { action: 'look' }> & { readonly pushed?: Pushed };

/** Remembers the push also of branches that nothing is delivered from: a commit may be merged later. */
export async function lookAfterPush(ports: IntakePorts, look: BranchLook): Promise<LookAnswer> {
  const { repository, pushed } = look;
  if (pushed !== undefined && fitsAny(repository, ports.rules.repositories)) {
    await ports.pushes.remember(repository, pushed);
  }
  return lookAtBranch(ports, look);
}
