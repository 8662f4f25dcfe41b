/**
 * Where the figures of a real cluster are taken: a laptop whose pods are that cluster's, one repository, and the ways to see what became
 * of a push. Separate because all measurements share one laptop, as all services of an installation do.
 */
import { openWorld } from '../../cli/open-world.ts';
import { terminalOutput } from '../../cli/terminal.ts';
import type { World } from '../../cli/command.ts';
import { startLaptop, type Laptop } from '../../tour/laptop.ts';
import { until } from '../../tour/deviation.ts';

/** What `npm run bench -- --cluster` is told. */
export interface ClusterPlace {
  readonly cluster: string;
  readonly registry: string;
  readonly gateway?: string | undefined;
  readonly prometheus: string;
}

export interface ClusterStage {
  readonly laptop: Laptop;
  readonly world: World;
}

/** The repository that most measurements deliver; the others would only take the machine's time. */
export const REPOSITORY = 'orders';
/** A laptop begins by delivering the examples' own branches. */
const QUIET_SECONDS = 300;

/** Starts the laptop with these repositories and waits until nothing is under way on it. */
export async function openClusterStage(place: ClusterPlace, repositories: readonly string[]): Promise<ClusterStage> {
  await requirePrometheus(place.prometheus);
  const { cluster, registry, gateway } = place;
  const installation = `bench-${Date.now().toString(36).slice(-6)}`;
  const given = [
    '--cluster',
    cluster,
    '--registry',
    registry,
    ...(gateway === undefined ? [] : ['--gateway', gateway]),
  ];
  const laptop = await startLaptop({
    arguments: [...given, '--leave-nothing'],
    installation,
    settings: {
      repositories,
      metrics: { prometheus: { url: place.prometheus } },
      // Nobody keeps requests under way for longer here, and the next of many rollouts waits for it.
      environments: { feature: { rollout: { drain: '2s' } } },
    },
  });
  try {
    const where = { local: laptop.directory, installation, settings: 'settings.yaml' };
    const world = await openWorld(where, terminalOutput(false));
    await until('the first deliveries are over', QUIET_SECONDS, async (saw) => {
      const records = await world.records.all();
      saw(records);
      const services = records.flatMap((record) => Object.values(record.services));
      const delivered = services.filter(({ applied, owner }) => applied !== undefined && owner === undefined);
      const wanted = FIRST_ENVIRONMENTS * repositories.length;
      return delivered.length === wanted && services.length === wanted ? true : undefined;
    });
    return { laptop, world };
  } catch (error) {
    await laptop.stop();
    throw error;
  }
}

/** `main` and `integration` of each example. */
const FIRST_ENVIRONMENTS = 2;

async function requirePrometheus(url: string): Promise<void> {
  const answer = await fetch(new URL('/-/ready', url)).catch((error: unknown) => error as Error);
  if (!(answer instanceof Error) && answer.ok) return;
  const found = answer instanceof Error ? answer.message : `status ${String(answer.status)}`;
  throw new Error(
    `The figures need the Prometheus that scrapes the gateway, and ${url} is none (${found}). Name it: --prometheus URL.`,
  );
}
