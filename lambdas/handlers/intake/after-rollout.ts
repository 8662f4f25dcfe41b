/**
 * What people decide once a rollout has ended: back to the version before, or the same one again. Separate because both are wishes
 * about the record, and an ordinary delivery does the rest.
 */
import type { Claim } from '../../contracts/payloads.ts';
import { requestRetry, requestRollBack } from '../../domain/environment/by-hand.ts';
import type { Change, EnvironmentRecord } from '../../domain/environment/record.ts';
import type { StoredRollout } from '../../domain/rollout/stored.ts';
import { changeRecord } from './change-record.ts';
import type { IntakePorts } from './intake-ports.ts';
import type { RecordedAnswer } from './record-outcome.ts';
import { startDueWork } from './start-due-work.ts';

/** What becomes of the version, by the decision. */
const AGAIN: Readonly<Record<string, string>> = { retry: 'Tries again', release: 'Releases it', drop: 'Drops it' };

interface Wish {
  readonly claim: Claim;
  readonly approval: string;
}

/** Wants the version that served before this rollout. */
export function rollBack(ports: IntakePorts, wish: Wish): Promise<RecordedAnswer> {
  const { service, generation } = wish.claim;
  return wanted(
    ports,
    wish,
    'Rolls back',
    ({ rollout }) =>
      (record) =>
        requestRollBack(record, { service, generation, commit: rollout.stable.commit, now: ports.clock.now() }),
  );
}

/** Wants the version of this rollout again: tried once more, released, or dropped; the rollout itself knows which. */
export function deliverAgain(ports: IntakePorts, wish: Wish): Promise<RecordedAnswer> {
  const { service } = wish.claim;
  return wanted(
    ports,
    wish,
    undefined,
    ({ rollout }) =>
      (record) =>
        requestRetry(record, { service, commit: rollout.candidate.commit }),
  );
}

async function wanted(
  ports: IntakePorts,
  { claim, approval }: Wish,
  what: string | undefined,
  transitionOf: (stored: StoredRollout) => (record: EnvironmentRecord) => Change,
): Promise<RecordedAnswer> {
  const stored = await ports.rollouts.load(claim.environment, claim.service);
  // A newer rollout began: the decision came too late, and nothing is to be done.
  if (stored?.generation !== claim.generation) return { kind: 'recorded' };
  const decided = (await ports.approvals.load(approval))?.decided;
  const changed = await changeRecord(ports, claim.environment, transitionOf(stored));
  if (changed === undefined) return { kind: 'recorded' };
  await startDueWork(ports, changed.record);
  const by = decided === undefined ? '' : `: ${decided.by} decided so`;
  const done = what ?? AGAIN[decided?.decision ?? ''] ?? 'Was not released in its time';
  await ports.history.append({
    environment: claim.environment,
    service: claim.service,
    generation: claim.generation,
    at: ports.clock.now(),
    stage: 'intake',
    message: changed.kind === 'refused' ? changed.message : `${done}${by}`,
    level: changed.kind === 'refused' ? 'warning' : 'info',
  });
  return { kind: changed.kind === 'refused' ? 'refused' : 'recorded' };
}
