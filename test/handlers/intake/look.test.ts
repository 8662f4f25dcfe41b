/** A look at a branch: git's truth becomes what the record wants, and what is due is started. */
import { describe, expect, it } from 'vitest';
import { executionName, unmistakableExecutionName } from '../../../lambdas/domain/naming/execution-name.ts';
import { IntakeWorld, once } from '../intake-world.ts';

describe('a look at a branch', () => {
  it('claims an environment, saves an owner and starts exactly that execution', async () => {
    const world = new IntakeWorld();
    const commit = await world.push('orders', 'feature/login');
    expect(await world.service('feature-login')).toMatchObject({
      desired: { kind: 'commit', commit },
      owner: { execution: 'feature-login-orders-1', started: false, commit },
    });
    expect(world.executions.started).toMatchObject([
      {
        tier: 'branch',
        workflow: 'deliver-service',
        execution: 'feature-login-orders-1',
        input: '{"environment":"feature-login","service":"orders","generation":1}',
      },
    ]);
    expect(await world.records.idOfBranch('feature/login')).toBe('feature-login');
  });

  it('starts nothing twice for doubled and late events', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    await Promise.all([1, 2, 3].map(() => world.look('orders', 'feature/login')));
    expect(world.executions.started).toHaveLength(1);
  });

  it('brings two repositories of one branch into one environment, also at once', async () => {
    const world = new IntakeWorld();
    world.git.push('orders', 'feature/login');
    world.git.push('web', 'feature/login');
    await Promise.all([world.look('orders', 'feature/login'), world.look('web', 'feature/login')]);
    expect(Object.keys((await world.record('feature-login')).services).toSorted()).toEqual(['orders', 'web']);
    expect(world.executions.started.map(({ execution }) => execution).toSorted()).toEqual([
      'feature-login-orders-1',
      'feature-login-web-1',
    ]);
  });

  it('keeps branches with the same slug apart, also when they come at once', async () => {
    const world = new IntakeWorld();
    const branches = ['feature/x', 'feature-x', 'feature/X', 'feature/x.'];
    for (const branch of branches) world.git.push('orders', branch);
    await Promise.all(branches.map((branch) => world.look('orders', branch)));
    const records = await world.records.all();
    expect(new Set(records.map(({ id }) => id)).size).toBe(4);
    expect(new Set(records.map(({ branch }) => branch))).toEqual(new Set(branches));
    for (const branch of branches) {
      const id = await world.records.idOfBranch(branch);
      expect((await world.record(id ?? '')).branch).toBe(branch);
    }
  });

  it('finds the environment that it claimed before the process died', async () => {
    for (const when of ['before', 'after'] as const) {
      const world = new IntakeWorld();
      world.git.push('orders', 'feature/login');
      world.faults = once('records.rememberBranch', when);
      await expect(world.look('orders', 'feature/login')).rejects.toThrow('killed');
      await world.look('orders', 'feature/login');
      expect(await world.records.all()).toHaveLength(1);
      expect(world.executions.started).toHaveLength(1);
    }
  });

  it.each(['records.save', 'executions.start', 'history.append', 'git.head', 'records.load'])(
    'is mended by the next look when it dies at %s',
    async (call) => {
      for (const when of ['before', 'after'] as const) {
        const world = new IntakeWorld();
        world.git.push('orders', 'feature/login');
        world.faults = once(call, when);
        await expect(world.look('orders', 'feature/login')).rejects.toThrow('killed');
        await world.look('orders', 'feature/login');
        expect(world.executions.started.map(({ execution }) => execution)).toEqual(['feature-login-orders-1']);
        expect((await world.service('feature-login')).owner?.execution).toBe('feature-login-orders-1');
      }
    },
  );

  it('never saves an older head over a newer one', async () => {
    const world = new IntakeWorld();
    world.git.push('orders', 'feature/login');
    let newer: string | undefined;
    // While the first look has read the head and not saved yet, the branch moves on and a second look is faster.
    world.faults = {
      after: (call) => {
        if (call !== 'git.head' || newer !== undefined) return;
        newer = world.git.push('orders', 'feature/login');
      },
    };
    const first = world.look('orders', 'feature/login');
    const second = world.look('orders', 'feature/login');
    await Promise.all([first, second]);
    expect((await world.service('feature-login')).desired).toMatchObject({ commit: newer });
  });

  it('gives up after so many conflicts, as passing trouble', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    world.records.save = () => Promise.resolve({ kind: 'conflict' });
    world.git.push('orders', 'feature/login');
    await expect(world.look('orders', 'feature/login')).rejects.toThrow(
      expect.objectContaining({ name: 'TransientError' }),
    );
  });

  it('takes the next name when its execution name is used for something else', async () => {
    const world = new IntakeWorld();
    world.executions.startByHand('branch', 'deliver-service', 'feature-login-orders-1', { mine: true });
    await world.push('orders', 'feature/login');
    expect(world.latest().execution).toMatch(/^feature-login-orders-1-[0-9a-f]{8}$/);
    expect((await world.service('feature-login')).owner?.execution).toBe(world.latest().execution);
  });

  it('takes the next generation when even that name is used', async () => {
    const world = new IntakeWorld();
    for (const name of [executionName, unmistakableExecutionName]) {
      const execution = name('feature-login', 'orders', 1);
      world.executions.startByHand('branch', 'deliver-service', execution, { mine: true });
    }
    await world.push('orders', 'feature/login');
    expect(world.latest().execution).toBe('feature-login-orders-2');
  });

  it.each([
    ['a repository that is not in the settings', 'other', 'feature/x'],
    ['a branch that fits no pattern', 'orders', 'wip/x'],
    ['a branch that never had an environment and is gone', 'orders', 'feature/never'],
  ])('ignores %s', async (_what, repository, branch) => {
    const world = new IntakeWorld();
    world.git.createRepository('other');
    if (branch !== 'feature/never') world.git.push(repository, branch);
    expect(await world.look(repository, branch)).toMatchObject({ kind: 'ignored' });
    expect(await world.records.all()).toEqual([]);
  });

  it('removes nothing when the whole repository is gone', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    world.git.deleteRepository('orders');
    expect(await world.look('orders', 'feature/login')).toMatchObject({ kind: 'ignored' });
    expect((await world.service('feature-login')).desired.kind).toBe('commit');
  });

  it('stops the build that a newer commit replaced, and leaves one that others wait for', async () => {
    const world = new IntakeWorld();
    const first = await world.push('orders', 'feature/login');
    const mine = { environment: 'feature-login', service: 'orders', generation: 1 };
    const item = {
      repository: 'orders',
      commit: first,
      version: 0,
      state: 'building',
      holder: mine,
      attempt: 1,
      startedAt: 0,
    } as const;
    await world.builds.save({ ...item, wantedBy: [mine] });
    const second = await world.push('orders', 'feature/login');
    expect(world.runner.stopped).toEqual([`orders ${first}`]);
    expect((await world.builds.load('orders', first))?.state).toBe('stopped');

    await world.claim(world.latest());
    const delivery = await world.claimed();
    expect(delivery.commit).toBe(second);
    const other = { environment: 'integration', service: 'orders', generation: 9 };
    const shared = { ...item, commit: second, holder: { ...mine, generation: 2 } };
    await world.builds.save({ ...shared, wantedBy: [{ ...mine, generation: 2 }, other] });
    await world.push('orders', 'feature/login');
    expect(world.runner.stopped).toHaveLength(1);
  });
});

