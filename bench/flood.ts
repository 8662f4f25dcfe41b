/**
 * 500 pushes over 100 branches at once: afterwards every branch's head is what its environment runs. Separate because it floods the
 * laptop and is the last thing measured in it.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Deviation, until } from '../tour/deviation.ts';
import { clone } from '../tour/repository.ts';
import type { Stage } from '../tour/stage.ts';
import type { Figure } from './figures.ts';

const BRANCHES = 100;
const PUSHES_PER_BRANCH = 5;
/** Pushes at the same time: as many as developers who push in the same second. */
const PUSHERS = 8;
const PATIENCE_SECONDS = 1_800;
const PROGRESS_MS = 15_000;

/** Pushes all, waits until nothing is under way, and counts the branches whose newest commit is not what runs. */
export async function measureFlood(stage: Stage): Promise<readonly Figure[]> {
  const address = stage.laptop.endpoints.git['inventory'] ?? '';
  const branches = Array.from({ length: BRANCHES }, (_, index) => `feature/flood-${String(index)}`);
  const pushers = await Promise.all(
    Array.from({ length: PUSHERS }, (_, index) =>
      clone('inventory', address, join(stage.laptop.directory, 'work', `pusher-${String(index)}`), () => undefined),
    ),
  );
  const heads = new Map<string, string>();
  const begun = performance.now();
  await Promise.all(
    pushers.map(async (pusher, index) => {
      const own = branches.filter((_, number) => number % PUSHERS === index);
      for (let round = 0; round < PUSHES_PER_BRANCH; round += 1) {
        for (const branch of own) {
          await pusher.commit(branch, `Push ${String(round)}`, { 'NOTES.md': `${branch} ${String(round)}\n` });
          heads.set(branch, await pusher.push(branch));
        }
      }
    }),
  );
  const pushed = (performance.now() - begun) / 1000;
  console.error(`  pushed in ${pushed.toFixed(0)} s`);
  let told = 0;
  await until('every branch runs its newest commit', PATIENCE_SECONDS, async (saw) => {
    const missing = await missingHeads(stage, heads);
    const refused = await refusals(stage, missing);
    if (refused.length > 0) throw new Deviation('deliveries that succeed', refused[0]);
    if (performance.now() - told > PROGRESS_MS) {
      told = performance.now();
      console.error(
        `  ${((told - begun) / 1000).toFixed(0)} s: ${String(BRANCHES - missing.length)} of ${String(BRANCHES)} branches run their newest commit`,
      );
    }
    saw(`${String(missing.length)} branches do not, among them ${missing.slice(0, 3).join(', ')}`);
    return missing.length === 0 ? true : new Promise((resolve) => setTimeout(() => resolve(undefined), 2_000));
  });
  const settled = (performance.now() - begun) / 1000;
  const load = await promisify(execFile)('uptime').then(({ stdout }) => stdout.trim().split('load average')[1] ?? '');
  return [
    {
      what: `${String(BRANCHES * PUSHES_PER_BRANCH)} pushes over ${String(BRANCHES)} branches: branches lost`,
      measured: (await missingHeads(stage, heads)).length,
      unit: '',
      limit: 0,
      note: `pushed in ${pushed.toFixed(0)} s, all applied after ${settled.toFixed(0)} s; load${load}`,
    },
  ];
}

async function missingHeads(stage: Stage, heads: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const records = new Map((await stage.world.records.all()).map((record) => [record.branch, record]));
  return [...heads].flatMap(([branch, head]) => {
    const service = records.get(branch)?.services['inventory'];
    return service?.applied?.commit === head && service.owner === undefined ? [] : [branch];
  });
}

/** Reasons of failures that no later attempt heals. */
async function refusals(stage: Stage, branches: readonly string[]): Promise<readonly string[]> {
  const failures = (await stage.world.records.all())
    .filter((record) => record.branch !== null && branches.includes(record.branch))
    .map((record) => record.services['inventory']?.failure);
  return failures.flatMap((failure) => (failure?.kind === 'rejected' || failure?.kind === 'bug' ? failure.reason : []));
}
