/**
 * Who started an execution: asked for by a state that waits, told by CloudTrail, in either order. Whoever comes second sees the other.
 */
import { describePerson } from '../../domain/approval/person.ts';
import { TransientError } from '../../domain/errors.ts';
import type { Starter } from '../../ports/starters.ts';
import type { ApprovalPorts } from './ports.ts';

/** The event, the state and the decision: more than these never meet. */
const TRIES = 5;

/** CloudTrail told who started an execution. Telling it twice is no error. */
export async function hearStarter(
  ports: ApprovalPorts,
  { execution, by }: { readonly execution: string; readonly by: string },
): Promise<{ readonly kind: 'heard' }> {
  const starter = await changeStarter(ports, execution, (known) => ({ ...known, by }));
  if (starter.token !== undefined) await ports.waiting.wake(starter.token, { kind: 'heard' });
  const approval = starter.approval === undefined ? undefined : await ports.approvals.load(starter.approval);
  if (approval?.decided === undefined) return { kind: 'heard' };
  await ports.history.append({
    environment: approval.environment,
    service: approval.service,
    generation: approval.generation,
    commit: approval.commit,
    at: ports.clock.now(),
    stage: 'approval',
    message: `It was ${describePerson(by)} who started ${execution} and decided "${approval.decided.decision}"`,
    level: 'info',
  });
  return { kind: 'heard' };
}

/** A state waits to hear who started its execution. INVARIANT: looked at after the token was saved. */
export async function waitForStarter(
  ports: ApprovalPorts,
  { execution, token }: { readonly execution: string; readonly token: string },
): Promise<{ readonly kind: 'waiting' | 'woken' }> {
  const starter = await changeStarter(ports, execution, (known) => ({ ...known, token }));
  if (starter.by === undefined) return { kind: 'waiting' };
  await ports.waiting.wake(token, { kind: 'heard' });
  return { kind: 'woken' };
}

/** A decision was taken before it was known whose it is: told in the history as soon as it is. */
export async function rememberApproval(ports: ApprovalPorts, execution: string, approval: string): Promise<void> {
  await changeStarter(ports, execution, (known) => ({ ...known, approval }));
}

async function changeStarter(
  { starters }: Pick<ApprovalPorts, 'starters'>,
  execution: string,
  change: (known: Starter) => Starter,
): Promise<Starter> {
  for (let count = 1; count <= TRIES; count += 1) {
    const changed = change((await starters.load(execution)) ?? { execution, version: 0 });
    if ((await starters.save(changed)) === 'saved') return changed;
  }
  throw new TransientError(`Who started ${execution} was changed by others ${String(TRIES)} times in a row.`);
}
