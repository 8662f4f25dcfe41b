/** What single facts do to a record, as requirements. */
import { describe, expect, it } from 'vitest';
import { requestDelivery, requestRemoval } from '../../../lambdas/domain/environment/by-hand.ts';
import { checkpoint, claim, claimedByHand, dueWork, renameOwner } from '../../../lambdas/domain/environment/claim.ts';
import { newRecord } from '../../../lambdas/domain/environment/new-record.ts';
import { fedBy, observeBranch, observeLost, type Head } from '../../../lambdas/domain/environment/observe-branch.ts';
import type { Applied, Change, EnvironmentRecord, Failure } from '../../../lambdas/domain/environment/record.ts';
import { observeDrift } from '../../../lambdas/domain/environment/observe-drift.ts';
import { allowRetry, isRetried, retriesDue, retryDelay } from '../../../lambdas/domain/environment/retry.ts';
import { ATTEMPTS_LIMIT } from '../../../lambdas/domain/environment/services.ts';
import {
  freeOwner,
  recordApplied,
  recordFailure,
  recordName,
  recordRemovalFailure,
  recordRemoved,
  recordWithdrawn,
  stepAside,
} from '../../../lambdas/domain/environment/settle.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const C = 'c'.repeat(40);
const DELIVER = { workflow: 'deliver-service', service: 'orders' } as const;
const WITHDRAW = { workflow: 'withdraw-service', service: 'orders' } as const;
const REMOVE = { workflow: 'withdraw-service' } as const;

/** The record after the change; a refusal is an error of the test. */
function after(change: Change, unchanged?: EnvironmentRecord): EnvironmentRecord {
  if (change.kind === 'changed') return change.record;
  if (change.kind === 'unchanged' && unchanged !== undefined) return unchanged;
  throw new Error(change.kind === 'refused' ? change.message : 'Nothing changed.');
}

const see = (record: EnvironmentRecord, head: Head, service = 'orders'): EnvironmentRecord =>
  after(observeBranch(record, { service, repository: service, head, now: 1_000 }), record);
const pushed = (record: EnvironmentRecord, commit: string, service = 'orders'): EnvironmentRecord =>
  see(record, { kind: 'commit', commit }, service);
const gone = (record: EnvironmentRecord, service = 'orders'): EnvironmentRecord =>
  see(record, { kind: 'gone' }, service);
const empty = (kind: 'feature' | 'integration' = 'feature'): EnvironmentRecord =>
  newRecord('feature-x', kind, 'feature/x', 0);
const claimed = (record: EnvironmentRecord, work: Parameters<typeof claim>[1] = DELIVER): EnvironmentRecord =>
  after(claim(record, work, 2_000));
const applied = (generation: number, commit = A): Applied => ({
  commit,
  digest: 'sha256:0',
  generation,
  side: 'blue',
  at: 3_000,
});
const running = (kind: 'feature' | 'integration' = 'feature'): EnvironmentRecord =>
  after(recordApplied(claimed(pushed(empty(kind), A)), 'orders', applied(1)));
/** A is applied, and B failed so often. */
const failedBeside = (kind: Failure['kind'] = 'rejected', attempts = 1): EnvironmentRecord => {
  let record = pushed(running(), B);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const begun = claimed(attempt === 1 ? record : after(allowRetry(record, 'orders')));
    record = after(recordFailure(begun, 'orders', failed(kind, attempt + 1)));
  }
  return record;
};
const failed = (kind: 'rejected' | 'transient' | 'bug', generation: number) => ({
  kind,
  reason: 'why',
  generation,
  at: 4_000,
});

