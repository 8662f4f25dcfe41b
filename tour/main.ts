/**
 * `npm run tour`: starts a laptop, plays the story with real git commands, and ends with everything removed. A step that deviates ends
 * it with what was expected, what was seen and the log that matters. Separate from the story, which knows nothing of beginning and end.
 */
import { parseArgs } from 'node:util';
import { openWorld } from '../cli/open-world.ts';
import { eventLine } from '../cli/event-lines.ts';
import { terminalOutput } from '../cli/terminal.ts';
import { leftInCluster } from './cluster.ts';
import { expect } from './deviation.ts';
import { startLaptop, type Laptop } from './laptop.ts';
import { terminalReport } from './report.ts';
import { openRouter, type TourRouter } from './router.ts';
import { setStage, type Stage } from './stage.ts';
import { STORY, type Step } from './story.ts';

const LOG_LINES = 60;
const EVENTS = 40;

const { values } = parseArgs({
  options: { cluster: { type: 'string' }, registry: { type: 'string' }, gateway: { type: 'string' } },
});
const real = values.cluster !== undefined;
let router: TourRouter | undefined;

/** A real cluster may be home to other installations; the tour's own name keeps out of their way. */
async function place(): Promise<Omit<Parameters<typeof startLaptop>[0], 'onLine'>> {
  const { cluster } = values;
  const passed = (more: object) =>
    Object.entries({ ...values, ...more }).flatMap(([name, value]) => [`--${name}`, value]);
  if (cluster === undefined) return { arguments: passed({}) };
  const installation = `tour-${Date.now().toString(36).slice(-6)}`;
  router = await openRouter(cluster, values.gateway, installation);
  const given = [...passed({ gateway: router.gateway }), '--leave-nothing'];
  return { arguments: given, installation, settings: { router: router.settings } };
}

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
    void router?.close();
    console.log('\nInterrupted: stopping the laptop …');
  });
}

const begun = performance.now();
const report = terminalReport();
console.log('Espalier, from a push to an environment and back, on this machine.');
const laptop = await step(`start the laptop: a small AWS and a ${real ? 'real' : 'small'} Kubernetes`, async () => {
  const started = await startLaptop({ ...(await place()), onLine: tellNotice });
  return [started, `git, AWS API, Kubernetes API and a way in at ${started.endpoints.gateway}`];
});
if (laptop !== undefined) {
  await play(laptop);
  await step('stop the laptop: nothing is left behind', async () => {
    const left = await laptop.stop();
    expect(left.length === 0, 'no process of the laptop', left);
    if (!real) return [undefined, 'no process, no file'];
    await closeRouter();
    const stays = await leftInCluster(laptop.endpoints.kubeconfig, laptop.installation);
    expect(stays.length === 0, `nothing of ${laptop.installation} in the cluster`, stays);
    return [undefined, 'no process, no file, no object in the cluster, no image in the registry'];
  });
}
await closeRouter();
report.end(performance.now() - begun);

/** Once, whether the laptop came up or not. */
async function closeRouter(): Promise<void> {
  const open = router;
  router = undefined;
  await open?.close();
}

/** The title of a notice, as it would appear in Slack; the laptop prints the whole message with a bar before each line. */
function tellNotice(line: string): void {
  const title = /^┃ \[thread [^\]]*\] (.*)$/.exec(line)?.[1];
  if (title !== undefined) report.say(`Slack: ${title}`);
}

async function play(laptop: Laptop): Promise<void> {
  const world = await openWorld(
    { local: laptop.directory, installation: laptop.installation, settings: 'settings.yaml' },
    terminalOutput(false),
  );
  const stage = await step('clone the three example repositories', async () => {
    const set = await setStage(laptop, world, (line) => report.say(line));
    return [set, 'web calls orders, orders calls inventory'];
  });
  if (stage === undefined) return tell(laptop);
  for (const next of STORY) {
    if (!(await playStep(stage, next))) {
      await tellEvents(stage);
      tell(laptop);
      return;
    }
  }
}

async function playStep(stage: Stage, next: Step): Promise<boolean> {
  return (await step(next.title, async () => [true, await next.play(stage)])) === true;
}

/** Plays and reports one step; undefined when it failed, and the exit code remembers. */
async function step<Value>(title: string, action: () => Promise<[Value, string]>): Promise<Value | undefined> {
  report.begin(title);
  try {
    const [value, result] = await action();
    report.done(result);
    return value;
  } catch (error) {
    // The laptop is being stopped, and what fails because of that is no deviation; its end ends the process.
    if (interrupted) return new Promise(() => undefined);
    report.failed(error);
    process.exitCode = 1;
    return undefined;
  }
}

/** What the environments say about themselves. */
async function tellEvents(stage: Stage): Promise<void> {
  for (const record of await stage.world.records.all()) {
    console.log(`\n${record.id}: ${JSON.stringify(record)}`);
    for (const event of (await stage.world.history.of(record.id)).slice(-EVENTS)) console.log(`  ${eventLine(event)}`);
  }
}

function tell(laptop: Laptop): void {
  console.log(`\nThe last lines of the laptop:`);
  for (const line of laptop.lastLines(LOG_LINES)) console.log(`  ${line}`);
}
