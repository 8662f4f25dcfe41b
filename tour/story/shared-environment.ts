/** Chapter 2: a push makes an environment, another repository joins it, a second push updates it. */
import { namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import { chain, linkOf, type Answered, type Link } from '../ask.ts';
import { expect, until } from '../deviation.ts';
import { openPodNetwork, podsReachEachOther } from '../pod-network.ts';
import type { Step } from '../story.ts';

const BRANCH = 'feature/login';
/** A real cluster keeps "no such name" for some seconds, and its nodes know a new address a moment later than the gateway. */
const NAMES_SECONDS = 20;

/** Adds a line to the README, as an everyday change does. */
export const note = (text: string): Record<string, string> => ({ 'NOTES.md': `${text}\n` });

/** What web answers once it reaches orders, which reaches this commit of inventory. */
function calling(get: () => Promise<Answered>, inventory: string): Promise<Link> {
  return until('web calls orders, and orders calls inventory', NAMES_SECONDS, async (saw) => {
    const answered = linkOf(await get());
    saw(answered);
    const called = answered?.calls?.['orders'];
    return called?.service === 'orders' && called.calls?.['inventory']?.commit === inventory ? answered : undefined;
  });
}

export const sharedEnvironment: readonly Step[] = [
  {
    title: 'push feature/login to orders: a new environment',
    async play({ shop: { orders }, answers }) {
      await orders.commit(BRANCH, 'Ask who is there before taking an order', note('login'));
      const { environment, link, answer } = await answers(BRANCH, orders, await orders.push(BRANCH));
      expect(environment === 'feature-login', 'the environment feature-login', environment);
      return `${link}  ${chain(answer)}`;
    },
  },
  {
    title: 'push the same branch to web and inventory, at once: they join it',
    async play({ shop: { web, inventory }, answers, get, laptop }) {
      await web.commit(BRANCH, 'A login form', note('login'));
      await inventory.commit(BRANCH, 'Reserve for those who are logged in', note('login'));
      const [webCommit, inventoryCommit] = [await web.push(BRANCH), await inventory.push(BRANCH)];
      const [{ link, environment }] = await Promise.all([
        answers(BRANCH, web, webCommit),
        answers(BRANCH, inventory, inventoryCommit),
      ]);
      expect(environment === 'feature-login', 'the same environment', environment);
      try {
        const answer = await calling(() => get(link), inventoryCommit);
        expect(answer.calls?.['orders']?.environment === environment, 'the orders of its environment', answer);
        return `${link}  ${chain(answer)}`;
      } catch (error) {
        const pods = `/api/v1/namespaces/${namespaceOf(laptop.installation, environment)}/pods`;
        const { kubeconfig } = laptop.endpoints;
        if (!laptop.real || (await podsReachEachOther(kubeconfig, pods, laptop.installation))) throw error;
        return `${link}\nno call between them is shown: pods of this cluster do not reach each other, with or without Espalier;\n${await openPodNetwork(kubeconfig)}`;
      }
    },
  },
  {
    title: 'push again: updated in place',
    async play({ shop: { orders }, answers, record }) {
      const before = await record(BRANCH);
      await orders.commit(BRANCH, 'Say it more kindly', note('login, kindly'));
      const { link, answer } = await answers(BRANCH, orders, await orders.push(BRANCH));
      const after = await record(BRANCH);
      expect(after?.incarnation === before?.incarnation, 'the same incarnation of the environment', after);
      return `${link}  ${chain(answer)}`;
    },
  },
];