describe('a push', () => {
  it('makes a delivery due', () => {
    expect(dueWork(pushed(empty(), A))).toEqual([DELIVER]);
  });

  it('of what is already wanted changes nothing', () => {
    const record = pushed(empty(), A);
    const again = observeBranch(record, {
      service: 'orders',
      repository: 'orders',
      head: { kind: 'commit', commit: A },
      now: 9,
    });
    expect(again).toEqual({ kind: 'unchanged' });
  });

  it('of what is already applied is nothing to do', () => {
    expect(dueWork(running())).toEqual([]);
  });

  it('during a delivery supersedes it at the next safe point, and is due once it stepped aside', () => {
    const record = pushed(claimed(pushed(empty(), A)), B);
    expect(checkpoint(record, 'orders', 1)).toBe('superseded');
    expect(dueWork(record)).toEqual([]);
    expect(dueWork(after(stepAside(record, 'orders', 1)))).toEqual([DELIVER]);
  });

  it('during a removal waits until the namespace is gone, and then begins the next life', () => {
    const removing = pushed(claimed(gone(running()), REMOVE), B);
    expect(removing.phase).toBe('removing');
    expect(dueWork(removing)).toEqual([]);
    const removed = after(recordRemoved(removing, 1, 5_000));
    expect(dueWork(removed)).toEqual([DELIVER]);
    const revived = claimed(removed);
    expect(revived.phase).toBe('active');
    expect(revived.incarnation).toBe(2);
    expect(revived.forgetAt).toBeUndefined();
    expect(revived.services['orders']?.generation).toBe(2);
  });

  it('lets a removal that got stuck be tried again', () => {
    const stuck = after(recordRemovalFailure(claimed(gone(running()), REMOVE), failed('transient', 1)));
    expect(dueWork(stuck)).toEqual([]);
    expect(dueWork(pushed(stuck, B))).toEqual([REMOVE]);
  });

  it('to one service does not wait for the other', () => {
    const record = pushed(claimed(pushed(empty(), A)), A, 'web');
    expect(dueWork(record)).toEqual([{ workflow: 'deliver-service', service: 'web' }]);
  });
});

describe('deleting a branch', () => {
  it('withdraws only its service while another is wanted', () => {
    expect(dueWork(gone(pushed(running(), A, 'web')))).toEqual(
      [{ workflow: 'deliver-service', service: 'web' }, WITHDRAW].toReversed(),
    );
  });

  it('removes the environment when nothing else is wanted, services and all', () => {
    const record = gone(running());
    expect(dueWork(record)).toEqual([REMOVE]);
    const removed = after(recordRemoved(claimed(record, REMOVE), 1, 5_000));
    expect(removed.phase).toBe('removed');
    expect(removed.services['orders']).toMatchObject({ touched: false, generation: 1 });
    expect(removed.services['orders']?.applied).toBeUndefined();
    expect(removed.forgetAt).toBeGreaterThan(5_000 + 90 * 86_400_000);
  });

  it('waits for a delivery to step aside before anything is removed', () => {
    const record = gone(claimed(pushed(empty(), A)));
    expect(dueWork(record)).toEqual([]);
    expect(dueWork(after(stepAside(record, 'orders', 1)))).toEqual([REMOVE]);
  });

  it('takes nothing out of a lasting environment, and says so once', () => {
    const record = gone(running('integration'));
    expect(record.services['orders']?.branchGone).toBe(1_000);
    expect(record.services['orders']?.applied).toBeDefined();
    expect(dueWork(record)).toEqual([]);
    expect(
      observeBranch(record, { service: 'orders', repository: 'orders', head: { kind: 'gone' }, now: 9 }).kind,
    ).toBe('unchanged');
    expect(pushed(record, A).services['orders']?.branchGone).toBeUndefined();
    expect(pushed(record, B).services['orders']?.branchGone).toBeUndefined();
  });

  it('of a lasting environment that never had it changes nothing', () => {
    expect(
      observeBranch(empty('integration'), { service: 'orders', repository: 'orders', head: { kind: 'gone' }, now: 9 })
        .kind,
    ).toBe('unchanged');
  });
});

