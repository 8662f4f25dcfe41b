/** Chapter 2: a push makes an environment, another repository joins it, a second push updates it. */
import { chain } from '../ask.ts';
import { expect } from '../deviation.ts';
import type { Step } from '../story.ts';

const BRANCH = 'feature/login';

/** Adds a line to the README, as an everyday change does. */
export const note = (text: string): Record<string, string> => ({ 'NOTES.md': `${text}\n` });

export const sharedEnvironment: readonly Step[] = [
  {
    title: 'push feature/login to orders: a new environment',
    async play({ shop: { orders }, answers }) {
      await orders.commit(BRANCH, 'Ask who is there before taking an order', note('login'));
      const { environment, link, answer } = await answers(BRANCH, orders, await orders.push(BRANCH));
      expect(environment === 'feature-login', 'the environment feature-login', environment);
      expect(answer.calls?.['inventory']?.unreachable !== undefined, 'no inventory in it yet', answer);
      return `${link}  ${chain(answer)}`;
    },
  },
  {
    title: 'push the same branch to web and inventory, at once: they join it',
    async play({ shop: { web, orders, inventory }, answers, get }) {
      await web.commit(BRANCH, 'A login form', note('login'));
      await inventory.commit(BRANCH, 'Reserve for those who are logged in', note('login'));
      const [webCommit, inventoryCommit] = [await web.push(BRANCH), await inventory.push(BRANCH)];
      const [{ link, environment }] = await Promise.all([
        answers(BRANCH, web, webCommit),
        answers(BRANCH, inventory, inventoryCommit),
      ]);
      expect(environment === 'feature-login', 'the same environment', environment);
      const answer = JSON.parse((await get(link)).text) as Parameters<typeof chain>[0];
      const called = answer.calls?.['orders'];
      expect(
        called?.service === orders.name && called.environment === environment,
        'web calls the orders of its environment',
        answer,
      );
      expect(
        called?.calls?.['inventory']?.commit === inventoryCommit,
        'orders calls the inventory of its environment',
        answer,
      );
      return `${link}  ${chain(answer)}`;
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
