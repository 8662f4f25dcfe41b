/**
 * The whole product on a real cluster: `npm run local -- --cluster …` from a push to pods, and back to nothing. Needs KUBECONFIG,
 * DOCKER_HOST (or a Docker that is found), CLUSTER_REGISTRY (with node:24) and CLUSTER_GATEWAY, a Gateway's address.
 */
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld } from '../../cli/open-world.ts';
import { terminalOutput } from '../../cli/terminal.ts';
import { clusterGroup, LABELS, namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import type { KubernetesObject } from '../../lambdas/ports/cluster.ts';
import { ask } from '../../tour/ask.ts';
import { leftInCluster, namespaceExists, readCluster } from '../../tour/cluster.ts';
import { until } from '../../tour/deviation.ts';
import { startLaptop, type Laptop } from '../../tour/laptop.ts';
import { setStage, type Stage } from '../../tour/stage.ts';
import { uniqueInstallation } from '../fakes/installation.ts';
import { hostileObjects } from './hostile-chart.ts';
import { realCluster, realClusterAs } from './kubeconfig.ts';

const installation = uniqueInstallation('lap');
const kubeconfig = process.env['KUBECONFIG'] ?? '';
const registry = process.env['CLUSTER_REGISTRY'] ?? '127.0.0.1:5000';
const gateway = `kube-system/public@${new URL(process.env['CLUSTER_GATEWAY'] ?? 'http://127.0.0.1:8000').host}`;
/** Milliseconds for deliveries beside each other, each with its build, on a node with two cores. */
const DELIVERIES = 300_000;
const BRANCH = 'feature/login';

/** Called by the installation's name, so that others who do the same beside it are not met. */
const hostile = hostileObjects(installation);
const admin = realCluster();

/** Where an object of a chart would be: in its environment, unless it says otherwise. */
function placed({ apiVersion, kind, metadata }: KubernetesObject) {
  const namespace = metadata.namespace ?? namespaceOf(installation, 'feature-login');
  return { apiVersion, kind, namespace, name: metadata.name };
}

/** Applies as the function `deploy` would, with the rights of its group and no more. */
function appliedByDeploy(object: KubernetesObject): Promise<unknown> {
  const { namespace } = placed(object);
  const deploy = realClusterAs('deploy-branch', [clusterGroup(installation, 'deploy', 'branch')]);
  return deploy.apply({ ...object, metadata: { ...object.metadata, namespace } }, 'chart');
}

interface Happened {
  readonly involvedObject: { readonly name: string };
  readonly message?: string;
}

let laptop: Laptop;
let stage: Stage;

beforeAll(async () => {
  const given = ['--cluster', kubeconfig, '--registry', registry, '--gateway', gateway, '--leave-nothing'];
  laptop = await startLaptop({ arguments: given, installation });
  const place = { local: laptop.directory, installation, settings: 'settings.yaml' };
  stage = await setStage(laptop, await openWorld(place, terminalOutput(false)), () => undefined);
});

afterAll(async () => {
  await laptop.stop();
}, DELIVERIES);

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: { readonly containers: readonly { readonly image: string }[] };
  }[];
}

/** Image and commit by service, of what runs in the environment. */
async function running(environment: string): Promise<Record<string, { image: string; commit: string }>> {
  const { text } = await readCluster(kubeconfig, `/api/v1/namespaces/${namespaceOf(installation, environment)}/pods`);
  return Object.fromEntries(
    (JSON.parse(text) as Pods).items.map(({ metadata: { labels }, spec }) => [
      labels[LABELS.service],
      { image: spec.containers[0]?.image ?? '', commit: labels[LABELS.commit] ?? '' },
    ]),
  );
}

