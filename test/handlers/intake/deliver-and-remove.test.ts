/** Deliveries, withdrawals and removals as intake keeps their record. */
import { describe, expect, it } from 'vitest';
import { claimDelivery } from '../../../lambdas/handlers/intake/claim-delivery.ts';
import { IntakeWorld, once, taskError } from '../intake-world.ts';

describe('a delivery', () => {
  it('is claimed by its execution, as often as it asks', async () => {
    const world = new IntakeWorld();
    const commit = await world.push('orders', 'feature/login');
    const delivery = {
      environment: 'feature-login',
      service: 'orders',
      generation: 1,
      kind: 'feature',
      tier: 'branch',
      branch: 'feature/login',
      repository: 'orders',
      commit,
    };
    expect(await world.claim(world.latest())).toEqual({ kind: 'claimed', delivery, leftHalfWay: false });
    expect(await world.claim(world.latest())).toEqual({ kind: 'claimed', delivery, leftHalfWay: false });
    expect((await world.service('feature-login')).owner?.started).toBe(true);
  });

  it('belongs to no other execution with the same input', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    const input = { environment: 'feature-login', service: 'orders', generation: 1 };
    expect(await claimDelivery(world.ports, { input, execution: 'copied-by-hand' })).toMatchObject({
      kind: 'nothing-to-do',
    });
  });

  it('steps aside at its claim when a newer commit is wanted, and the newer one is started', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    const first = world.latest();
    const newest = await world.push('orders', 'feature/login');
    expect(world.executions.started).toHaveLength(1);
    expect(await world.claim(first)).toMatchObject({ kind: 'nothing-to-do' });
    expect(world.latest().execution).toBe('feature-login-orders-2');
    expect((await world.claimed()).commit).toBe(newest);
  });

  it('starts the next one when it ends and a newer commit came meanwhile', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    const delivery = await world.claimed();
    const newest = await world.push('orders', 'feature/login');
    await world.ask({ action: 'step-aside', execution: 'x', claim: delivery });
    expect((await world.claimed()).commit).toBe(newest);
  });

  it('is recorded as applied, and telling it again changes nothing', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    const delivery = await world.deliver();
    const { version } = await world.record('feature-login');
    await world.applied(delivery);
    expect((await world.record('feature-login')).version).toBe(version);
    expect(await world.service('feature-login')).toMatchObject({
      applied: { commit: delivery.commit, url: 'http://x/' },
    });
  });

  it.each(['records.save', 'executions.start', 'history.append'])(
    'is recorded when the process died at %s and the task is tried again',
    async (call) => {
      for (const when of ['before', 'after'] as const) {
        const world = new IntakeWorld();
        await world.push('orders', 'feature/login');
        const delivery = await world.claimed();
        await world.push('orders', 'feature/login');
        world.faults = once(call, when);
        await expect(world.applied(delivery)).rejects.toThrow('killed');
        await world.applied(delivery);
        expect((await world.service('feature-login')).applied?.commit).toBe(delivery.commit);
        expect(world.executions.started.map(({ execution }) => execution)).toEqual([
          'feature-login-orders-1',
          'feature-login-orders-2',
        ]);
      }
    },
  );

  it('that failed says why, keeps what serves and waits for a push', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    const { commit } = await world.deliver();
    await world.push('orders', 'feature/login');
    const failed = await world.claimed();
    const said = await world.fail(failed, taskError('RejectedError', 'no espalier.yaml'));
    expect(said).toEqual({ kind: 'rejected', reason: 'no espalier.yaml' });
    expect(await world.fail(failed, taskError('RejectedError', 'no espalier.yaml'))).toEqual(said);
    expect(await world.service('feature-login')).toMatchObject({ applied: { commit }, failure: { attempts: 1 } });
    await world.ask({ action: 'resume', environment: 'feature-login' });
    expect(world.executions.started).toHaveLength(2);
    await world.push('orders', 'feature/login');
    expect(world.executions.started).toHaveLength(3);
  });

  it('that failed for a newer claim is superseded', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    const first = await world.deliver();
    await expect(world.fail(first, taskError('RejectedError'))).rejects.toThrow(
      expect.objectContaining({ name: 'SupersededError' }),
    );
  });
});

