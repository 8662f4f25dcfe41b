/** What people see of rollouts on the command line, and how they decide there. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../cli/commands/decide.ts';
import { release } from '../../cli/commands/release.ts';
import { rollout } from '../../cli/commands/rollout.ts';
import { NO_TALLY } from '../../lambdas/domain/analysis/tally.ts';
import { approvalOf } from '../../lambdas/domain/rollout/approval.ts';
import type { StoredRollout } from '../../lambdas/domain/rollout/stored.ts';
import { CANARY } from '../workflows/rollout-plans.ts';
import { fakeWorld, readyRecord } from './fake-world.ts';

const STORED: StoredRollout = {
  environment: 'feature-login',
  service: 'orders',
  generation: 2,
  version: 0,
  taken: [],
  approval: 'a'.repeat(12),
  rollout: {
    plan: CANARY,
    candidate: { side: 'green', commit: 'b'.repeat(40), digest: 'sha256:b' },
    stable: { side: 'blue', commit: 'a'.repeat(40), digest: 'sha256:a' },
    phase: 'stepping',
    step: 1,
    stepSince: 0,
    startedAt: 0,
    shifted: { candidatePercent: 10, at: 0 },
    pausedFor: 0,
    stableReplicas: 2,
    deadline: 600_000,
    tally: NO_TALLY,
  },
};

describe('rollout', () => {
  it('shows the weights, the step it is at and what can be decided, ready to paste', async () => {
    const world = fakeWorld(readyRecord('feature-login', 'feature/login'));
    await world.rollouts.save(STORED);
    await rollout.run(world, ['feature-login', 'orders'], new Set());
    const text = world.lines.join('\n');
    expect(text).toContain('10 % on green (bbbbbbbb), 90 % on blue (aaaaaaaa)');
    expect(text).toMatch(/✓ +1 .*10 %/);
    expect(text).toMatch(/→ +2 .*wait 10 s/);
    expect(text).toContain(`npx espalier decide ${approvalOf(STORED)!.id} promote|abort|skip|pause`);
  });

  it('says why there is none when nothing was ever rolled out', async () => {
    const world = fakeWorld(readyRecord('feature-login', 'feature/login'));
    await expect(rollout.run(world, ['feature-login', 'orders'], new Set())).rejects.toThrow(/never rolled out/);
  });

  it('follows until it has ended', async () => {
    const world = fakeWorld(readyRecord('feature-login', 'feature/login'));
    await world.rollouts.save({ ...STORED, rollout: { ...STORED.rollout, phase: 'promoted' } });
    const event = { environment: 'feature-login', service: 'orders', at: 5, stage: 'rollout', level: 'info' } as const;
    world.happened.push({ ...event, message: '10 % of the requests to green' });
    await rollout.run(world, ['feature-login', 'orders'], new Set(['follow']));
    expect(world.notes.join('\n')).toContain('10 % of the requests to green');
    expect(world.lines[0]).toMatch(/^promoted/);
  });
});

describe('following a rollout', () => {
  it('shows weights, the step and the time left whenever it changes, and what to type when it asks', async () => {
    const world = fakeWorld(readyRecord('feature-login', 'feature/login'));
    const begun = world.clock.now();
    await world.rollouts.save({ ...STORED, rollout: { ...STORED.rollout, stepSince: begun } });
    const sleep = world.clock.sleep.bind(world.clock);
    let polls = 0;
    let asked = '';
    world.clock.sleep = async (milliseconds) => {
      await sleep(milliseconds);
      polls += 1;
      const stored = (await world.rollouts.load('feature-login', 'orders'))!;
      const until = begun + 3_600_000;
      if (polls === 3) {
        const question = { about: 'step', text: 'Go on?', until } as const;
        const asking = { ...stored, rollout: { ...stored.rollout, question } };
        asked = approvalOf(asking)!.id;
        await world.rollouts.save(asking);
      }
      if (polls === 5) await world.rollouts.save({ ...stored, rollout: { ...stored.rollout, phase: 'promoted' } });
    };
    await rollout.run(world, ['feature-login', 'orders'], new Set(['follow']));
    const notes = world.notes.join('\n');
    expect(notes).toMatch(/\[##-{18}\] 10 % on green.*step 2 of 5, wait 10 s, 10 s left/);
    expect(notes).toMatch(/waits for an answer, 60 min left/);
    // The id of the question, not of the place before it, which is stored until the rollout looks again.
    expect(notes).toContain(`npx espalier decide ${asked} approve|reject`);
    expect(world.lines[0]).toMatch(/^promoted/);
  });

  it('waits for the rollout of the delivery that is under way', async () => {
    const ready = readyRecord('feature-login', 'feature/login');
    const orders = ready.services['orders']!;
    const owner = { workflow: 'deliver-service', execution: 'x', input: '{}', generation: 2, claimedAt: 0 } as const;
    const world = fakeWorld({
      ...ready,
      services: { orders: { ...orders, owner: { ...owner, commit: 'b'.repeat(40), started: true } } },
    });
    const sleep = world.clock.sleep.bind(world.clock);
    world.clock.sleep = async (milliseconds) => {
      await sleep(milliseconds);
      if ((await world.rollouts.load('feature-login', 'orders')) === undefined) {
        await world.rollouts.save({ ...STORED, rollout: { ...STORED.rollout, phase: 'promoted' } });
      }
    };
    await rollout.run(world, ['feature-login', 'orders'], new Set(['follow']));
    expect(world.notes[0]).toContain('Commit bbbbbbbb is built and deployed; its rollout follows.');
    expect(world.lines[0]).toMatch(/^promoted/);
  });
});

describe('decide', () => {
  it('sends what was said, and says what came of it', async () => {
    const world = fakeWorld();
    await decide.run(world, ['a'.repeat(12), 'approve', 'looks well'], new Set());
    expect(world.decided).toEqual([{ approval: 'a'.repeat(12), decision: 'approve', comment: 'looks well' }]);
    expect(world.lines).toEqual(['It counts.']);
  });

  it('says that more people are needed, which is no failure', async () => {
    const world = fakeWorld();
    world.answer = { kind: 'counted', message: '1 of 2 said so.' };
    await decide.run(world, ['a'.repeat(12), 'approve'], new Set());
    expect(world.lines).toEqual(['1 of 2 said so.']);
  });

  it('says why a decision does not count', async () => {
    const world = fakeWorld();
    world.answer = { kind: 'refused', reason: 'It was decided already.' };
    await expect(decide.run(world, ['a'.repeat(12), 'reject'], new Set())).rejects.toThrow('It was decided already.');
  });

  it('names the nearest decision to a mistyped one', async () => {
    await expect(decide.run(fakeWorld(), ['a'.repeat(12), 'aprove'], new Set())).rejects.toThrow(
      /Did you mean approve/,
    );
  });
});

describe('release', () => {
  const DARK: StoredRollout = {
    ...STORED,
    rollout: { ...STORED.rollout, phase: 'dark', darkUntil: 9_000_000, shifted: { candidatePercent: 0, at: 0 } },
  };

  it('decides under the approval of the version that waits, so that nobody looks up an id', async () => {
    const world = fakeWorld(readyRecord('feature-login', 'feature/login'));
    await world.rollouts.save(DARK);
    await release.run(world, ['feature-login', 'orders', 'as planned'], new Set());
    expect(world.decided).toEqual([{ approval: 'a'.repeat(12), decision: 'release', comment: 'as planned' }]);
  });

  it('says what there is when nothing waits', async () => {
    const world = fakeWorld(readyRecord('feature-login', 'feature/login'));
    await expect(release.run(world, ['feature-login', 'orders'], new Set())).rejects.toThrow(/no version that waits/);
    await world.rollouts.save(STORED);
    await expect(release.run(world, ['feature-login', 'orders'], new Set())).rejects.toThrow(
      /latest rollout is stepping.*dark: true/,
    );
  });
});
