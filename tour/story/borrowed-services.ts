/** Chapter 4: a branch of one service borrows the others from integration, and its requests find back into it. */
import { namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import { ask, chain } from '../ask.ts';
import { expect, until } from '../deviation.ts';
import { podsReachEachOther } from '../pod-network.ts';
import { espalier } from '../espalier.ts';
import type { Stage } from '../stage.ts';
import type { Step } from '../story.ts';
import { leads } from '../way.ts';
import { note } from './shared-environment.ts';

const BRANCH = 'feature/stock';
const ENVIRONMENT = 'feature-stock';
/** A withdrawal waits for whoever remembers the name. */
const NAMES_SECONDS = 45;

/** How late, and the words that order it; on a real cluster names are remembered for longer than it lasts on a laptop. */
const DELAY_MS = 750;
const LATE = ['dependency', 'inventory', '--delay', `${String(DELAY_MS)}ms`, '--seconds'];

/** Plays a step that needs calls from pod to pod, where pods reach each other at all. */
async function betweenPods({ laptop }: Stage, play: () => Promise<string>): Promise<string> {
  try {
    return await play();
  } catch (error) {
    const pods = `/api/v1/namespaces/${namespaceOf(laptop.installation, ENVIRONMENT)}/pods`;
    if (!laptop.real || (await podsReachEachOther(laptop.endpoints.kubeconfig, pods, laptop.installation))) throw error;
    return 'no call is shown: pods of this cluster do not reach each other, with or without Espalier';
  }
}

const linkTo = async ({ record }: Stage, branch: string, service: string): Promise<string> => {
  const url = (await record(branch))?.services[service]?.applied?.url;
  expect(url !== undefined, `${service} of ${branch}`, url);
  return url;
};

export const borrowedServices: readonly Step[] = [
  {
    title: 'push feature/stock to web alone: orders and inventory are borrowed from integration',
    async play(stage) {
      const { web } = stage.shop;
      await web.commit(BRANCH, 'Show the stock', note('stock'));
      const { link } = await stage.answers(BRANCH, web, await web.push(BRANCH));
      return betweenPods(stage, async () => {
        const found = await leads(() => stage.get(link), [ENVIRONMENT, 'integration', 'integration']);
        return `${link}  ${chain(found.link)}`;
      });
    },
  },
  {
    title: 'push it to orders too: the own service comes first, and integration calls back into the branch',
    async play(stage) {
      const { orders } = stage.shop;
      const link = await linkTo(stage, BRANCH, 'web');
      const before = (await stage.record(BRANCH))?.services['web']?.applied;
      await orders.commit(BRANCH, 'Tell what is ordered', note('stock'));
      await stage.answers(BRANCH, orders, await orders.push(BRANCH));
      return betweenPods(stage, async () => {
        const own = await leads(() => stage.get(link), [ENVIRONMENT, ENVIRONMENT, 'integration']);
        const stock = () => ask(stage.laptop.endpoints.gateway, link, '/stock');
        const back = await leads(stock, [ENVIRONMENT, 'integration', ENVIRONMENT]);
        expect(own.gaps.length + back.gaps.length === 0, 'no request for which a name led nowhere', [own, back]);
        const after = (await stage.record(BRANCH))?.services['web']?.applied;
        expect(after?.generation === before?.generation, 'the same web, not restarted', { before, after });
        return `${chain(own.link)}\n${chain(back.link)}  (called back)`;
      });
    },
  },
  {
    title: 'claim that environment in a request to integration: it stays in integration',
    async play(stage) {
      const link = await linkTo(stage, 'integration', 'web');
      const forged = () =>
        ask(stage.laptop.endpoints.gateway, link, '/stock', { baggage: `a=1,environment=${ENVIRONMENT}` });
      return betweenPods(stage, async () => {
        const found = await leads(forged, ['integration', 'integration', 'integration']);
        return chain(found.link);
      });
    },
  },
  {
    title: 'which service is where, and which is borrowed',
    async play(stage) {
      const told = await espalier(stage, 'services', ENVIRONMENT);
      expect(/inventory .*borrowed from integration/.test(told), 'inventory as borrowed', told);
      return '';
    },
  },
  {
    title: 'let inventory answer late for a moment, to see how the others bear it',
    async play(stage) {
      const link = await linkTo(stage, BRANCH, 'web');
      const waited = async (): Promise<number> => {
        const begun = performance.now();
        await leads(() => stage.get(link), [ENVIRONMENT, ENVIRONMENT, 'integration']);
        return performance.now() - begun;
      };
      return betweenPods(stage, async () => {
        let over = false;
        const experiment = espalier(
          stage,
          'fault',
          ENVIRONMENT,
          'orders',
          ...LATE,
          stage.laptop.real ? '12' : '1',
        ).finally(() => (over = true));
        const slow = until('a late answer', NAMES_SECONDS, async (saw) => {
          const milliseconds = await waited();
          saw(milliseconds);
          return milliseconds >= DELAY_MS || over ? milliseconds : undefined;
        });
        const [told, late] = await Promise.all([experiment, slow]);
        expect(late >= DELAY_MS, 'an answer that came late', { late, told });
        const again = await waited();
        expect(again < DELAY_MS, 'an answer as quick as before', { again, told });
        return `${String(Math.round(late))} ms while it lasted, ${String(Math.round(again))} ms afterwards`;
      });
    },
  },
  {
    title: 'delete the branch in orders: integration’s comes back without a request that finds nobody',
    async play(stage) {
      const link = await linkTo(stage, BRANCH, 'web');
      await stage.shop.orders.deleteBranch(BRANCH);
      const play = async () => {
        const found = await leads(() => stage.get(link), [ENVIRONMENT, 'integration', 'integration']);
        expect(found.gaps.length === 0, 'no request for which the name led nowhere', found);
        return chain(found.link);
      };
      const told = await betweenPods(stage, play);
      await until('orders is withdrawn', NAMES_SECONDS, async (saw) => {
        const service = (await stage.record(BRANCH))?.services['orders'];
        saw(service);
        return service?.touched === false ? true : undefined;
      });
      return told;
    },
  },
  {
    title: 'delete the branch in web: the environment is removed',
    async play({ shop: { web }, removed }) {
      await web.deleteBranch(BRANCH);
      await removed(BRANCH);
      return 'routes, objects and namespace gone';
    },
  },
];