describe('the laptop on a real cluster', () => {
  test(
    'a push to two repositories makes one environment, of images that were pulled by digest',
    async () => {
      const { orders, inventory } = stage.shop;
      const pushed = await Promise.all(
        [orders, inventory].map(async (repository) => {
          await repository.commit(BRANCH, 'Log in', { 'NOTES.md': 'login\n' });
          return repository.push(BRANCH);
        }),
      );
      const delivered = [
        await stage.answers(BRANCH, orders, pushed[0] ?? ''),
        await stage.answers(BRANCH, inventory, pushed[1] ?? ''),
      ];
      expect(delivered.map(({ environment }) => environment)).toEqual(['feature-login', 'feature-login']);
      const record = await stage.record(BRANCH);
      const images = `${registry}/${installation}-services`;
      expect(await running('feature-login')).toEqual({
        orders: { image: `${images}@${record?.services['orders']?.applied?.digest ?? ''}`, commit: pushed[0] },
        inventory: { image: `${images}@${record?.services['inventory']?.applied?.digest ?? ''}`, commit: pushed[1] },
      });
    },
    DELIVERIES,
  );

  test(
    'once the second push is announced, only the new version answers',
    async () => {
      const { orders } = stage.shop;
      await orders.commit(BRANCH, 'Log out', { 'NOTES.md': 'logout\n' });
      const commit = await orders.push(BRANCH);
      const { link } = await stage.answers(BRANCH, orders, commit);
      for (let request = 0; request < 200; request += 1) {
        const { status, headers } = await ask(laptop.endpoints.gateway, link, '/health');
        expect([status, headers['espalier-commit']]).toEqual([200, commit]);
      }
    },
    DELIVERIES,
  );

  test(
    'a hostile chart is refused by its build: each object by name and template, and the version before serves',
    async () => {
      const { inventory } = stage.shop;
      const applied = (await stage.record(BRANCH))?.services['inventory']?.applied;
      const templates = hostile.map(({ template, object }) => [`chart/${template}`, stringify(object)]);
      await inventory.commit(BRANCH, 'All rights', {
        'espalier.yaml': 'name: inventory\ndependencies: [orders]\nchart: chart\n',
        ...(Object.fromEntries(templates) as Record<string, string>),
      });
      const reason = await stage.fails(BRANCH, inventory, await inventory.push(BRANCH));
      for (const { refused } of hostile) expect(reason).toContain(refused);
      expect(reason).toContain('Nothing was applied.');
      for (const { object } of hostile)
        expect([object.kind, await admin.get(placed(object))]).toEqual([object.kind, undefined]);
      expect((await running('feature-login'))['inventory']?.commit).toBe(applied?.commit);
      const { status, headers } = await ask(laptop.endpoints.gateway, applied?.url ?? '', '/health');
      expect([status, headers['espalier-commit']]).toEqual([200, applied?.commit]);
    },
    DELIVERIES,
  );

  test.each(
    hostile.flatMap(({ object, denied }) =>
      'atOnce' in denied ? [[object.kind, object, denied.atOnce] as const] : [],
    ),
  )(
    'what a chart would bring past that check the cluster refuses to the function that applies it: a %s',
    async (_kind, object, why) => {
      await expect(appliedByDeploy(object)).rejects.toThrow(why);
    },
  );

  test.each(
    hostile.flatMap(({ object, denied }) =>
      'itsPods' in denied ? [[object.kind, object, denied.itsPods] as const] : [],
    ),
  )('and where it makes pods later, they never come: a %s', async (_kind, object, why) => {
    await appliedByDeploy(object);
    const { namespace } = placed(object);
    const because = await until('its pods are refused', 30, async (saw) => {
      const events = await admin.list({ apiVersion: 'v1', kind: 'Event', namespace });
      const messages = (events as unknown as readonly Happened[]).flatMap(({ involvedObject, message = '' }) =>
        involvedObject.name.startsWith(object.metadata.name) ? [message] : [],
      );
      saw(messages);
      return messages.find((message) => message.includes('forbidden'));
    });
    expect(because).toContain(why);
    await admin.remove(placed(object));
  });

  test(
    'deleted branches take service by service away, and the environment with the last',
    async () => {
      const { orders, inventory } = stage.shop;
      await inventory.deleteBranch(BRANCH);
      await orders.deleteBranch(BRANCH);
      await stage.removed(BRANCH);
      const left = await namespaceExists(kubeconfig, namespaceOf(installation, 'feature-login'));
      expect(left).toBe(false);
    },
    DELIVERIES,
  );

  test(
    'a laptop that leaves nothing leaves nothing: no process, no object, no image',
    async () => {
      expect(await laptop.stop()).toEqual([]);
      expect(await leftInCluster(kubeconfig, installation)).toEqual([]);
      const tags = await fetch(`http://${registry}/v2/${installation}-services/tags/list`);
      expect(((await tags.json()) as { tags?: unknown }).tags ?? null).toBeNull();
    },
    DELIVERIES,
  );
});
