/**
 * Feature branches through the real thing: the synthesized stacks on this machine's AWS, pushes to git, the real state machines, pods,
 * names and a gateway of a real cluster. Needs what branch-laptop.ts names. All stories are told beside each other, each in environments
 * of its own.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterGroup, namespaceOf } from '../../../lambdas/contracts/kubernetes.ts';
import { ask, linkOf, type Answered } from '../../../tour/ask.ts';
import { until } from '../../../tour/deviation.ts';
import type { Stage } from '../../../tour/stage.ts';
import { leads } from '../../../tour/way.ts';
import { realCluster, realClusterAs } from '../kubeconfig.ts';
import { EnvironmentView } from '../traffic/environment-view.ts';
import { BranchLaptop, MOST_PODS, STORY } from './branch-laptop.ts';
import { medianOf, TimedCalls } from './timed-calls.ts';

/** Seconds until something is seen in a record or in the cluster, on a machine that does much else. */
const SEEN_SECONDS = 120;
/** Seconds of grace that no service file asks for. */
const HAND_WRITTEN = 7;
const HOSTILE = [
  'feature/$(touch$IFS/tmp/pwned-cluster)`id`;\'"<!channel>',
  'feature/日本語',
  'feature/X',
  'feature/x',
  `feature/${'long-'.repeat(49)}`,
];

let branches: BranchLaptop;

beforeAll(async () => {
  branches = await BranchLaptop.start();
}, STORY);

afterAll(() => branches.stop(), STORY);

const note = (text: string): Record<string, string> => ({ 'NOTES.md': `${text}\n` });
const view = (environment: string): EnvironmentView =>
  new EnvironmentView(namespaceOf(branches.laptop.installation, environment), 'orders');

/** Waits until the delivery of orders is as far as that. */
function delivering({ record }: Stage, branch: string, commit: string): Promise<unknown> {
  return until(`${commit.slice(0, 8)} is under way`, SEEN_SECONDS, async (saw) => {
    const owner = (await record(branch))?.services['orders']?.owner;
    saw(owner);
    return owner?.commit === commit && owner.started ? owner : undefined;
  });
}

