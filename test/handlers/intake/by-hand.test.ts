/** What people start in the console or from the command line. */
import { describe, expect, it } from 'vitest';
import type { ClaimAnswer } from '../../../lambdas/contracts/payloads.ts';
import { IntakeWorld, once, taskError } from '../intake-world.ts';

function deliver(
  world: IntakeWorld,
  name: string,
  input: { repository: string; branch: string; despiteAlarms?: true },
  tier: 'branch' | 'lasting' = 'branch',
) {
  world.executions.startByHand(tier, 'deliver-service', name, input);
  return world.ask({ action: 'claim-delivery', execution: name, input }) as Promise<ClaimAnswer>;
}

function withdraw(
  world: IntakeWorld,
  name: string,
  input: { environment: string; service?: string },
  tier: 'branch' | 'lasting' = 'branch',
) {
  world.executions.startByHand(tier, 'withdraw-service', name, input);
  return world.ask({ action: 'claim-withdrawal', execution: name, input }) as Promise<ClaimAnswer>;
}

/** A delivered service. */
async function delivered(branch = 'feature/login'): Promise<IntakeWorld> {
  const world = new IntakeWorld();
  await world.push('orders', branch);
  await world.deliver();
  return world;
}

describe('delivering by hand', () => {
  it("delivers what is applied again, by the person's own execution", async () => {
    const world = await delivered();
    const answer = await deliver(world, 'my own name', { repository: 'orders', branch: 'feature/login' });
    expect(answer).toMatchObject({ kind: 'claimed', delivery: { generation: 2 } });
    expect((await world.service('feature-login')).owner).toMatchObject({ execution: 'my own name', byHand: true });
    expect(world.executions.started).toHaveLength(2);
  });

  it('passes over alarms only when the person says so, and the event log says which execution it was', async () => {
    const world = await delivered();
    const input = { repository: 'orders', branch: 'feature/login' };
    const plain = await deliver(world, 'plain', input);
    expect(plain).toMatchObject({ kind: 'claimed' });
    expect(JSON.stringify(plain)).not.toContain('despiteAlarms');
    await expect(deliver(world, 'too early', { ...input, despiteAlarms: true })).rejects.toThrow(
      /Another execution delivers orders.*does not pass over alarms. Start this again/,
    );
    const other = await delivered();
    expect(await deliver(other, 'the fix', { ...input, despiteAlarms: true })).toMatchObject({
      kind: 'claimed',
      delivery: { despiteAlarms: true },
    });
    expect(other.history.events.at(-1)).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('so says the execution the fix') as string,
    });
  });

  it('claims once although the answer was lost', async () => {
    const world = await delivered();
    world.faults = once('records.save', 'after');
    const input = { repository: 'orders', branch: 'feature/login' };
    await expect(deliver(world, 'mine', input)).rejects.toThrow('killed');
    expect(await world.ask({ action: 'claim-delivery', execution: 'mine', input })).toMatchObject({
      kind: 'claimed',
      delivery: { generation: 2 },
    });
    expect((await world.service('feature-login')).again).toBeUndefined();
  });

  it('delivers a branch of which no event was ever heard', async () => {
    const world = new IntakeWorld();
    world.git.push('orders', 'feature/login');
    expect(await deliver(world, 'mine', { repository: 'orders', branch: 'feature/login' })).toMatchObject({
      kind: 'claimed',
    });
    expect(await world.records.idOfBranch('feature/login')).toBe('feature-login');
  });

  it('hands over to the right state machine when it was started on that of the other tier', async () => {
    const world = await delivered('integration');
    const answer = await deliver(world, 'mine', { repository: 'orders', branch: 'integration' }, 'branch');
    expect(answer.kind).toBe('nothing-to-do');
    expect(world.latest()).toMatchObject({ tier: 'lasting', execution: 'integration-orders-2' });
  });

  it('waits for a delivery that runs and delivers afterwards', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    const running = await world.claimed();
    expect(await deliver(world, 'mine', { repository: 'orders', branch: 'feature/login' })).toMatchObject({
      kind: 'nothing-to-do',
    });
    await world.applied(running);
    expect(world.latest().execution).toBe('feature-login-orders-2');
  });

  it('brings back what was removed by hand', async () => {
    const world = await delivered();
    await withdraw(world, 'go', { environment: 'feature-login' });
    const removal = { environment: 'feature-login', generation: 1 };
    await world.ask({ action: 'record-removed', execution: 'go', removal });
    expect(await deliver(world, 'back', { repository: 'orders', branch: 'feature/login' })).toMatchObject({
      kind: 'claimed',
    });
    expect((await world.service('feature-login')).held).toBeUndefined();
  });

  it.each([
    [{ repository: 'oders', branch: 'feature/login' }, 'not in the settings'],
    [{ repository: 'orders', branch: 'wip/x' }, 'fits no pattern'],
    [{ repository: 'orders', branch: 'feature/logn' }, 'Did you mean "feature/login"?'],
  ])('of %j is rejected with what to do', async (input, said) => {
    const world = await delivered();
    await expect(deliver(world, 'mine', input)).rejects.toThrow(said);
  });

  it('that fails is recorded where it was claimed, and nowhere else', async () => {
    const world = await delivered();
    const input = { repository: 'orders', branch: 'feature/login' };
    await deliver(world, 'mine', input);
    await world.ask({
      action: 'record-failure',
      execution: 'mine',
      claim: input,
      error: taskError('RejectedError', 'broken'),
    });
    expect((await world.service('feature-login')).failure?.reason).toBe('broken');
    const other = {
      action: 'record-failure',
      execution: 'another',
      claim: input,
      error: taskError('RejectedError', 'x'),
    } as const;
    expect(await world.ask(other)).toEqual({ kind: 'rejected', reason: 'x' });
    expect((await world.service('feature-login')).failure?.reason).toBe('broken');
  });
});

