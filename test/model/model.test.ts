/**
 * After any interleaving of pushes, deletions, lost, doubled and swapped events, rollouts with their decisions, changes of configuration,
 * borrowed services, wishes of people, crashes between any two writes and sweeps, a few quiet sweeps later records, cluster and git
 * agree; and on the way no request met a side without pods.
 *
 * MODEL_SEED repeats one run; MODEL_RUNS sets their number; else as many as fit into MODEL_SECONDS. Many use all processors.
 */
import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { runShards } from './shards.ts';

const SECONDS = Number(process.env['MODEL_SECONDS'] ?? 12);
const RUNS = process.env['MODEL_RUNS'] === undefined ? undefined : Number(process.env['MODEL_RUNS']);
const SEED = process.env['MODEL_SEED'] === undefined ? undefined : Number(process.env['MODEL_SEED']);

it(
  'agrees with git after a quiet sweep, whatever happened before',
  async () => {
    const first = SEED ?? Math.floor(Math.random() * 1_000_000_000);
    const runs = SEED === undefined ? RUNS : 1;
    const begun = Date.now();
    const ran = await runShards({
      first,
      shards: (runs === undefined ? SECONDS < 60 : runs < 100) ? 1 : availableParallelism(),
      ...(runs === undefined ? { until: begun + SECONDS * 1_000 } : { runs }),
    });
    const seconds = ((Date.now() - begun) / 1_000).toFixed(0);
    console.log(
      `model: ${String(ran.runs)} runs from MODEL_SEED=${String(first)} in ${seconds} s, ${String(ran.calls)} calls interleaved; ` +
        `${String(ran.rollouts)} rollouts, ${String(ran.decisions)} decisions, ${String(ran.versions)} versions of layers`,
    );
    expect(ran.runs).toBeGreaterThan(0);
  },
  RUNS === undefined ? SECONDS * 1_000 + 120_000 : 2 * 3_600_000,
);
