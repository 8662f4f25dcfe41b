/**
 * `npm run bench`: measures what the project promises about speed and prints it as a table; fails when a promise is broken.
 * `npm run bench -- functions|start|delivery|flood|tour` measures only that. Separate from the measurements, which know nothing of each
 * other.
 */
import { openWorld } from '../cli/open-world.ts';
import { terminalOutput } from '../cli/terminal.ts';
import { startLaptop, type Laptop } from '../tour/laptop.ts';
import { setStage, type Stage } from '../tour/stage.ts';
import { measureDeliveries } from './deliveries.ts';
import { printTable, type Figure } from './figures.ts';
import { measureFlood } from './flood.ts';
import { measureFunctions } from './functions.ts';
import { measureStart, measureTour } from './start.ts';

const MEASUREMENTS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  functions: measureFunctions,
  start: measureStart,
  tour: measureTour,
  delivery: () => onStage(measureDeliveries),
  flood: () => onStage(measureFlood),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => MEASUREMENTS[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no measurement ${unknown.join(', ')}. There are: ${Object.keys(MEASUREMENTS).join(', ')}.`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const [name, measure] of Object.entries(MEASUREMENTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`measuring ${name} …`);
  figures.push(...(await measure()));
}
const broken = printTable(figures);
if (broken > 0) {
  console.error(`\n${String(broken)} of ${String(figures.length)} figures are beyond what is promised.`);
  process.exitCode = 1;
}

/** Runs a measurement on a laptop of its own, with the three repositories cloned. */
async function onStage(measure: (stage: Stage) => Promise<readonly Figure[]>): Promise<readonly Figure[]> {
  const laptop: Laptop = await startLaptop({});
  try {
    const world = await openWorld(
      { local: laptop.directory, installation: 'espalier', settings: 'settings.yaml' },
      terminalOutput(false),
    );
    return await measure(await setStage(laptop, world, () => undefined));
  } catch (error) {
    console.error(laptop.lastLines(60).join('\n'));
    throw error;
  } finally {
    await laptop.stop();
  }
}