describe('by hand', () => {
  it('a removal holds until another commit is pushed', () => {
    const held = after(requestRemoval(running(), undefined, 5_000));
    expect(dueWork(held)).toEqual([REMOVE]);
    expect(pushed(held, A)).toBe(held);
    expect(pushed(held, B).services['orders']?.desired).toMatchObject({ kind: 'commit', commit: B });
  });

  it('a removal is remembered for as long as its branch lives', () => {
    const removed = after(recordRemoved(claimed(after(requestRemoval(running(), undefined, 5_000)), REMOVE), 1, 6_000));
    expect(removed.forgetAt).toBeUndefined();
    expect(gone(removed).forgetAt).toBeDefined();
  });

  it('a lasting environment is not removed as a whole, but a service of it can be retired', () => {
    expect(requestRemoval(running('integration'), undefined, 5_000)).toMatchObject({
      kind: 'refused',
      reason: 'lasting-environment',
    });
    const retired = after(requestRemoval(running('integration'), 'orders', 5_000));
    expect(dueWork(retired)).toEqual([WITHDRAW]);
  });

  it('a service that is not there is refused by name', () => {
    const change = requestRemoval(running(), 'wbe', 5_000);
    expect(change).toMatchObject({ kind: 'refused', message: 'feature-x has no service "wbe". Its services: orders.' });
  });

  it('what is already applied is delivered again', () => {
    const wish = { service: 'orders', repository: 'orders', commit: A, now: 5_000 };
    const record = after(requestDelivery(running(), wish));
    expect(dueWork(record)).toEqual([DELIVER]);
    expect(dueWork(after(recordApplied(claimed(record), 'orders', applied(2))))).toEqual([]);
  });

  it('what is delivered is delivered again afterwards', () => {
    const record = after(
      requestDelivery(claimed(pushed(empty(), A)), { service: 'orders', repository: 'orders', commit: A, now: 5_000 }),
    );
    expect(dueWork(record)).toEqual([]);
    expect(dueWork(after(recordApplied(record, 'orders', applied(1))))).toEqual([DELIVER]);
  });

  it("a person's execution is known as such, and ours of the same name is not", () => {
    const theirs = after(claim(pushed(empty(), A), DELIVER, 2_000, 'feature-x-orders-1'));
    expect(claimedByHand(theirs, 'feature-x-orders-1')).toEqual({ service: 'orders' });
    expect(claimedByHand(claimed(pushed(empty(), A)), 'feature-x-orders-1')).toBeUndefined();
  });
});

