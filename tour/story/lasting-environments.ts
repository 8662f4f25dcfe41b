/** Chapters 1 and 9: integration and main deliver into environments that no deleted branch removes. */
import { chain, linkOf } from '../ask.ts';
import { expect } from '../deviation.ts';
import type { Step } from '../story.ts';

export const lastingEnvironments: readonly Step[] = [
  {
    title: 'integration and main of all three: delivered into lasting environments',
    async play({ shop: { web, orders, inventory }, answers, record, get }) {
      const delivered = await Promise.all(
        [inventory, orders, web].flatMap((repository) =>
          ['integration', 'main'].map(async (branch) => answers(branch, repository, await repository.head(branch))),
        ),
      );
      const environments = [...new Set(delivered.map(({ environment }) => environment))];
      expect(environments.join() === 'integration,pre-release', 'integration and pre-release', environments);
      const [one, other] = [await record('integration'), await record('main')];
      const digests = [one, other].map((found) => found?.services['orders']?.applied?.digest);
      expect(digests[0] === digests[1], 'one image for the same commit in both', digests);
      const chains = delivered.slice(-2).map(async ({ link }) => {
        const answer = linkOf(await get(link));
        expect(answer !== undefined, `${link} goes on answering`, answer);
        return `${link}  ${chain(answer)}`;
      });
      return (await Promise.all(chains)).join('\n');
    },
  },
];

export const lastingBranchDeleted: readonly Step[] = [
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
