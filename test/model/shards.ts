/**
 * Many runs of the model, shared among processors: each takes every n-th seed. Separate from the run, and the worker's own entry, so
 * that one process of the tests can use all of them.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { runModel } from './run-model.ts';
import type { World } from './world.ts';

interface Asked {
  /** The first seed. */
  readonly first: number;
  readonly shards: number;
  /** How many runs, over all shards; or until when. */
  readonly runs?: number;
  readonly until?: number;
}

/** What happened in all runs together. */
export interface Ran {
  readonly runs: number;
  readonly calls: number;
  readonly rollouts: number;
  readonly decisions: number;
  readonly versions: number;
}

const NOTHING: Ran = { runs: 0, calls: 0, rollouts: 0, decisions: 0, versions: 0 };

/** Runs them all; the first failure ends it. */
export async function runShards(asked: Asked): Promise<Ran> {
  if (asked.shards === 1) return runShard(asked, 0);
  const workers = Array.from({ length: asked.shards }, (_, shard) => {
    const worker = new Worker(import.meta.filename, { workerData: { asked, shard }, execArgv: [] });
    const { promise, resolve, reject } = Promise.withResolvers<Ran>();
    worker.on('message', resolve);
    worker.on('error', reject);
    return { worker, promise };
  });
  try {
    const ran = await Promise.all(workers.map(({ promise }) => promise));
    return ran.reduce(sum, NOTHING);
  } finally {
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
  }
}

async function runShard({ first, shards, runs = Infinity, until = Infinity }: Asked, shard: number): Promise<Ran> {
  let ran = NOTHING;
  for (let run = shard; run < runs && Date.now() < until; run += shards) {
    ran = sum(ran, await counted(await runModel(first + run)));
  }
  return ran;
}

async function counted(world: World): Promise<Ran> {
  const versions = await Promise.all(world.layers.names().map((layer) => world.layers.history(layer, 'orders')));
  return {
    runs: 1,
    calls: world.scheduler.journal.length,
    rollouts: world.rollouts.begun,
    decisions: [...world.approvals.items.values()].filter(({ decided }) => decided !== undefined).length,
    versions: versions.flat().length,
  };
}

function sum(one: Ran, other: Ran): Ran {
  return {
    runs: one.runs + other.runs,
    calls: one.calls + other.calls,
    rollouts: one.rollouts + other.rollouts,
    decisions: one.decisions + other.decisions,
    versions: one.versions + other.versions,
  };
}

if (!isMainThread && workerData !== null && typeof workerData === 'object' && 'shard' in workerData) {
  const { asked, shard } = workerData as { readonly asked: Asked; readonly shard: number };
  parentPort?.postMessage(await runShard(asked, shard));
}
