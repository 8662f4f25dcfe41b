/** What every store of rollouts and approvals must do; run against the fake and against the table. */
import { expect, it } from 'vitest';
import { NO_TALLY } from '../../../lambdas/domain/analysis/tally.ts';
import { approvalOf } from '../../../lambdas/domain/rollout/approval.ts';
import { AT_ONCE } from '../../../lambdas/domain/rollout/plan-delivery.ts';
import type { StoredRollout } from '../../../lambdas/domain/rollout/stored.ts';
import type { Approvals, Rollouts } from '../../../lambdas/ports/rollouts.ts';

const STORED: StoredRollout = {
  environment: 'feature-login',
  service: 'orders',
  generation: 2,
  version: 0,
  taken: [],
  rollout: {
    plan: AT_ONCE,
    candidate: { side: 'green', commit: 'b'.repeat(40), digest: 'sha256:b' },
    stable: { side: 'blue', commit: 'a'.repeat(40), digest: 'sha256:a' },
    phase: 'stepping',
    step: 0,
    stepSince: 0,
    startedAt: 0,
    shifted: { candidatePercent: 0, at: 0 },
    pausedFor: 0,
    stableReplicas: 2,
    deadline: 600_000,
    tally: NO_TALLY,
  },
};

export function rolloutsContract(
  make: () => Promise<{ readonly rollouts: Rollouts; readonly approvals: Approvals }>,
): void {
  it('begin empty and answer what was saved', async () => {
    const { rollouts, approvals } = await make();
    expect(await rollouts.load('feature-login', 'orders')).toBeUndefined();
    expect(await rollouts.save(STORED)).toEqual({ kind: 'saved', stored: { ...STORED, version: 1 } });
    expect(await rollouts.load('feature-login', 'orders')).toEqual({ ...STORED, version: 1 });
    expect(await rollouts.load('feature-login', 'web')).toBeUndefined();
    const asked = approvalOf(STORED)!;
    expect(await approvals.load(asked.id)).toBeUndefined();
    expect((await approvals.save(asked)).kind).toBe('saved');
    expect(await approvals.load(asked.id)).toEqual({ ...asked, version: 1 });
  });

  it('let exactly one of two decisions and one of two advances be saved', async () => {
    const { rollouts, approvals } = await make();
    const advances = await Promise.all([rollouts.save(STORED), rollouts.save(STORED)]);
    expect(advances.map(({ kind }) => kind).toSorted()).toEqual(['conflict', 'saved']);
    const asked = { ...approvalOf(STORED)!, decided: { by: 'ada', at: 1, decision: 'abort' } } as const;
    const decisions = await Promise.all([approvals.save(asked), approvals.save(asked)]);
    expect(decisions.map(({ kind }) => kind).toSorted()).toEqual(['conflict', 'saved']);
  });
}
