/**
 * What a delivery takes and costs: alone, and again beside many environments, to show that these do not matter.
 * Separate from how one delivery is measured.
 */
import type { Stage } from '../tour/stage.ts';
import { countCalls } from './calls.ts';
import { measureDelivery, type Measured } from './delivery.ts';
import { largest, median, type Figure } from './figures.ts';

const ROUNDS = 5;
const OTHER_ENVIRONMENTS = 20;
/** Seconds beyond the build's own time from a push to the answer of the new commit. */
const BEYOND_SECONDS = 3;

/** Rows for new environments, updates, and updates beside others; begins when the laptop has delivered what it starts with. */
export async function measureDeliveries(stage: Stage): Promise<readonly Figure[]> {
  const { web, orders, inventory } = stage.shop;
  await Promise.all(
    [web, orders, inventory].flatMap((repository) =>
      ['integration', 'main'].map(async (branch) => stage.answers(branch, repository, await repository.head(branch))),
    ),
  );
  const first = await series(stage, (round) => measureDelivery(stage, orders, `feature/first-${String(round)}`));
  const again = await series(stage, () => measureDelivery(stage, orders, 'feature/first-0'));
  for (let number = 0; number < OTHER_ENVIRONMENTS; number += 1) {
    await measureDelivery(stage, inventory, `feature/other-${String(number)}`);
  }
  const beside = await series(stage, () => measureDelivery(stage, orders, 'feature/first-0'));
  return [
    ...rows('first push to a branch', first),
    ...rows('further push', again),
    ...rows(`further push beside ${String(ROUNDS + OTHER_ENVIRONMENTS)} environments`, beside),
  ];
}

interface Series {
  readonly deliveries: readonly Measured[];
  /** Calls of one delivery, by API. */
  readonly calls: readonly Readonly<Record<string, number>>[];
}

async function series(stage: Stage, measure: (round: number) => Promise<Measured>): Promise<Series> {
  const deliveries: Measured[] = [];
  const calls: Readonly<Record<string, number>>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const counted = await countCalls(stage.laptop, async () => {
      deliveries.push(await measure(round));
    });
    calls.push(counted);
  }
  return { deliveries, calls };
}

function rows(what: string, { deliveries, calls }: Series): readonly Figure[] {
  const beyond = deliveries.map(({ reachable, build }) => reachable - build);
  const builds = deliveries.map(({ build }) => build);
  const total = (counted: Readonly<Record<string, number>>, kubernetes: boolean): number =>
    Object.entries(counted)
      .filter(([api]) => (api === 'kubernetes') === kubernetes)
      .reduce((sum, [, count]) => sum + count, 0);
  const perAction = Object.entries(calls.at(-1) ?? {})
    .filter(([api]) => api !== 'kubernetes')
    .sort(([, one], [, other]) => other - one)
    .map(([api, count]) => `${api} ${String(count)}`)
    .join(', ');
  return [
    {
      what: `${what}: reachable beyond the build`,
      measured: median(beyond),
      unit: 's',
      limit: BEYOND_SECONDS,
      note: `slowest of ${String(ROUNDS)} ${largest(beyond).toFixed(2)} s; its build ${median(builds).toFixed(2)} s`,
    },
    {
      what: `${what}: state transitions`,
      measured: median(deliveries.map(({ transitions }) => transitions)),
      unit: '',
    },
    {
      what: `${what}: AWS calls`,
      measured: median(calls.map((counted) => total(counted, false))),
      unit: '',
      details: perAction,
    },
    { what: `${what}: Kubernetes calls`, measured: median(calls.map((counted) => total(counted, true))), unit: '' },
  ];
}
