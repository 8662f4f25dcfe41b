/**
 * After any interleaving of pushes, deletions, lost, doubled and swapped events, rollouts with their decisions, changes of configuration,
 * borrowed services, wishes of people, crashes between any two writes and sweeps, a few quiet sweeps later records, cluster and git
 * agree; and on the way no request met a side without pods.
 *
 * Without anything said the same runs every time, so that whoever breaks one has broken it. MODEL_RUNS, or MODEL_SECONDS for as many as
 * fit, begin anywhere; MODEL_SEED says where, and alone repeats one run. Many use all processors.
 */
import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { runShards } from './shards.ts';

const numberIn = (name: string): number | undefined =>
  process.env[name] === undefined ? undefined : Number(process.env[name]);
const SECONDS = numberIn('MODEL_SECONDS');
const SAID = SECONDS !== undefined || numberIn('MODEL_RUNS') !== undefined || numberIn('MODEL_SEED') !== undefined;
const FIRST = numberIn('MODEL_SEED') ?? (SAID ? Math.floor(Math.random() * 1_000_000_000) : 1);
const RUNS = numberIn('MODEL_RUNS') ?? (SECONDS !== undefined ? undefined : SAID ? 1 : 400);
/** Fewer are over before other processors have loaded the code. */
const WORTH_SHARING = { runs: 500, seconds: 60 };

it(
  'agrees with git after a quiet sweep, whatever happened before',
  async () => {
    const begun = Date.now();
    const few = RUNS === undefined ? (SECONDS ?? 0) < WORTH_SHARING.seconds : RUNS < WORTH_SHARING.runs;
    const ran = await runShards({
      first: FIRST,
      shards: few ? 1 : availableParallelism(),
      ...(RUNS !== undefined && { runs: RUNS }),
      ...(SECONDS !== undefined && { until: begun + SECONDS * 1_000 }),
    });
    const seconds = ((Date.now() - begun) / 1_000).toFixed(0);
    console.log(
      `model: ${String(ran.runs)} runs from MODEL_SEED=${String(FIRST)} in ${seconds} s, ${String(ran.calls)} calls interleaved; ` +
        `${String(ran.rollouts)} rollouts, ${String(ran.decisions)} decisions, ${String(ran.versions)} versions of layers`,
    );
    expect(ran.runs).toBeGreaterThan(0);
  },
  SECONDS !== undefined ? SECONDS * 1_000 + 120_000 : SAID ? 2 * 3_600_000 : 120_000,
);
