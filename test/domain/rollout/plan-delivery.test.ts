/** On which side a delivery runs: what was there just before goes back at once, unless two versions would write one volume. */
import { describe, expect, it } from 'vitest';
import { AT_ONCE, planDelivery } from '../../../lambdas/domain/rollout/plan-delivery.ts';
import type { StoredRollout } from '../../../lambdas/domain/rollout/stored.ts';

const [A, B] = ['a', 'b'].map((digit) => ({ commit: digit.repeat(40), digest: `sha256:${digit.repeat(64)}` })) as [
  { commit: string; digest: string },
  { commit: string; digest: string },
];
const SERVING = { ...B, side: 'green' } as const;
const PROMOTED = {
  rollout: { phase: 'promoted', plan: AT_ONCE, stable: { ...A, side: 'blue' }, candidate: SERVING },
} as unknown as StoredRollout;

describe('the version that served just before', () => {
  it('goes back at once, on the side that it was on', () => {
    expect(planDelivery(A.commit, SERVING, PROMOTED, undefined)).toMatchObject({
      kind: 'roll-out',
      side: 'blue',
      plan: AT_ONCE,
    });
  });

  it('replaces what serves in place when it has a volume: two sides must not write one', () => {
    for (const chosen of [undefined, AT_ONCE]) {
      expect(planDelivery(A.commit, SERVING, PROMOTED, chosen, true)).toEqual({
        kind: 'in-place',
        side: 'green',
        because: 'two versions cannot share its volume',
      });
    }
  });

  it('with a volume begins where nothing serves, like every other', () => {
    expect(planDelivery(A.commit, undefined, undefined, undefined, true)).toMatchObject({
      kind: 'in-place',
      side: 'blue',
    });
  });
});
