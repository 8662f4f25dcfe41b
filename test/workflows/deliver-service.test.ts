/** What a delivery does, step by step, from the synthesized definition. */
import { describe, expect, it } from 'vitest';
import { machine, WITH_PUBLIC } from './machines.ts';
import { PLAIN } from '../lib/synthesize.ts';
import { DELIVERY, failure, run, URL, type Ran } from './world.ts';

const deliver = machine(PLAIN, 'espalier-deliver-service');
const announced = (ran: Ran): unknown[] =>
  ran.calls.filter(({ action }) => action === 'announce').map(({ payload }) => payload['what']);
const actions = (ran: Ran): string[] => ran.calls.map(({ action }) => action);

describe('a delivery', () => {
  it('goes through its steps in order and tells the author at its beginning and its end', async () => {
    const ran = await run(deliver);
    expect(ran.outcome).toEqual({ status: 'SUCCEEDED', output: { kind: 'delivered', url: URL } });
    expect(actions(ran)).toEqual([
      'claim-delivery',
      'announce',
      'prepare',
      'claim-build',
      'build',
      'record-build',
      'register-tenant',
      'record-name',
      'plan-rollout',
      'configure',
      'open-route',
      'apply',
      'await-pods',
      'check-contract',
      'point-traffic',
      'read-back',
      'record-applied',
      'announce',
    ]);
    expect(announced(ran)).toEqual(['building', 'ready']);
  });

  it('announces that it is ready only after the route was read back and the record says applied', async () => {
    const ran = await run(deliver);
    const ready = ran.calls.findIndex(({ payload }) => payload['what'] === 'ready');
    expect(actions(ran).indexOf('read-back')).toBeLessThan(actions(ran).indexOf('record-applied'));
    expect(actions(ran).indexOf('record-applied')).toBeLessThan(ready);
  });

  it('hands the whole input to the claim and its own name to every task', async () => {
    const input = { repository: 'orders', branch: 'feature/login' };
    const ran = await run(deliver, { input });
    expect(ran.calls[0]?.payload).toEqual({ action: 'claim-delivery', input, execution: 'one' });
    const asked = ran.calls.filter(({ action }) => action !== 'build');
    expect(new Set(asked.map(({ payload }) => payload['execution']))).toEqual(new Set(['one']));
  });

  it('passes branch names to a build as variables only', async () => {
    const ran = await run(deliver);
    const build = ran.calls.find(({ action }) => action === 'build')?.payload;
    expect(build?.['EnvironmentVariablesOverride']).toEqual([
      { Name: 'ESPALIER_BRANCH', Value: 'a$(id)', Type: 'PLAINTEXT' },
    ]);
    expect(Object.keys(build ?? {}).filter((key) => key.toLowerCase().includes('buildspec'))).toEqual([]);
  });

  it('ends at once when there is nothing to deliver', async () => {
    const ran = await run(deliver, {
      answers: { 'claim-delivery': () => ({ kind: 'nothing-to-do', message: 'applied already' }) },
    });
    expect(ran.outcome.status).toBe('SUCCEEDED');
    expect(actions(ran)).toEqual(['claim-delivery']);
  });

  it('runs the jobs before it once per version: not again when a version that is dark is released', async () => {
    const runs = { before: true, after: true, processes: false };
    const plan = (jobsRan: boolean) => ({
      answers: {
        'record-name': () => ({ kind: 'registered', name: 'orders', runs }),
        'plan-rollout': () => ({ kind: 'roll-out', side: 'green', because: 'dark', waitSeconds: 0, jobsRan }),
      },
    });
    const phases = (ran: Ran) =>
      ran.calls.filter(({ action }) => action === 'run-jobs').map(({ payload }) => payload['phase']);
    expect(phases(await run(deliver, plan(false)))).toEqual(['before', 'after']);
    expect(phases(await run(deliver, plan(true)))).toEqual(['after']);
  });

  it('takes an image that is there without building', async () => {
    const digest = `sha256:${'c'.repeat(64)}`;
    const ran = await run(deliver, { answers: { 'claim-build': () => ({ kind: 'built', digest }) } });
    expect(actions(ran)).not.toContain('build');
    expect(ran.calls.find(({ action }) => action === 'apply')?.payload).toEqual({
      action: 'apply',
      delivery: DELIVERY,
      digest,
      side: 'blue',
      beside: false,
      execution: 'one',
    });
  });

  it('waits for another delivery’s build of the same commit and takes its image', async () => {
    const ran = await run(deliver, {
      answers: {
        'claim-build': (_call, before) =>
          before < 20 ? { kind: 'wait', seconds: 15 } : { kind: 'built', digest: 'sha256:d' },
      },
    });
    expect(ran.outcome.status).toBe('SUCCEEDED');
    expect(ran.seconds).toBeGreaterThan(20 * 15);
  });

  it('gives up on a build that nobody finishes, far below the limit of history events', async () => {
    const ran = await run(deliver, { answers: { 'claim-build': () => ({ kind: 'wait', seconds: 15 }) } });
    expect(ran.outcome).toMatchObject({ status: 'FAILED' });
    expect(announced(ran)).toEqual(['building', 'failed']);
    expect(ran.events).toBeLessThan(5_000);
  });

  it('gives up on pods after ten minutes and tells the author what it was waiting for', async () => {
    const ran = await run(deliver, {
      answers: { 'await-pods': () => ({ kind: 'waiting', on: 'pod orders-blue-x: ContainerCreating' }) },
    });
    expect(ran.outcome).toMatchObject({
      status: 'FAILED',
      error: 'rejected',
      cause: expect.stringMatching(/within 10 minutes.*pod orders-blue-x: ContainerCreating/) as unknown,
    });
    expect(announced(ran)).toEqual(['building', 'failed']);
  });

  it('wants the version before again when the new pods break their contract, and then says why it failed', async () => {
    const ran = await run(deliver, { answers: { 'check-contract': () => failure('RejectedError', 'lies') } });
    expect(ran.outcome).toMatchObject({ status: 'FAILED', error: 'rejected' });
    expect(actions(ran).slice(-4)).toEqual(['check-contract', 'want-before', 'record-failure', 'announce']);
    const passing = await run(deliver, { answers: { 'check-contract': () => failure('TransientError', 'away') } });
    expect(actions(passing)).not.toContain('want-before');
  });

  it('keeps asking for a route that is not there yet', async () => {
    const ran = await run(deliver, {
      answers: {
        'read-back': (_call, before) =>
          before < 5 ? failure('TransientError', 'not yet') : { kind: 'verified', url: URL },
      },
    });
    expect(ran.outcome.status).toBe('SUCCEEDED');
  });

  it('explains a failed build instead of passing on what CodeBuild says', async () => {
    const ran = await run(deliver, { answers: { build: () => failure('States.TaskFailed', '{"Build":{}}') } });
    expect(ran.outcome).toMatchObject({
      error: 'rejected',
      cause: expect.stringContaining('phase compile') as unknown,
    });
  });

  it('ends quietly when its build was stopped because a newer commit came', async () => {
    const ran = await run(deliver, {
      answers: {
        build: () => failure('States.TaskFailed', '{"Build":{"BuildStatus":"STOPPED"}}'),
        'explain-failure': () => failure('SupersededError'),
      },
    });
    expect(ran.outcome).toEqual({ status: 'SUCCEEDED', output: { kind: 'superseded' } });
    expect(actions(ran).at(-1)).toBe('step-aside');
    expect(announced(ran)).toEqual(['building']);
  });

  it('delivers although the first message was lost', async () => {
    const ran = await run(deliver, {
      fault: { state: 'Announce building', times: Infinity, kind: 'fails', error: failure('TypeError') },
    });
    expect(ran.outcome.status).toBe('SUCCEEDED');
  });

  it('asks a public route from outside before it is announced', async () => {
    const probe = { url: 'https://orders.example.com/', commit: DELIVERY.commit };
    const ran = await run(machine(WITH_PUBLIC, 'espalier-deliver-service'), {
      answers: { 'read-back': () => ({ kind: 'ask-outside', url: URL, probe }) },
    });
    expect(actions(ran).slice(-4)).toEqual(['read-back', 'probe', 'record-applied', 'announce']);
  });
});

describe('deliveries of the two tiers', () => {
  it('call functions of their own tier and share what touches no cluster', () => {
    const functions = (name: string): string[] => {
      const names = [...machine(PLAIN, name).states.values()].flatMap(({ Arguments }) => Arguments?.FunctionName ?? []);
      return [...new Set(names)].sort();
    };
    const shared = ['function:espalier-build', 'function:espalier-intake', 'function:espalier-notice'];
    const own = (tier: string): string[] =>
      ['configuration', 'deploy', 'environment', 'rollout', 'secrets'].map(
        (stage) => `function:espalier-${stage}-${tier}`,
      );
    expect(functions('espalier-deliver-service')).toEqual([...shared, ...own('branch')].sort());
    expect(functions('espalier-deliver-service-lasting')).toEqual([...shared, ...own('lasting')].sort());
  });
});
