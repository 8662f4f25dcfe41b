/** Chapter 5: integration and main deliver into environments that no deleted branch removes. */
import { chain, linkOf } from '../ask.ts';
import { expect } from '../deviation.ts';
import type { Step } from '../story.ts';

export const lastingEnvironments: readonly Step[] = [
  {
    title: 'integration and main: delivered into lasting environments',
    async play({ shop: { web, orders, inventory }, answers }) {
      const repositories = [inventory, orders, web];
      const commits: string[] = [];
      for (const repository of repositories) {
        commits.push(await repository.commit('integration', 'Ready to be integrated', { 'NOTES.md': 'integrated\n' }));
        await repository.push('integration');
      }
      await orders.commit('main', 'Ready for production', { 'NOTES.md': 'pre-release\n' });
      const main = await orders.push('main');
      const delivered = await Promise.all([
        ...repositories.map((repository, index) => answers('integration', repository, commits[index] ?? '')),
        answers('main', orders, main),
      ]);
      const environments = [...new Set(delivered.map(({ environment }) => environment))];
      expect(environments.join() === 'integration,pre-release', 'integration and pre-release', environments);
      return delivered.map(({ answer }) => chain(answer)).join('\n');
    },
  },
  {
    title: 'delete the branch integration in orders: everything keeps running',
    async play({ shop: { orders }, record, get }) {
      const applied = (await record('integration'))?.services['orders']?.applied;
      expect(applied?.url !== undefined, 'orders in integration', applied);
      await orders.deleteBranch('integration');
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const answer = linkOf(await get(applied.url));
      expect(answer?.commit === applied.commit, 'orders of integration goes on answering', answer);
      return chain(answer);
    },
  },
];
