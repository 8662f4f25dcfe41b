/**
 * The laptop on the real cluster that all stories of branches share, with integration delivered. Needs KUBECONFIG, DOCKER_HOST (or a
 * Docker that is found), CLUSTER_REGISTRY (with node:24) and CLUSTER_GATEWAY. Separate from the stories, which are told beside each other.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../../../cli/command.ts';
import { eventLine } from '../../../cli/event-lines.ts';
import { openWorld } from '../../../cli/open-world.ts';
import { terminalOutput } from '../../../cli/terminal.ts';
import { namespaceOf } from '../../../lambdas/contracts/kubernetes.ts';
import { leftInCluster, namespaceExists } from '../../../tour/cluster.ts';
import { until } from '../../../tour/deviation.ts';
import { espalier } from '../../../tour/espalier.ts';
import { startLaptop, type Laptop } from '../../../tour/laptop.ts';
import { setStage, type Stage } from '../../../tour/stage.ts';
import { uniqueInstallation } from '../../fakes/installation.ts';
import { openInternalGateway, type InternalGateway } from './internal-gateway.ts';

const kubeconfig = process.env['KUBECONFIG'] ?? '';
const registry = process.env['CLUSTER_REGISTRY'] ?? '127.0.0.1:5000';
const gateway = new URL(process.env['CLUSTER_GATEWAY'] ?? 'http://127.0.0.1:8000').host;

/** Milliseconds that a story of several deliveries may take beside others, and the end for taking everything away. */
export const STORY = 300_000;
const DELIVERED_SECONDS = 240;
const EVENTS = 40;
/** Small, so that a service that asks for more is refused. */
export const MOST_PODS = 6;

const ENVIRONMENTS = {
  feature: { quota: { pods: MOST_PODS }, rollout: { drain: '2s' } },
  'pre-release': { branches: [] },
};

export class BranchLaptop {
  readonly laptop: Laptop;
  readonly world: World;
  readonly #internal: InternalGateway;

  private constructor(laptop: Laptop, world: World, internal: InternalGateway) {
    this.laptop = laptop;
    this.world = world;
    this.#internal = internal;
  }

  /** Starts it, and waits until integration has the three services of the shop. */
  static async start(): Promise<BranchLaptop> {
    const installation = uniqueInstallation('bran');
    const internal = await openInternalGateway(`${installation}-internal`, gateway);
    const place = ['--registry', registry, '--gateway', `kube-system/public@${gateway}`, '--leave-nothing'];
    const laptop = await startLaptop({
      arguments: ['--cluster', kubeconfig, ...place],
      installation,
      settings: { environments: ENVIRONMENTS, router: internal.router, names: { rememberedSeconds: 10 } },
    });
    const where = { local: laptop.directory, installation, settings: 'settings.yaml' };
    const started = new BranchLaptop(laptop, await openWorld(where, terminalOutput(false)), internal);
    try {
      await started.#integrationServes();
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  /** Tells a story with clones of its own; a failure says what happened in the environments of its branches. */
  async tells(name: string, play: (stage: Stage) => Promise<void>): Promise<void> {
    const directory = join(this.laptop.directory, 'stories', name);
    mkdirSync(directory, { recursive: true });
    const stage = await setStage({ ...this.laptop, directory }, this.world, () => undefined);
    try {
      await play(stage);
    } catch (error) {
      console.error(`${name}:`);
      for (const record of await this.world.records.all()) {
        if (record.branch?.includes(name) !== true) continue;
        console.error(`  ${JSON.stringify(record)}`);
        for (const event of (await this.world.history.of(record.id)).slice(-EVENTS)) {
          console.error(`  ${eventLine(event)}`);
        }
      }
      throw error;
    }
  }

  /** What `npx espalier …` prints. */
  types(...words: string[]): Promise<string> {
    return espalier({ laptop: this.laptop, say: () => undefined }, ...words);
  }

  /** A sweep as the schedule would start it; answers once it has ended. */
  async sweeps(): Promise<void> {
    const sweep = await this.world.workflows.start('sweep', 'branch', {});
    const state = await until('the sweep ends', DELIVERED_SECONDS, async () => {
      const now = await this.world.workflows.state(sweep);
      return now.kind === 'running' ? undefined : now;
    });
    if (state.kind !== 'succeeded') throw new Error(`The sweep: ${JSON.stringify(state)}`);
  }

  namespaceIsThere(environment: string): Promise<boolean> {
    return namespaceExists(kubeconfig, namespaceOf(this.laptop.installation, environment));
  }

  /** Leaves nothing behind; throws with what stayed. */
  async stop(): Promise<void> {
    const left = await this.laptop.stop();
    await this.#internal.remove();
    const stays = [...left, ...(await leftInCluster(kubeconfig, this.laptop.installation))];
    if (stays.length > 0) throw new Error(`The laptop left behind:\n${stays.join('\n')}`);
  }

  async #integrationServes(): Promise<void> {
    await until('integration has the three services', DELIVERED_SECONDS, async (saw) => {
      const services = Object.values((await this.world.records.load('integration'))?.services ?? {});
      saw(services);
      const failure = services.find((service) => service.failure !== undefined)?.failure;
      if (failure !== undefined) throw new Error(`Integration could not be delivered: ${failure.reason}`);
      const served = services.filter(({ applied, owner }) => applied !== undefined && owner === undefined);
      return served.length === Object.keys(this.laptop.endpoints.git).length ? true : undefined;
    });
  }
}
