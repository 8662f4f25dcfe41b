/**
 * Many environments at once on one node: every repository pushes one commit under many branch names, and deletes them again. Separate
 * because it has a laptop of its own, with all repositories, whose pods fill the node.
 */
import { join } from 'node:path';
import { LABELS } from '../../lambdas/contracts/kubernetes.ts';
import { objectNames } from '../../tour/cluster.ts';
import { Deviation, until } from '../../tour/deviation.ts';
import { clone } from '../../tour/repository.ts';
import { countCalls, type Calls } from '../calls.ts';
import type { Figure } from '../figures.ts';
import { filesOf } from '../traffic/versions.ts';
import type { ClusterStage } from './cluster-stage.ts';

/** The repositories that all push; each gives one service of one pod. */
export const REPOSITORIES: readonly string[] = ['web', 'orders', 'inventory'];
/** What one pod asks for, beside 5m of a processor: the smallest that a server of Node.js lives in. */
const MEMORY = '32Mi';
const PATIENCE_SECONDS = 1_500;
const LOOK_EVERY_MS = 1_000;
const PROGRESS_MS = 15_000;

/** Creates them all, waits until each is applied, removes them all, and looks for what is left. */
export async function measureManyEnvironments(stage: ClusterStage, environments: number): Promise<readonly Figure[]> {
  const branches = Array.from({ length: environments }, (_, index) => `feature/many-${String(index)}`);
  const services = environments * REPOSITORIES.length;
  const { directory, endpoints } = stage.laptop;
  const repositories = await Promise.all(
    REPOSITORIES.map(async (name) => {
      const folder = join(directory, 'work', `many-${name}`);
      const repository = await clone(name, endpoints.git[name] ?? '', folder, () => undefined);
      const commit = await repository.commit(
        branches[0] ?? '',
        'One of many',
        filesOf(name, { replicas: 1, memory: MEMORY }),
      );
      return { repository, commit };
    }),
  );

  const creating = await timed(stage, async () => {
    await Promise.all(
      repositories.map(async ({ repository, commit }) => {
        for (const branch of branches) await repository.moveTo(branch, commit);
      }),
    );
    await settled(stage, branches, 'applied', services);
  });
  const removing = await timed(stage, async () => {
    await Promise.all(
      repositories.map(async ({ repository }) => {
        for (const branch of branches) await repository.deleteBranch(branch);
      }),
    );
    await settled(stage, branches, 'removed', environments);
  });

  const left = await leftOver(stage, branches);
  const what = `${String(environments)} environments of ${String(REPOSITORIES.length)} services`;
  return [
    {
      what: `${what}: first push to the last one applied`,
      measured: creating.seconds,
      unit: 's',
      note: perEnvironment(creating.calls, environments),
    },
    {
      what: `${what}: first deletion to the last one gone`,
      measured: removing.seconds,
      unit: 's',
      note: perEnvironment(removing.calls, environments),
    },
    {
      what: `${what}: namespaces and executions left over`,
      measured: left.length,
      unit: '',
      limit: 0,
      ...(left.length > 0 && { details: left.join('\n') }),
    },
  ];
}

interface Timed {
  readonly seconds: number;
  readonly calls: Calls;
}

async function timed(stage: ClusterStage, action: () => Promise<void>): Promise<Timed> {
  const begun = performance.now();
  const calls = await countCalls(stage.laptop, action);
  return { seconds: (performance.now() - begun) / 1000, calls };
}

/** Calls for one environment, with its share of what sweeps asked meanwhile. */
function perEnvironment(calls: Calls, environments: number): string {
  const { kubernetes = 0, ...aws } = calls;
  const each = (count: number): string => (count / environments).toFixed(0);
  const all = Object.values(aws).reduce((sum, count) => sum + count, 0);
  return `for each ${each(all)} calls of AWS and ${each(kubernetes)} of Kubernetes`;
}

/** Waits until so many services are applied, or environments removed, and nobody works on them; a refusal ends it. */
async function settled(
  { world }: ClusterStage,
  branches: readonly string[],
  wanted: 'applied' | 'removed',
  count: number,
): Promise<void> {
  const begun = performance.now();
  let told = begun;
  await until(`${String(count)} are ${wanted}`, PATIENCE_SECONDS, async (saw) => {
    const records = (await world.records.all()).filter(({ branch }) => branch !== null && branches.includes(branch));
    const services = records.flatMap((record) => Object.values(record.services));
    const refused = services.find(({ failure }) => failure?.kind === 'rejected' || failure?.kind === 'bug')?.failure;
    if (refused !== undefined) throw new Deviation('deliveries that succeed', refused.reason);
    const there =
      wanted === 'removed'
        ? records.filter(({ phase }) => phase === 'removed').length
        : services.filter(({ applied, owner }) => applied !== undefined && owner === undefined).length;
    saw(`${String(there)} of ${String(count)} are ${wanted}`);
    if (performance.now() - told > PROGRESS_MS) {
      told = performance.now();
      console.error(`  ${((told - begun) / 1000).toFixed(0)} s: ${String(there)} of ${String(count)} are ${wanted}`);
    }
    return there === count ? true : new Promise((resolve) => setTimeout(() => resolve(undefined), LOOK_EVERY_MS));
  });
}

/** Namespaces of the removed environments, and services whose record says that something may be there. */
async function leftOver({ laptop, world }: ClusterStage, branches: readonly string[]): Promise<readonly string[]> {
  const ours = encodeURIComponent(`${LABELS.installation}=${laptop.installation}`);
  const namespaces = await objectNames(laptop.endpoints.kubeconfig, `/api/v1/namespaces?labelSelector=${ours}`);
  const records = (await world.records.all()).filter(({ branch }) => branch !== null && branches.includes(branch));
  const touched = records.flatMap((record) =>
    Object.entries(record.services)
      .filter(([, { touched: may, owner }]) => may || owner !== undefined)
      .map(([service]) => `${service} of ${record.id}`),
  );
  return [...namespaces.filter((name) => name.includes('feature-many-')), ...touched];
}
