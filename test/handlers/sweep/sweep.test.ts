/** The function `sweep`: never two at once, nothing removed for want of knowledge, people asked once. */
import { describe, expect, it } from 'vitest';
import type { SweepItem } from '../../../lambdas/contracts/payloads.ts';
import { TransientError } from '../../../lambdas/domain/errors.ts';
import { compareBranchesWithRecords } from '../../../lambdas/handlers/sweep/compare-branches.ts';
import { beginSweep, finishSweep } from '../../../lambdas/handlers/sweep/lease.ts';
import { IntakeWorld } from '../intake-world.ts';

const begin = (world: IntakeWorld, execution: string): Promise<unknown> => beginSweep(world.sweep, { execution });
const finish = (world: IntakeWorld, execution: string, questions: readonly string[] = []): Promise<unknown> =>
  finishSweep(world.sweep, { execution, questions, failures: [] });

/** Puts right what was found, as the state machine does. */
async function putRight(world: IntakeWorld, items: readonly SweepItem[]): Promise<void> {
  for (const item of items) {
    if (item.kind === 'look') await world.look(item.repository, item.branch);
    if (item.kind === 'resume') await world.ask({ action: 'resume', environment: item.environment });
  }
}

describe('a sweep', () => {
  it('runs alone until it finishes', async () => {
    const world = new IntakeWorld();
    expect(await begin(world, 'one')).toEqual({ kind: 'go' });
    expect(await begin(world, 'two')).toEqual({ kind: 'busy' });
    expect(await begin(world, 'one')).toEqual({ kind: 'go' });
    await finish(world, 'one');
    expect(await begin(world, 'two')).toEqual({ kind: 'go' });
  });

  it('takes over from one that died, after its time', async () => {
    const world = new IntakeWorld();
    await begin(world, 'one');
    await world.clock.sleep(3_600_000);
    expect(await begin(world, 'two')).toEqual({ kind: 'go' });
    await finish(world, 'one');
    expect(await begin(world, 'three')).toEqual({ kind: 'busy' });
  });

  it('delivers a push whose event was lost, and a branch of which none was heard', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    await world.deliver();
    const lost = world.git.push('orders', 'feature/login');
    world.git.push('web', 'feature/other');
    await begin(world, 'one');
    const { items } = await compareBranchesWithRecords(world.sweep);
    await putRight(world, items);
    expect((await world.service('feature-login')).desired).toMatchObject({ commit: lost });
    expect((await world.service('feature-other', 'web')).desired.kind).toBe('commit');
  });

  it('removes what was deleted without an event', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    await world.deliver();
    world.git.deleteBranch('orders', 'feature/login');
    await putRight(world, (await compareBranchesWithRecords(world.sweep)).items);
    expect(world.latest().execution).toBe('feature-login-environment-1');
  });

  it('leaves alone what was removed by hand', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    await world.deliver();
    world.executions.startByHand('branch', 'withdraw-service', 'go', {});
    await world.ask({ action: 'claim-withdrawal', execution: 'go', input: { environment: 'feature-login' } });
    await world.ask({
      action: 'record-removed',
      execution: 'go',
      removal: { environment: 'feature-login', generation: 1 },
    });
    expect((await compareBranchesWithRecords(world.sweep)).items).toEqual([]);
  });

  it('goes on with the other repositories when one cannot be listed, and asks when it happens twice', async () => {
    const world = new IntakeWorld();
    world.git.push('orders', 'feature/login');
    world.git.push('web', 'feature/login');
    const list = world.git.list.bind(world.git);
    world.git.list = (repository) =>
      repository === 'orders' ? Promise.reject(new TransientError('throttled')) : list(repository);
    await begin(world, 'one');
    const first = await compareBranchesWithRecords(world.sweep);
    expect(first).toMatchObject({ items: [{ repository: 'web' }], questions: [] });
    const second = await compareBranchesWithRecords(world.sweep);
    expect(second.questions[0]).toContain('The branches of orders could not be listed in two sweeps');
  });

  it('finds nothing at all when records or repositories cannot be listed', async () => {
    const world = new IntakeWorld();
    world.records.all = () => Promise.reject(new TransientError('throttled'));
    await expect(compareBranchesWithRecords(world.sweep)).rejects.toThrow('throttled');
  });

  it('does not take a bug for a failed listing', async () => {
    const world = new IntakeWorld();
    world.git.list = () => Promise.reject(new TypeError('x is undefined'));
    await expect(compareBranchesWithRecords(world.sweep)).rejects.toThrow(TypeError);
  });

  it('reads heads in rotation, within its budget', async () => {
    const world = new IntakeWorld();
    for (let number = 0; number < 25; number += 1) {
      await world.push('orders', `feature/${String(number).padStart(2, '0')}`);
      await world.deliver();
    }
    const read: string[] = [];
    const head = world.git.head.bind(world.git);
    world.git.head = (repository, branch) => (read.push(branch), head(repository, branch));
    for (let run = 1; run <= 3; run += 1) {
      await begin(world, `run-${String(run)}`);
      await compareBranchesWithRecords(world.sweep);
      await finish(world, `run-${String(run)}`);
      expect(read).toHaveLength(run * 10);
    }
    expect(new Set(read).size).toBe(25);
  });

  it('hands over no more than a state machine can carry', async () => {
    const world = new IntakeWorld();
    for (let number = 0; number < 1_000; number += 1)
      world.git.push('orders', `feature/${'日'.repeat(200)}${String(number)}`);
    const { items } = await compareBranchesWithRecords(world.sweep);
    expect(items.length).toBeGreaterThan(100);
    expect(JSON.stringify(items).length).toBeLessThan(130_000);
  });

  it('asks people once a day for the same, and at once for something new', async () => {
    const world = new IntakeWorld();
    await begin(world, 'one');
    expect(await finish(world, 'one', ['a?'])).toMatchObject({ asked: true });
    expect(await finish(world, 'two', ['a?'])).toMatchObject({ asked: false });
    expect(await finish(world, 'three', ['a?', 'b?'])).toMatchObject({ asked: true });
    await world.clock.sleep(25 * 3_600_000);
    expect(await finish(world, 'four', ['a?', 'b?'])).toMatchObject({ asked: true });
    expect(await finish(world, 'five', [])).toMatchObject({ asked: false });
    expect(await finish(world, 'six', ['a?'])).toMatchObject({ asked: true });
    expect(world.notices.published).toHaveLength(4);
  });
});
