/** What a withdrawal and a removal do, step by step, from the synthesized definition. */
import { describe, expect, it } from 'vitest';
import { PLAIN } from '../lib/synthesize.ts';
import { machine } from './machines.ts';
import { failure, REMOVAL, run, type Answers, type Ran } from './world.ts';

const withdraw = machine(PLAIN, 'espalier-withdraw-service');
const removing: Answers = { 'claim-withdrawal': () => ({ kind: 'remove', removal: REMOVAL }) };
const actions = (ran: Ran): string[] => ran.calls.map(({ action }) => action);

describe('withdrawing a service', () => {
  it('stops builds, closes the route, then takes the objects, and records it before it is announced', async () => {
    const ran = await run(withdraw);
    expect(ran.outcome).toEqual({ status: 'SUCCEEDED', output: { kind: 'withdrawn' } });
    expect(actions(ran)).toEqual([
      'claim-withdrawal',
      'stop-builds',
      'run-withdrawal-jobs',
      'close-route',
      'close-services',
      'withdraw',
      'withdraw-configuration',
      'record-withdrawn',
      'announce',
    ]);
  });

  it('waits for the jobs before it, and goes on when they cannot be run or never end', async () => {
    for (const answer of [{ kind: 'waiting', on: 'job x' }, failure('RejectedError')]) {
      const ran = await run(withdraw, { answers: { 'run-withdrawal-jobs': () => answer } });
      expect(ran.outcome).toEqual({ status: 'SUCCEEDED', output: { kind: 'withdrawn' } });
      expect(ran.events).toBeLessThan(5_000);
    }
  });

  it('does nothing when nothing is to be withdrawn', async () => {
    const ran = await run(withdraw, {
      answers: { 'claim-withdrawal': () => ({ kind: 'nothing-to-do', message: '' }) },
    });
    expect(ran.outcome.status).toBe('SUCCEEDED');
    expect(actions(ran)).toEqual(['claim-withdrawal']);
  });
});

describe('removing an environment', () => {
  it('stops builds, removes routes and objects, then the namespace, and records it before it is announced', async () => {
    const ran = await run(withdraw, { answers: removing });
    expect(ran.outcome).toEqual({ status: 'SUCCEEDED', output: { kind: 'removed' } });
    expect(actions(ran)).toEqual([
      'claim-withdrawal',
      'stop-builds',
      'run-withdrawal-jobs',
      'remove-objects',
      'remove-namespace',
      'delete-generated',
      'remove-tenant',
      'record-removed',
      'announce',
    ]);
    expect(ran.calls[1]?.payload).toMatchObject({ claim: REMOVAL });
  });

  it('waits until the namespace is really gone', async () => {
    const ran = await run(withdraw, {
      answers: {
        ...removing,
        'remove-namespace': (_call, before) =>
          before < 40 ? { kind: 'waiting', on: 'pod web-blue-x: terminating' } : { kind: 'ready' },
      },
    });
    expect(ran.outcome.status).toBe('SUCCEEDED');
    expect(actions(ran).filter((action) => action === 'remove-namespace')).toHaveLength(41);
  });

  it('gives up after half an hour and says what blocks the namespace', async () => {
    const ran = await run(withdraw, {
      answers: { ...removing, 'remove-namespace': () => ({ kind: 'waiting', on: 'finalizer example.com/hold' }) },
    });
    expect(ran.outcome).toMatchObject({
      status: 'FAILED',
      cause: expect.stringMatching(/after 30 minutes.*finalizer example\.com\/hold/) as unknown,
    });
    expect(actions(ran)).not.toContain('record-removed');
    expect(ran.calls.at(-1)?.payload).toMatchObject({ what: 'failed', claim: REMOVAL });
    expect(ran.events).toBeLessThan(2_500);
  });

  it('is impossible for lasting environments: their state machine has no such way', async () => {
    const lasting = machine(PLAIN, 'espalier-withdraw-service-lasting');
    const ran = await run(lasting, { answers: removing });
    expect(actions(ran)).toEqual(['claim-withdrawal']);
    expect([...lasting.states.keys()]).not.toContain('Remove the namespace');
  });
});