describe('a lasting environment', () => {
  it('is called like its kind and delivered by the lasting state machine', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'main');
    expect((await world.record('pre-release')).branch).toBe('main');
    expect(world.latest().tier).toBe('lasting');
  });

  it('is fed by the branch that the settings name now, even when that is at the same commit', async () => {
    const world = new IntakeWorld();
    const commit = await world.push('orders', 'integration');
    await world.deliver();
    world.git.point('orders', 'develop', commit);
    world.ports.rules.branches.integration.splice(0, 1, 'develop');
    await world.look('orders', 'develop');
    expect((await world.record('integration')).branch).toBe('develop');
    await world.look('orders', 'develop');
    expect(world.executions.started).toHaveLength(1);
  });

  it('keeps everything when its branch is deleted, and warns once', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'integration');
    const { commit } = await world.deliver();
    await world.delete('orders', 'integration');
    await world.look('orders', 'integration');
    expect(await world.service('integration')).toMatchObject({ desired: { kind: 'commit' }, applied: { commit } });
    expect(world.executions.started).toHaveLength(1);
    expect(world.notices.titles()).toEqual(['The branch of integration is gone in orders']);
    await world.push('orders', 'integration');
    await world.delete('orders', 'integration');
    expect(world.notices.titles()).toHaveLength(2);
  });
});