describe.concurrent('feature branches on a real cluster', { timeout: STORY }, () => {
  test('several repositories push one branch: one environment, whose services find each other; the last deletion removes it', () =>
    branches.tells('shop', async (stage) => {
      const branch = 'feature/shop';
      const all = Object.values(stage.shop);
      const pushed = await Promise.all(
        all.map(async (repository) => {
          await repository.commit(branch, 'One change in three places', note('shop'));
          return [repository, await repository.push(branch)] as const;
        }),
      );
      const delivered = await Promise.all(
        pushed.map(([repository, commit]) => stage.answers(branch, repository, commit)),
      );
      expect(new Set(delivered.map(({ environment }) => environment))).toEqual(new Set(['feature-shop']));
      const { link } = await leads(() => stage.get(delivered[0]?.link ?? ''), Array(3).fill('feature-shop'));
      expect([
        link.commit,
        link.calls?.['orders']?.commit,
        link.calls?.['orders']?.calls?.['inventory']?.commit,
      ]).toEqual(pushed.map(([, commit]) => commit));
      for (const repository of all) await repository.deleteBranch(branch);
      await stage.removed(branch);
    }));

  test('pushes that overtake each other: only the newest is ever announced, and serves', () =>
    branches.tells('login', async (stage) => {
      const branch = 'feature/login';
      const { orders } = stage.shop;
      const commits: string[] = [];
      for (const text of ['regretted', 'regretted too', 'better']) {
        await orders.commit(branch, text, note(text));
        commits.push(await orders.push(branch));
        await delivering(stage, branch, commits.at(-1) ?? '');
      }
      const { environment } = await stage.answers(branch, orders, commits[2] ?? '');
      const log = await stage.world.history.of(environment, { service: 'orders' });
      const announced = log.filter(({ stage: of, message }) => of === 'rollout' && /answers|applied/.test(message));
      expect(new Set(announced.map(({ commit }) => commit))).toEqual(new Set([commits[2]]));
      await orders.deleteBranch(branch);
      await stage.removed(branch);
    }));

  test.each<[string, (stage: Stage, branch: string, commit: string) => Promise<unknown>]>([
    ['build', delivering],
    [
      'pods',
      async (_stage, branch) =>
        until('the Deployment is there', SEEN_SECONDS, async () =>
          (await view(branch.replace('/', '-')).sizes()).blue > 0 ? true : undefined,
        ),
    ],
  ])('deleted in the middle of a delivery, at its %s: the environment goes, and nothing stays', (at, reached) =>
    branches.tells(`gone-${at}`, async (stage) => {
      const branch = `feature/gone-${at}`;
      const { orders } = stage.shop;
      await orders.commit(branch, 'Not wanted for long', note(at));
      await reached(stage, branch, await orders.push(branch));
      await orders.deleteBranch(branch);
      await stage.removed(branch);
      expect(await branches.namespaceIsThere(`feature-gone-${at}`)).toBe(false);
      const services = Object.values((await stage.record(branch))?.services ?? {});
      expect(services.filter(({ owner, applied }) => owner !== undefined || applied !== undefined)).toEqual([]);
    }),
  );

  test('hostile and easily confused branch names: an environment each, nothing is executed, all go', () =>
    branches.tells('hostile', async (stage) => {
      const { orders } = stage.shop;
      const pushed = [];
      for (const branch of HOSTILE) pushed.push([branch, await orders.push(branch)] as const);
      const delivered = await Promise.all(pushed.map(([branch, commit]) => stage.answers(branch, orders, commit)));
      const ids = delivered.map(({ environment }) => environment);
      expect(new Set(ids).size).toBe(HOSTILE.length);
      for (const id of ids) expect(id).toMatch(/^[a-z0-9][a-z0-9-]{0,37}$/);
      for (const place of ['/tmp/pwned-cluster', join(branches.laptop.directory, 'pwned-cluster')]) {
        await expect(access(place)).rejects.toThrow('ENOENT');
      }
      expect(branches.laptop.lastLines(2_000).filter((line) => line.includes('<!channel>'))).toEqual([]);
      for (const branch of HOSTILE) await orders.deleteBranch(branch);
      await Promise.all(HOSTILE.map((branch) => stage.removed(branch)));
      expect(await Promise.all(ids.map((id) => branches.namespaceIsThere(id)))).toEqual(ids.map(() => false));
    }));

  test('what a branch lacks is borrowed, and integration calls back into the branch; no name ever leads nowhere', () =>
    branches.tells('stock', async (stage) => {
      const branch = 'feature/stock';
      const own = 'feature-stock';
      const { web, orders } = stage.shop;
      await web.commit(branch, 'Show the stock', note('stock'));
      const { link } = await stage.answers(branch, web, await web.push(branch));
      await leads(() => stage.get(link), [own, 'integration', 'integration']);
      const stock = () => ask(stage.laptop.endpoints.gateway, link, '/stock');
      await leads(stock, [own, 'integration', 'integration']);

      await orders.commit(branch, 'Tell what is ordered', note('stock'));
      await stage.answers(branch, orders, await orders.push(branch));
      const chain = await leads(() => stage.get(link), [own, own, 'integration']);
      const back = await leads(stock, [own, 'integration', own]);
      const integration = (await stage.record('integration'))?.services['web']?.applied?.url ?? '';
      const forged = () =>
        ask(stage.laptop.endpoints.gateway, integration, '/stock', { baggage: `environment=${own}` });
      await leads(forged, ['integration', 'integration', 'integration']);

      await orders.deleteBranch(branch);
      const returned = await leads(() => stage.get(link), [own, 'integration', 'integration']);
      expect([...chain.gaps, ...back.gaps, ...returned.gaps]).toEqual([]);
      await web.deleteBranch(branch);
      await stage.removed(branch);
    }));

  test('a changed configuration reaches the pods without a restart, a bad one is taken back, one action goes back', () =>
    branches.tells('greeting', async (stage) => {
      const branch = 'feature/greeting';
      const { orders } = stage.shop;
      await orders.commit(branch, 'Greet people', note('greeting'));
      const { link, environment } = await stage.answers(branch, orders, await orders.push(branch));
      const greeting = async (): Promise<unknown> =>
        (linkOf(await stage.get(link)) as { readonly greeting?: string } | undefined)?.greeting;
      const before = await view(environment).untouched('blue');

      await branches.types('config', 'set', 'integration', 'orders', 'greeting=Welcome', '--reason', 'spring');
      expect(await greeting()).toBe('Welcome');
      await branches.types('config', 'set', environment, 'orders', 'greeting=Hey');
      expect(await greeting()).toBe('Hey');
      const bad = branches.types('config', 'set', environment, 'orders', 'most=0');
      await expect(bad).rejects.toThrow('taken back');
      expect(await greeting()).toBe('Hey');
      await branches.types('config', 'rollback', environment, 'orders', '0');
      expect(await greeting()).toBe('Welcome');
      await branches.types('config', 'rollback', 'integration', 'orders', '0');
      expect(await greeting()).toBe('Hello');
      expect(await view(environment).untouched('blue')).toEqual(before);
      expect(await branches.types('config', 'history', 'integration', 'orders')).toContain('spring');
      await orders.deleteBranch(branch);
      await stage.removed(branch);
    }));

  test('what hands changed in the cluster is found by a sweep, told, and put right', () =>
    branches.tells('drift', async (stage) => {
      const branch = 'feature/drift';
      const { orders } = stage.shop;
      await orders.commit(branch, 'To be meddled with', note('drift'));
      const { link, environment } = await stage.answers(branch, orders, await orders.push(branch));
      await until('nobody works on it', SEEN_SECONDS, async () =>
        (await stage.record(branch))?.services['orders']?.owner === undefined ? true : undefined,
      );
      const { namespace } = view(environment);
      await realCluster().remove({ apiVersion: 'v1', kind: 'Service', namespace, name: 'orders' });
      await realCluster().remove({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        namespace,
        name: 'default-deny',
      });
      const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name: 'orders-blue' } };
      const spec = { template: { spec: { terminationGracePeriodSeconds: HAND_WRITTEN } } };
      await realCluster().apply({ ...deployment, spec }, 'kubectl', { force: true });
      await branches.sweeps();
      await until('all of it is as it was', SEEN_SECONDS, async (saw) => {
        const [{ plain }, policy, edited] = await Promise.all([
          view(environment).traffic(),
          realCluster().get({
            apiVersion: 'networking.k8s.io/v1',
            kind: 'NetworkPolicy',
            namespace,
            name: 'default-deny',
          }),
          realCluster().get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'orders-blue' }),
        ]);
        const grace = (edited as Deployment | undefined)?.spec?.template.spec?.terminationGracePeriodSeconds;
        saw({ plain, policy: policy?.metadata, grace });
        return plain === 'blue' && policy !== undefined && grace !== HAND_WRITTEN ? true : undefined;
      });
      const told = await branches.types('events', environment);
      expect(told).toMatch(/differs from what was applied: .*Service orders is gone/);
      expect(told).toMatch(/NetworkPolicy default-deny is gone/);
      expect(told).toMatch(/Deployment orders-blue was edited/);
      expect((await stage.get(link)).status).toBe(200);
      await orders.deleteBranch(branch);
      await stage.removed(branch);
    }));

  test('an experiment: a dependency, the way in and the pods fail for a while, by a person, and all of it is undone and told', () =>
    branches.tells('trial', async (stage) => {
      const branch = 'feature/trial';
      const { web } = stage.shop;
      await web.commit(branch, 'To be tried', note('trial'));
      const { link, environment } = await stage.answers(branch, web, await web.push(branch));
      const borrowed = [environment, 'integration', 'integration'];
      await leads(() => stage.get(link), borrowed);
      const fault = (...words: string[]) => branches.types('fault', environment, 'web', ...words, '--seconds', '12');
      const sees = (what: string, look: (answered: Answered) => boolean) =>
        until(what, SEEN_SECONDS, async (saw) => {
          const answered = await stage.get(link);
          saw(answered);
          return look(answered) ? true : undefined;
        });

      const [told] = await Promise.all([
        fault('dependency', 'orders', '--reason', 'what do people see?'),
        sees('web without orders', (answered) => linkOf(answered)?.calls?.['orders']?.unreachable !== undefined),
      ]);
      expect(told).toMatch(/over after \d+ s, and the name orders leads where it did; until then 1 of 1 pods answered/);
      await leads(() => stage.get(link), borrowed);

      await Promise.all([fault('route'), sees('nobody behind the route', ({ status }) => status >= 500)]);
      await sees('web again', ({ status }) => status === 200);

      const namespace = namespaceOf(branches.laptop.installation, environment);
      const pods = async () =>
        (await realCluster().list({ apiVersion: 'v1', kind: 'Pod', namespace })).map(({ metadata }) => metadata.name);
      const before = await pods();
      expect(await fault('pods')).toMatch(/1 of 1 pods answered their health path well/);
      expect((await pods()).filter((pod) => before.includes(pod))).toEqual([]);
      expect(await branches.types('events', environment)).toContain('(what do people see?): the name orders');

      await expect(branches.types('fault', 'integration', 'orders', 'pods')).rejects.toThrow('lasting environment');
      // Nor could its functions: lasting environments have no such state machine, and their pods a policy.
      const lasting = realClusterAs('rollout-lasting', [
        clusterGroup(branches.laptop.installation, 'rollout', 'lasting'),
      ]);
      const integration = namespaceOf(branches.laptop.installation, 'integration');
      const [pod] = await realCluster().list({ apiVersion: 'v1', kind: 'Pod', namespace: integration });
      const end = lasting.remove({
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: integration,
        name: pod?.metadata.name ?? '',
      });
      await expect(end).rejects.toThrow('Espalier ends pods of branch environments only');
      await web.deleteBranch(branch);
      await stage.removed(branch);
    }));

  test('a delayed dependency: every call is answered, each as late as that while it lasts, and fast again afterwards', () =>
    branches.tells('slowly', async (stage) => {
      const branch = 'feature/slowly';
      const { web } = stage.shop;
      await web.commit(branch, 'To wait', note('slowly'));
      const { link, environment } = await stage.answers(branch, web, await web.push(branch));
      const borrowed = [environment, 'integration', 'integration'];
      await leads(() => stage.get(link), borrowed);
      const calls = new TimedCalls(() => stage.get(link), borrowed);
      const told = await calls.during(() =>
        branches.types('fault', environment, 'web', 'dependency', 'orders', '--delay', '900ms', '--seconds', '20'),
      );
      expect(calls.lost).toEqual([]);
      const { before, while: meanwhile, after } = calls.around(900);
      console.log(
        `a delayed dependency: ${String(calls.count)} calls, none lost; median ${String(medianOf(before))} ms before, ` +
          `${String(medianOf(meanwhile))} ms while it lasted (${String(meanwhile.length)} calls), ${String(medianOf(after))} ms after`,
      );
      // Resolvers remember a name for some seconds at its beginning and at its end; between them every call is late.
      expect(meanwhile.length).toBeGreaterThan(5);
      expect(Math.min(...meanwhile)).toBeGreaterThanOrEqual(900);
      expect(Math.max(...after)).toBeLessThan(900);
      expect(after.length).toBeGreaterThan(5);
      const late = /Answers of orders that came 900 ms late: (\d+)/.exec(told)?.[1];
      expect(Number(late)).toBeGreaterThanOrEqual(meanwhile.length);
      // Nothing of it is left, and everything is as it was applied.
      const namespace = namespaceOf(branches.laptop.installation, environment);
      const kinds = [
        { apiVersion: 'v1', kind: 'Service' },
        { apiVersion: 'apps/v1', kind: 'Deployment' },
        { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
      ];
      for (const kind of kinds) {
        const names = (await realCluster().list({ ...kind, namespace })).map(({ metadata }) => metadata.name);
        expect(names.filter((name) => name.startsWith('late-'))).toEqual([]);
      }
      await web.deleteBranch(branch);
      await stage.removed(branch);
    }));

  test('more than the quota has: refused with the numbers and what to do, in Slack and in `espalier show`; what served serves on', () =>
    branches.tells('quota', async (stage) => {
      const branch = 'feature/quota';
      const { orders } = stage.shop;
      const file = await orders.read('main', 'espalier.yaml');
      await orders.commit(branch, 'As before', note('quota'));
      const served = await orders.push(branch);
      const { link, environment } = await stage.answers(branch, orders, served);

      const canary = 'rollout: { strategy: canary, steps: [{ weight: 50 }, { pause: 1s }, { weight: 100 }] }';
      await orders.commit(branch, 'Two sides', {
        'espalier.yaml': `${file.replace('replicas: 1', `replicas: ${String(MOST_PODS)}`)}\n${canary}\n`,
      });
      const planned = await stage.fails(branch, orders, await orders.push(branch));
      expect(planned).toMatch(
        new RegExp(`1 old and ${String(MOST_PODS)} new pods of orders come to 7 pods where 6 are allowed`),
      );
      expect(await view(environment).sizes()).toEqual({ blue: 1, green: 0 });

      await orders.commit(branch, 'In place', { 'espalier.yaml': file.replace('replicas: 1', 'replicas: 9') });
      const refused = await stage.fails(branch, orders, await orders.push(branch));
      expect(refused).toMatch(/has no room for this version: 9 pods of orders come to 9 pods where 6 are allowed/);

      const shown = await branches.types('show', environment);
      expect(shown).toMatch(/orders: failed/);
      expect(shown).toMatch(/failed {6}.*9 pods where 6 are allowed.*Ask for less in the service file/s);
      const notices = branches.laptop.lastLines(2_000).join('\n');
      expect(notices).toContain(`orders could not be delivered to ${environment}`);
      expect(notices).toMatch(/7 pods where 6 are allowed/);
      expect(linkOf(await stage.get(link))?.commit).toBe(served);
      await orders.deleteBranch(branch);
      await stage.removed(branch);
    }));
});
