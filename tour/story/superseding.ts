/** Chapter 3: a push during a delivery takes over. */
import { chain } from '../ask.ts';
import { expect, until } from '../deviation.ts';
import type { Step } from '../story.ts';
import { note } from './shared-environment.ts';

const BRANCH = 'feature/login';

export const superseding: readonly Step[] = [
  {
    title: 'push during a delivery: only the newest commit ends up applied',
    async play({ shop: { orders }, answers, record, say, world }) {
      const since = Date.now();
      await orders.commit(BRANCH, 'A change that somebody regrets at once', note('regretted'));
      const regretted = await orders.push(BRANCH);
      await until('the first delivery is under way', 20, async (saw) => {
        const owner = (await record(BRANCH))?.services['orders']?.owner;
        saw(owner ?? 'nobody owns orders');
        return owner?.commit === regretted && owner.started ? true : undefined;
      });
      say('the first delivery is under way; now the second push');
      await orders.commit(BRANCH, 'Better', note('better'));
      const better = await orders.push(BRANCH);
      const { answer, environment } = await answers(BRANCH, orders, better);
      const events = (await world.history.of(environment, { after: since })).filter(
        (event) => event.service === 'orders',
      );
      expect(
        !events.some(
          (event) => event.commit === regretted && event.stage === 'rollout' && /answers|applied/.test(event.message),
        ),
        `${regretted.slice(0, 8)} never answered`,
        events,
      );
      return chain(answer);
    },
  },
];
