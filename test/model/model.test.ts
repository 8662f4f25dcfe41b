/**
 * After any interleaving of pushes, deletions, lost, doubled and swapped events, wishes of people, crashes between any two writes and
 * sweeps, a few quiet sweeps later records, cluster and git agree.
 *
 * MODEL_SEED repeats one run; MODEL_RUNS sets their number, else as many as fit into MODEL_SECONDS.
 */
import { expect, it } from 'vitest';
import { runModel } from './run-model.ts';

const SECONDS = Number(process.env['MODEL_SECONDS'] ?? 10);
const RUNS = process.env['MODEL_RUNS'] === undefined ? undefined : Number(process.env['MODEL_RUNS']);
const SEED = process.env['MODEL_SEED'] === undefined ? undefined : Number(process.env['MODEL_SEED']);

it(
  'agrees with git after a quiet sweep, whatever happened before',
  async () => {
    const first = SEED ?? Math.floor(Math.random() * 1_000_000_000);
    const until = Date.now() + SECONDS * 1_000;
    let runs = 0;
    let calls = 0;
    const more = (): boolean => (SEED !== undefined ? runs < 1 : RUNS !== undefined ? runs < RUNS : Date.now() < until);
    while (more()) {
      const world = await runModel(first + runs);
      calls += world.scheduler.journal.length;
      runs += 1;
    }
    console.log(`model: ${String(runs)} runs from MODEL_SEED=${String(first)}, ${String(calls)} calls interleaved`);
    expect(runs).toBeGreaterThan(0);
  },
  RUNS === undefined ? 120_000 : 3_600_000,
);
