/** How long the laptop takes to be ready, and the tour to be told. Separate because these need no stage. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startLaptop } from '../tour/laptop.ts';
import { largest, median, type Figure } from './figures.ts';

const STARTS = 3;
const READY_SECONDS = 8;
const TOUR_SECONDS = 90;

/** `npm run local`, each time with a new state directory. */
export async function measureStart(): Promise<readonly Figure[]> {
  const seconds: number[] = [];
  for (let round = 0; round < STARTS; round += 1) {
    const laptop = await startLaptop({});
    await laptop.stop();
    seconds.push(laptop.startedIn / 1000);
  }
  return [
    {
      what: 'npm run local is ready',
      measured: median(seconds),
      unit: 's',
      limit: READY_SECONDS,
      note: `median of ${String(STARTS)}, slowest ${largest(seconds).toFixed(2)} s`,
    },
  ];
}

/** The whole tour, as its own process. */
export async function measureTour(): Promise<readonly Figure[]> {
  const begun = performance.now();
  const child = spawn(process.execPath, [fileURLToPath(new URL('../tour/main.ts', import.meta.url))], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('The tour failed; run `npm run tour` to see where.');
  return [{ what: 'npm run tour', measured: (performance.now() - begun) / 1000, unit: 's', limit: TOUR_SECONDS }];
}
