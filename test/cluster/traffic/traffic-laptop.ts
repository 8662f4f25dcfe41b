/**
 * The laptop on the real cluster that all scenarios share. Needs KUBECONFIG, DOCKER_HOST (or a Docker that is found),
 * CLUSTER_REGISTRY (with node:24), CLUSTER_GATEWAY and CLUSTER_PROMETHEUS. Separate from the scenarios, of which many run beside each other on it.
 */
import type { World } from '../../../cli/command.ts';
import { openWorld } from '../../../cli/open-world.ts';
import { terminalOutput } from '../../../cli/terminal.ts';
import { leftInCluster } from '../../../tour/cluster.ts';
import { startLaptop, type Laptop } from '../../../tour/laptop.ts';
import { uniqueInstallation } from '../../fakes/installation.ts';
import { MetricStore } from './metric-store.ts';
import { Scenario, SERVICE } from './scenario.ts';

const kubeconfig = process.env['KUBECONFIG'] ?? '';
const registry = process.env['CLUSTER_REGISTRY'] ?? '127.0.0.1:5000';
export const GATEWAY = new URL(process.env['CLUSTER_GATEWAY'] ?? 'http://127.0.0.1:8000').host;
const PROMETHEUS = process.env['CLUSTER_PROMETHEUS'] ?? 'http://127.0.0.1:9090';

/** Nothing is delivered but what a scenario pushes; pods have two minutes, also while others start theirs. */
const ENVIRONMENTS = {
  feature: { rollout: { deadline: '2m' } },
  integration: { branches: [] },
  'pre-release': { branches: [] },
};

/** Milliseconds that a scenario with several deliveries may take beside others; the end takes all of them away. */
export const SCENARIO = 600_000;
export const END = 300_000;

export class TrafficLaptop {
  readonly laptop: Laptop;
  readonly metrics: MetricStore;
  readonly #begin: (name: string, pusher?: string) => Promise<Scenario>;

  private constructor(
    laptop: Laptop,
    metrics: MetricStore,
    begin: (name: string, pusher?: string) => Promise<Scenario>,
  ) {
    this.laptop = laptop;
    this.metrics = metrics;
    this.#begin = begin;
  }

  /** `feature` and `more`: settings beside those that all have. */
  static async start(feature: object = {}, more: object = {}): Promise<TrafficLaptop> {
    const metrics = await MetricStore.open(PROMETHEUS);
    const installation = uniqueInstallation('traf');
    const place = ['--registry', registry, '--gateway', `kube-system/public@${GATEWAY}`, '--leave-nothing'];
    const laptop = await startLaptop({
      arguments: ['--cluster', kubeconfig, ...place],
      installation,
      settings: {
        repositories: [SERVICE],
        metrics: { prometheus: { url: metrics.url } },
        environments: { ...ENVIRONMENTS, feature: { ...ENVIRONMENTS.feature, ...feature } },
        ...more,
      },
    });
    const where = { local: laptop.directory, installation, settings: 'settings.yaml' };
    const world = await openWorld(where, terminalOutput(false));
    return new TrafficLaptop(laptop, metrics, (name, pusher) => Scenario.begin(laptop, world, name, pusher));
  }

  /** What somebody of this name sees and decides on the command line. One at a time: the name is taken from the environment. */
  async person(name: string): Promise<World> {
    const before = process.env['AWS_ACCESS_KEY_ID'];
    process.env['AWS_ACCESS_KEY_ID'] = `local-${name}`;
    try {
      const { directory, installation } = this.laptop;
      return await openWorld({ local: directory, installation, settings: 'settings.yaml' }, terminalOutput(false));
    } finally {
      if (before === undefined) delete process.env['AWS_ACCESS_KEY_ID'];
      else process.env['AWS_ACCESS_KEY_ID'] = before;
    }
  }

  /** Plays a scenario in an environment of this name; what it started ends with it, and a failure says what happened there. */
  async plays(name: string, play: (scenario: Scenario) => Promise<void>, pusher?: string): Promise<void> {
    const scenario = await this.#begin(name, pusher);
    try {
      await play(scenario);
    } catch (error) {
      console.error(`${name}:\n${(await scenario.events().catch(() => [])).map((event) => `  ${event}`).join('\n')}`);
      throw error;
    } finally {
      await scenario.ends();
    }
  }

  /** Leaves nothing behind; throws with what stayed. */
  async stop(): Promise<void> {
    const left = await this.laptop.stop();
    await this.metrics.stop();
    const stays = [...left, ...(await leftInCluster(kubeconfig, this.laptop.installation))];
    if (stays.length > 0) throw new Error(`The laptop left behind:\n${stays.join('\n')}`);
  }
}
