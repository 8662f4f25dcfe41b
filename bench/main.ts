/**
 * `npm run bench`: measures what the project promises about speed and prints it as a table; fails when a promise is broken.
 * `npm run bench -- functions|rendering|start|delivery|sweep|flood|configuration|tour` measures only that. With `--cluster KUBECONFIG --registry HOST` it measures
 * what needs a real cluster instead: `quiet|environments|canaries|switches|router|many`, as often as `--environments`, `--canaries`, `--switches`, `--aborts` and `--many`
 * say. Separate from the measurements, which know nothing of each other.
 */
import { parseArgs } from 'node:util';
import { openWorld } from '../cli/open-world.ts';
import { terminalOutput } from '../cli/terminal.ts';
import { startLaptop, type Laptop } from '../tour/laptop.ts';
import { setStage, type Stage } from '../tour/stage.ts';
import { CLUSTER_MEASUREMENTS, measureCluster } from './cluster/measure-cluster.ts';
import { PEERS } from './cluster/peers.ts';
import { measureConfiguration } from './configuration.ts';
import { measureDeliveries } from './deliveries.ts';
import { printTable, type Figure } from './figures.ts';
import { measureFlood } from './flood.ts';
import { measureFunctions } from './functions.ts';
import { measureRendering } from './rendering.ts';
import { measureStart, measureTour } from './start.ts';
import { measureSweep } from './sweep.ts';

const MEASUREMENTS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  functions: measureFunctions,
  rendering: measureRendering,
  start: measureStart,
  tour: measureTour,
  delivery: () => onStage(measureDeliveries),
  sweep: () => onStage(measureSweep),
  flood: () => onStage(measureFlood),
  configuration: () => onStage(measureConfiguration),
};

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    cluster: { type: 'string' },
    registry: { type: 'string' },
    gateway: { type: 'string' },
    prometheus: { type: 'string', default: process.env['CLUSTER_PROMETHEUS'] ?? 'http://127.0.0.1:9090' },
    switches: { type: 'string', default: '50' },
    aborts: { type: 'string', default: '20' },
    canaries: { type: 'string', default: '3' },
    environments: { type: 'string', default: '5' },
    many: { type: 'string', default: '60' },
  },
});
const names: readonly string[] = values.cluster === undefined ? Object.keys(MEASUREMENTS) : CLUSTER_MEASUREMENTS;
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) refuse(`There is no measurement ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
const figures: Figure[] = [];
if (values.cluster === undefined) {
  for (const [name, measure] of Object.entries(MEASUREMENTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.error(`measuring ${name} …`);
    figures.push(...(await measure()));
  }
} else {
  const { cluster, registry, gateway, prometheus } = values;
  if (registry === undefined) {
    refuse('--cluster KUBECONFIG needs --registry HOST[:PORT] too, from which the cluster pulls images.');
  }
  figures.push(
    ...(await measureCluster(
      { cluster, registry, gateway, prometheus },
      CLUSTER_MEASUREMENTS.filter((name) => wanted.length === 0 || wanted.includes(name)),
      {
        switches: count('switches', values.switches),
        aborts: count('aborts', values.aborts),
        canaries: count('canaries', values.canaries),
        environments: count('environments', values.environments),
        many: count('many', values.many),
      },
    )),
  );
}
const broken = printTable(figures);
if (values.cluster !== undefined) console.log(`\n${PEERS.join('\n')}`);
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

function count(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1_000) return number;
  return refuse(`--${name} is ${text}; allowed: a whole number from 1 to 1000.`);
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