describe('the name of a service', () => {
  /** Records a build of the delivery whose service file names the service. */
  async function built(world: IntakeWorld, name: string) {
    const delivery = await world.claimed();
    const reading = world.build.parseServiceFile(`name: ${name}`);
    if (reading.kind !== 'read') throw new Error(reading.message);
    const { repository, commit } = delivery;
    const base = {
      repository,
      commit,
      version: 0,
      state: 'built',
      holder: delivery,
      attempt: 1,
      startedAt: 0,
      wantedBy: [],
    } as const;
    await world.builds.save({ ...base, definition: reading.definition });
    return delivery;
  }

  it('is registered, and again', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    const claim = await built(world, 'shop');
    for (let count = 0; count < 2; count += 1) {
      expect(await world.ask({ action: 'record-name', execution: 'x', claim })).toEqual({
        kind: 'registered',
        name: 'shop',
        runs: { before: false, after: false, processes: false },
      });
    }
    expect((await world.service('feature-login')).name).toBe('shop');
  });

  it('is rejected when another repository of the environment has it', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    await world.ask({ action: 'record-name', execution: 'x', claim: await built(world, 'shop') });
    await world.push('web', 'feature/login');
    const claim = await built(world, 'shop');
    await expect(world.ask({ action: 'record-name', execution: 'x', claim })).rejects.toThrow(
      'belongs to repository orders',
    );
  });

  it('is rejected when it would share its host with a service of another environment', async () => {
    const world = new IntakeWorld();
    await world.push('web', 'integration');
    await world.ask({ action: 'record-name', execution: 'x', claim: await built(world, 'orders-feature') });
    await world.push('orders', 'feature/integration');
    const claim = await built(world, 'orders');
    await expect(world.ask({ action: 'record-name', execution: 'x', claim })).rejects.toThrow(
      'the same host name orders-feature-integration',
    );
  });
});

describe('deleting branches', () => {
  it('withdraws one service while another lives, and removes the environment with the last', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    await world.deliver();
    await world.push('web', 'feature/login');
    await world.deliver();
    await world.delete('orders', 'feature/login');
    const withdrawal = await world.claim(world.latest());
    expect(withdrawal).toEqual({
      kind: 'withdraw',
      claim: { environment: 'feature-login', service: 'orders', generation: 2 },
    });
    if (withdrawal.kind !== 'withdraw') return;
    await world.ask({ action: 'record-withdrawn', execution: 'x', claim: withdrawal.claim });
    expect(await world.service('feature-login')).toMatchObject({ touched: false });
    await world.delete('web', 'feature/login');
    await world.remove();
    expect((await world.record('feature-login')).phase).toBe('removed');
  });

  it('and pushing again during the removal delivers once the namespace is gone, as a new life', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    await world.deliver();
    await world.delete('orders', 'feature/login');
    const commit = await world.push('orders', 'feature/login');
    expect(world.executions.started).toHaveLength(2);
    await world.remove();
    expect((await world.claimed()).commit).toBe(commit);
    expect(await world.record('feature-login')).toMatchObject({ phase: 'active', incarnation: 2 });
    expect((await world.service('feature-login')).generation).toBe(2);
  });

  it('forgets the tombstone after its time, and the id is free for others', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/x');
    await world.deliver();
    await world.delete('orders', 'feature/x');
    await world.remove();
    await world.clock.sleep(101 * 86_400_000);
    await world.push('orders', 'feature-x');
    expect((await world.record('feature-x')).branch).toBe('feature-x');
    await world.push('orders', 'feature/x');
    const id = await world.records.idOfBranch('feature/x');
    expect(id).toMatch(/^feature-x-[0-9a-f]{8}$/);
    expect((await world.record(id ?? '')).branch).toBe('feature/x');
  });

  it('says why a removal failed and tries again by itself', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    await world.deliver();
    await world.delete('orders', 'feature/login');
    const answer = await world.claim(world.latest());
    if (answer.kind !== 'remove') throw new Error('Not a removal.');
    await world.fail(answer.removal, taskError('TransientError', 'still there: a finalizer'));
    world.latest().running = false;
    await world.ask({ action: 'resume', environment: 'feature-login' });
    expect(world.executions.started).toHaveLength(2);
    await world.clock.sleep(61_000);
    await world.ask({ action: 'resume', environment: 'feature-login' });
    expect(world.latest().execution).toBe('feature-login-environment-2');
  });
});

describe('resuming', () => {
  it('starts an owner again that never started, with the same name and input', async () => {
    const world = new IntakeWorld();
    world.git.push('orders', 'feature/login');
    world.faults = once('executions.start', 'before');
    await expect(world.look('orders', 'feature/login')).rejects.toThrow('killed');
    expect(world.executions.started).toEqual([]);
    const owner = (await world.service('feature-login')).owner;
    await world.ask({ action: 'resume', environment: 'feature-login' });
    expect(world.latest()).toMatchObject({ execution: owner?.execution, input: owner?.input });
  });

  it('leaves an execution alone that runs', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    await world.claimed();
    await world.clock.sleep(10 * 3_600_000);
    await world.ask({ action: 'resume', environment: 'feature-login' });
    expect(world.executions.started).toHaveLength(1);
  });

  it('frees a service whose execution was killed, and delivers again; at last it tells people', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    for (let kill = 1; kill <= 5; kill += 1) {
      await world.claimed();
      world.latest().running = false;
      await world.ask({ action: 'resume', environment: 'feature-login' });
      expect((await world.service('feature-login')).failure?.attempts).toBe(kill);
      await world.clock.sleep(3_600_000);
      await world.ask({ action: 'resume', environment: 'feature-login' });
    }
    expect(world.executions.started).toHaveLength(5);
    expect(world.notices.titles()).toEqual(['orders could not be delivered to feature-login']);
  });

  it('knows nothing of an environment without a record', async () => {
    expect(await new IntakeWorld().ask({ action: 'resume', environment: 'feature-login' })).toEqual({
      kind: 'unknown-environment',
    });
  });
});