describe('a failure', () => {
  const record = after(recordFailure(claimed(pushed(running(), B)), 'orders', failed('rejected', 2)));

  it('leaves what was applied before, and blocks until something new is known', () => {
    expect(record.services['orders']?.applied?.commit).toBe(A);
    expect(dueWork(record)).toEqual([]);
    expect(dueWork(pushed(record, 'c'.repeat(40)))).toEqual([DELIVER]);
  });

  it('is cleaned up by going back to what is applied: its pods may still be there', () => {
    expect(dueWork(pushed(record, A))).toEqual([DELIVER]);
    const back = claimed(pushed(record, A));
    expect(dueWork(after(recordApplied(back, 'orders', applied(3))))).toEqual([]);
  });

  it('of an older commit does not block the newer one', () => {
    const newer = after(recordFailure(pushed(claimed(pushed(empty(), A)), B), 'orders', failed('rejected', 1)));
    expect(newer.services['orders']?.failure).toBeUndefined();
    expect(dueWork(newer)).toEqual([DELIVER]);
  });

  it('that passes is tried again with growing delay, up to a limit', () => {
    let current = after(recordFailure(claimed(pushed(empty(), A)), 'orders', failed('transient', 1)));
    for (let attempts = 1; attempts < ATTEMPTS_LIMIT; attempts += 1) {
      expect(current.services['orders']?.failure?.attempts).toBe(attempts);
      expect(retriesDue(current, 4_000 + retryDelay(attempts) - 1)).toEqual([]);
      expect(retriesDue(current, 4_000 + retryDelay(attempts))).toEqual(['orders']);
      current = claimed(after(allowRetry(current, 'orders')));
      current = after(recordFailure(current, 'orders', failed('transient', attempts + 1)));
    }
    expect(current.services['orders']?.failure?.attempts).toBe(ATTEMPTS_LIMIT);
    expect(retriesDue(current, Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(isRetried({ kind: 'transient', attempts: ATTEMPTS_LIMIT })).toBe(false);
  });

  it('that was rejected waits for a push, for ever', () => {
    expect(retriesDue(record, Number.MAX_SAFE_INTEGER)).toEqual([]);
  });

  it('of a removal is tried again for ever, at least once an hour', () => {
    const stuck = after(recordRemovalFailure(claimed(gone(running()), REMOVE), failed('bug', 1)));
    expect(retriesDue(stuck, 4_000 + 3_600_000)).toEqual([undefined]);
    expect(retryDelay(50)).toBe(3_600_000);
  });
});

describe('an execution that ended without saying so', () => {
  it('is freed and tried again at once the first time, later with delay, and at last no more', () => {
    let record = claimed(pushed(empty(), A));
    for (let attempt = 1; attempt <= ATTEMPTS_LIMIT; attempt += 1) {
      const { execution } = record.services['orders']?.owner ?? { execution: '' };
      record = after(freeOwner(record, 'orders', execution, 5_000));
      expect(record.services['orders']?.failure).toMatchObject({ kind: 'transient', attempts: attempt });
      expect(dueWork(record)).toEqual(attempt === 1 ? [DELIVER] : []);
      if (attempt < ATTEMPTS_LIMIT) record = claimed(attempt === 1 ? record : after(allowRetry(record, 'orders')));
    }
    expect(retriesDue(record, Number.MAX_SAFE_INTEGER)).toEqual([]);
  });

  it('frees nobody else', () => {
    expect(freeOwner(claimed(pushed(empty(), A)), 'orders', 'another', 5_000).kind).toBe('unchanged');
  });
});

describe('a fact whose answer was lost', () => {
  it('changes nothing when it is told again', () => {
    const delivering = claimed(pushed(empty(), A));
    const isApplied = after(recordApplied(delivering, 'orders', applied(1)));
    expect(recordApplied(isApplied, 'orders', applied(1)).kind).toBe('unchanged');
    const hasFailed = after(recordFailure(delivering, 'orders', failed('rejected', 1)));
    expect(recordFailure(hasFailed, 'orders', failed('rejected', 1)).kind).toBe('unchanged');
    const withdrawing = claimed(gone(pushed(running(), A, 'web')), WITHDRAW);
    const withdrawn = after(recordWithdrawn(withdrawing, 'orders', 2));
    expect(recordWithdrawn(withdrawn, 'orders', 2).kind).toBe('unchanged');
    const removing = claimed(gone(running()), REMOVE);
    const removed = after(recordRemoved(removing, 1, 5_000));
    expect(recordRemoved(removed, 1, 6_000).kind).toBe('unchanged');
    const stuck = after(recordRemovalFailure(removing, failed('transient', 1)));
    expect(recordRemovalFailure(stuck, failed('transient', 1)).kind).toBe('unchanged');
  });

  it('of an earlier generation is refused', () => {
    const second = claimed(pushed(running(), B));
    expect(recordFailure(second, 'orders', failed('rejected', 1))).toMatchObject({
      kind: 'refused',
      reason: 'superseded',
    });
    expect(recordRemoved(second, 1, 5_000)).toMatchObject({ kind: 'refused', reason: 'superseded' });
    expect(stepAside(second, 'orders', 1)).toMatchObject({ kind: 'refused', reason: 'superseded' });
  });
});

describe('the name of a service', () => {
  const delivering = claimed(pushed(empty(), A));

  it('belongs to one repository of the environment', () => {
    const named = after(recordName(delivering, 'orders', 1, 'shop'));
    const second = claimed(pushed(named, A, 'web'), { workflow: 'deliver-service', service: 'web' });
    expect(recordName(second, 'web', 1, 'shop')).toMatchObject({ kind: 'refused', reason: 'name-taken' });
    expect(recordName(second, 'web', 1, 'web').kind).toBe('changed');
  });

  it.each(['blue', 'green', 'baseline'])(
    'is not that of the %s part of another service, whoever comes first',
    (part) => {
      const whole = after(recordName(delivering, 'orders', 1, 'shop'));
      const second = claimed(pushed(whole, A, 'web'), { workflow: 'deliver-service', service: 'web' });
      const refusal = recordName(second, 'web', 1, `shop-${part}`);
      expect(refusal).toMatchObject({ kind: 'refused', reason: 'name-taken' });
      expect(refusal.kind === 'refused' ? refusal.message : '').toContain(
        `The service "shop-${part}" would be called in feature-x as what rollouts make of the service "shop"`,
      );
      expect(recordName(second, 'web', 1, `shop-${part}s`).kind).toBe('changed');
      const first = after(recordName(delivering, 'orders', 1, `shop-${part}`));
      const later = claimed(pushed(first, A, 'web'), { workflow: 'deliver-service', service: 'web' });
      expect(recordName(later, 'web', 1, 'shop')).toMatchObject({ kind: 'refused', reason: 'name-taken' });
    },
  );

  it('is fixed while the service runs', () => {
    const named = after(recordName(delivering, 'orders', 1, 'shop'));
    const again = claimed(pushed(after(recordApplied(named, 'orders', applied(1))), B));
    expect(recordName(again, 'orders', 2, 'shop').kind).toBe('unchanged');
    expect(recordName(again, 'orders', 2, 'store')).toMatchObject({ kind: 'refused', reason: 'name-changed' });
  });
});

describe('an owner whose name is taken', () => {
  it('gets another that nobody can have, once', () => {
    const record = claimed(pushed(empty(), A));
    const renamed = after(renameOwner(record, 'orders', 1));
    expect(renamed.services['orders']?.owner?.execution).toMatch(/^feature-x-orders-1-[0-9a-f]{8}$/);
    expect(renameOwner(renamed, 'orders', 1).kind).toBe('unchanged');
  });
});

describe('a namespace that is lost', () => {
  it('makes everything due again that nobody works on', () => {
    const record = claimed(pushed(running(), A, 'web'), { workflow: 'deliver-service', service: 'web' });
    const lost = after(observeLost(record, 5));
    expect(dueWork(lost)).toEqual([DELIVER]);
    expect(observeLost(lost, 5).kind).toBe('unchanged');
    expect(observeLost(claimed(gone(running()), REMOVE), 5).kind).toBe('unchanged');
  });
  it('brings back the version before where the newest commit could not be delivered', () => {
    const lost = after(observeLost(failedBeside(), 5));
    expect(dueWork(lost)).toEqual([DELIVER]);
    expect(lost.services['orders']).toMatchObject({ desired: { kind: 'commit', commit: A }, held: B });
  });
});

describe('a service that is not as it was applied', () => {
  const found = (record: EnvironmentRecord) => observeDrift(record, 'orders', 5);
  const drifted = (record: EnvironmentRecord): EnvironmentRecord => {
    const change = found(record);
    return change.kind === 'undone-again' ? record : after(change);
  };

  it('is due again, three times within an hour', () => {
    const record = drifted(running());
    expect(dueWork(record)).toEqual([DELIVER]);
    expect(record.services['orders']).toMatchObject({ desired: { commit: A }, healed: { since: 5, times: 1 } });
    expect(found(drifted(drifted(record))).kind).toBe('undone-again');
  });
  it('gets the version before back where the newest commit could not be delivered, which waits for the next push', () => {
    const record = drifted(failedBeside());
    expect(dueWork(record)).toEqual([DELIVER]);
    const { orders } = record.services;
    expect(orders).toMatchObject({ desired: { kind: 'commit', commit: A }, held: B, healed: { times: 1 } });
    expect(orders).not.toHaveProperty('failure');
    expect(drifted(failedBeside('transient', ATTEMPTS_LIMIT)).services['orders']).toMatchObject({ held: B });
    // The same head is no news; another is.
    expect(pushed(record, B)).toEqual(record);
    expect(pushed(record, C).services['orders']?.desired).toMatchObject({ commit: C });
  });
  it('is left to the attempt that follows by itself, and to people where what is applied failed itself', () => {
    expect(found(failedBeside('transient')).kind).toBe('unchanged');
    const again = claimed(drifted(running()));
    expect(found(after(recordFailure(again, 'orders', failed('rejected', 2)))).kind).toBe('unchanged');
  });
});

describe('a lasting environment', () => {
  it('is fed by the branch that the settings name now', () => {
    const record = running('integration');
    expect(fedBy(record, record.branch ?? '')).toBe(record);
    expect(fedBy(record, 'develop').branch).toBe('develop');
  });
});