describe('removing by hand', () => {
  it("removes by the person's own execution and stays removed until the next push", async () => {
    const world = await delivered();
    const answer = await withdraw(world, 'remove it', { environment: 'feature-login' });
    expect(answer).toEqual({ kind: 'remove', removal: { environment: 'feature-login', generation: 1 } });
    await world.ask({
      action: 'record-removed',
      execution: 'remove it',
      removal: { environment: 'feature-login', generation: 1 },
    });
    await world.look('orders', 'feature/login');
    await world.ask({ action: 'resume', environment: 'feature-login' });
    expect(await world.record('feature-login')).toMatchObject({ phase: 'removed' });
    expect(world.executions.started).toHaveLength(2);
    const commit = await world.push('orders', 'feature/login');
    expect((await world.claimed()).commit).toBe(commit);
  });

  it('claims once although the answer was lost', async () => {
    const world = await delivered();
    world.faults = once('records.save', 'after');
    await expect(withdraw(world, 'go', { environment: 'feature-login' })).rejects.toThrow('killed');
    const input = { environment: 'feature-login' };
    expect(await world.ask({ action: 'claim-withdrawal', execution: 'go', input })).toMatchObject({
      kind: 'remove',
      removal: { generation: 1 },
    });
  });

  it('waits for a delivery to step aside, and goes on by itself', async () => {
    const world = new IntakeWorld();
    await world.push('orders', 'feature/login');
    const delivery = await world.claimed();
    expect(await withdraw(world, 'go', { environment: 'feature-login' })).toMatchObject({ kind: 'nothing-to-do' });
    await world.ask({ action: 'step-aside', execution: 'x', claim: delivery });
    expect(world.latest().execution).toBe('feature-login-environment-1');
  });

  it('of one service leaves the others, and knows it by name or key', async () => {
    const world = await delivered();
    await world.push('web', 'feature/login');
    await world.deliver();
    const answer = await withdraw(world, 'go', { environment: 'feature-login', service: 'web' });
    expect(answer).toEqual({
      kind: 'withdraw',
      claim: { environment: 'feature-login', service: 'web', generation: 2 },
    });
  });

  it('retires a service of a lasting environment on its own state machine', async () => {
    const world = await delivered('integration');
    expect(await withdraw(world, 'go', { environment: 'integration', service: 'orders' }, 'lasting')).toMatchObject({
      kind: 'withdraw',
    });
  });

  it.each([
    [{ environment: 'integration' }, 'is never removed as a whole'],
    [{ environment: 'feature-logn' }, 'Did you mean "feature-login"?'],
    [{ environment: 'feature-login', service: 'wbe' }, 'has no service "wbe"'],
  ])('of %j is rejected with what to do', async (input, said) => {
    const world = await delivered();
    await world.push('orders', 'integration');
    await expect(withdraw(world, 'go', input)).rejects.toThrow(said);
  });
});
