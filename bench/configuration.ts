/**
 * How long a change of the configuration takes until every process that subscribes to it has confirmed it. Separate because the change
 * goes through the whole path: state machine, ConfigMaps, mounted files, and the answer of each process.
 */
import type { World } from '../cli/command.ts';
import { config } from '../cli/commands/config.ts';
import { Deviation, until } from '../tour/deviation.ts';
import type { Stage } from '../tour/stage.ts';
import { median, type Figure } from './figures.ts';

const BRANCHES = ['feature/many-a', 'feature/many-b'];
const PROCESSES = 25;
const CHANGES = 3;
/** Fifty processes start on the cores of one machine. */
const START_SECONDS = 300;
/** A mounted file alone lags a minute; looking at once makes it seconds. */
const PROMISED_SECONDS = 30;

/** Fifty processes in two environments, and some changes of integration. */
export async function measureConfiguration(stage: Stage): Promise<readonly Figure[]> {
  const { orders } = stage.shop;
  for (const branch of BRANCHES) {
    const file = await orders.read('origin/main', 'espalier.yaml');
    await orders.commit(branch, 'Many processes', {
      'espalier.yaml': file.replace(/^replicas: .*$/m, `replicas: ${String(PROCESSES)}`),
    });
    const commit = await orders.push(branch);
    await until(`${String(PROCESSES)} processes of ${branch} serve`, START_SECONDS, async (saw) => {
      const service = (await stage.record(branch))?.services['orders'];
      saw(service?.failure ?? service);
      return service?.applied?.commit === commit ? true : undefined;
    });
  }
  const seconds: number[] = [];
  const wanted = PROCESSES * BRANCHES.length;
  for (let change = 1; change <= CHANGES; change += 1) {
    const begun = performance.now();
    const said = await set(stage.world, `greeting=Hello number ${String(change)}`);
    seconds.push((performance.now() - begun) / 1000);
    const confirmed = Number(/(\d+) processes/.exec(said)?.[1] ?? 0);
    if (confirmed < wanted) throw new Deviation(`${String(wanted)} processes confirm`, said);
  }
  return [
    {
      what: `a change of the configuration → all of ${String(wanted)} subscribed processes confirmed`,
      measured: median(seconds),
      unit: 's',
      limit: PROMISED_SECONDS,
      note: `${seconds.map((each) => each.toFixed(1)).join(', ')} s; without a restart`,
    },
  ];
}

async function set(world: World, pair: string): Promise<string> {
  const lines: string[] = [];
  const output = {
    show: (_json: unknown, shown: readonly string[]) => void lines.push(...shown),
    note: () => undefined,
  };
  await config.run({ ...world, output }, ['set', 'feature', 'orders', pair], new Set(), { author: 'bench' });
  return lines.join('\n');
}
