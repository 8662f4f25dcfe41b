/** Rollouts through the real state machines, from a push to the retired side, on virtual time. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../lambdas/domain/rollout/step.ts';
import { RolloutWorld } from './rollout-world.ts';

const CANARY: Plan = {
  name: 'canary',
  keepSeconds: 60,
  intervalSeconds: 5,
  steps: [
    { kind: 'shift', candidatePercent: 10 },
    { kind: 'pause', seconds: 10 },
    { kind: 'shift', candidatePercent: 50 },
    { kind: 'pause', seconds: 10 },
    { kind: 'shift', candidatePercent: 100 },
  ],
};

describe('a canary', () => {
  it('given a service that serves, when a commit is pushed, then it takes 10, 50 and 100 % and becomes stable', async () => {
    const world = new RolloutWorld(CANARY);
    await world.deliver();
    const begun = world.clock.now();
    const commit = await world.deliver();
    expect(world.shares('green')).toEqual([0, 10, 50, 100]);
    expect(world.traffic()).toEqual({ blue: 0, green: 100, header: false, plain: 'green' });
    expect((await world.service())?.applied).toMatchObject({ commit, side: 'green' });
    expect(world.unserved).toEqual([]);
    expect(world.clock.now() - begun).toBeLessThan(30_000);
  });
});
