/** What a sweep does, step by step, from the synthesized definition. */
import { describe, expect, it } from 'vitest';
import { PLAIN } from '../lib/synthesize.ts';
import { machine } from './machines.ts';
import { failure, run, type Answers, type Ran } from './world.ts';

const sweep = machine(PLAIN, 'espalier-sweep');
const actions = (ran: Ran): string[] => ran.calls.map(({ action }) => action);
const finished = (ran: Ran): Readonly<Record<string, unknown>> | undefined =>
  ran.calls.find(({ action }) => action === 'finish')?.payload;

const ORPHAN = { kind: 'remove-orphan', namespace: 'espalier-feature-gone', because: 'no record' };
const found: Answers = {
  'compare-namespaces': () => ({ items: [ORPHAN], questions: ['Namespace x is stuck.'] }),
  'compare-branches': () => ({
    items: [
      { kind: 'look', repository: 'orders', branch: 'feature/a', because: 'no record' },
      { kind: 'resume', environment: 'feature-b', because: 'its owner never started' },
    ],
    questions: [],
  }),
};

describe('a sweep', () => {
  it('compares both sides, puts everything right, applies the foundation again and finishes', async () => {
    const ran = await run(sweep, { answers: found });
    expect(ran.outcome.status).toBe('SUCCEEDED');
    expect(actions(ran).slice(0, 3)).toEqual(['begin', 'compare-namespaces', 'compare-branches']);
    expect(actions(ran).slice(7, 10).sort()).toEqual(['look', 'remove-orphan', 'resume']);
    expect(actions(ran).slice(10)).toEqual(['apply', 'finish']);
    expect(finished(ran)).toMatchObject({ questions: ['Namespace x is stuck.'], failures: [] });
  });

  it('hands lists over as lists when there is nothing in them', async () => {
    const ran = await run(sweep);
    expect(finished(ran)).toEqual({ action: 'finish', questions: [], failures: [], execution: 'one' });
  });

  it('ends at once when another one is running', async () => {
    const ran = await run(sweep, { answers: { begin: () => ({ kind: 'busy' }) } });
    expect(ran.outcome.status).toBe('SUCCEEDED');
    expect(actions(ran)).toEqual(['begin']);
  });

  it('lets one broken environment stop nobody, and fails at its end so that operators hear of it', async () => {
    const ran = await run(sweep, { answers: { ...found, resume: () => failure('TypeError', 'broken record') } });
    expect(actions(ran)).toEqual(expect.arrayContaining(['look', 'remove-orphan', 'apply', 'finish']));
    expect(finished(ran)?.['failures']).toEqual([expect.stringMatching(/feature-b.*broken record/)]);
    expect(ran.outcome).toMatchObject({ status: 'FAILED', error: 'sweep-incomplete' });
  });

  it('removes nothing when the cluster could not be compared, and still looks at branches', async () => {
    const ran = await run(sweep, {
      answers: { ...found, 'compare-namespaces': () => failure('RejectedError', 'the listing came back empty') },
    });
    expect(actions(ran)).not.toContain('remove-orphan');
    expect(actions(ran)).toEqual(expect.arrayContaining(['look', 'resume', 'finish']));
  });

  it('starts nothing when the branches could not be compared, and still finishes', async () => {
    const ran = await run(sweep, { answers: { ...found, 'compare-branches': () => failure('TransientError') } });
    expect(actions(ran)).not.toContain('look');
    expect(finished(ran)?.['failures']).toEqual([expect.stringMatching(/^The branches could not be compared/)]);
  });

  it('puts 500 lost pushes right within the limits of one execution', async () => {
    const items = Array.from({ length: 500 }, (_, index) => ({
      kind: 'look',
      repository: 'orders',
      branch: `feature/${String(index)}`,
      because: 'no record',
    }));
    const ran = await run(sweep, { answers: { 'compare-branches': () => ({ items, questions: [] }) } });
    expect(ran.outcome.status).toBe('SUCCEEDED');
    expect(ran.events).toBeLessThan(10_000);
  });
});
