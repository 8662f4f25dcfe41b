/** Chapter 10: services leave with their branches, the environment with the last one; and removal by hand. */
import { stateMachineName } from '../../lambdas/contracts/stages.ts';
import { namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import { chain, linkOf } from '../ask.ts';
import { namespaceExists, objectNames } from '../cluster.ts';
import { expect, until } from '../deviation.ts';
import { espalier } from '../espalier.ts';
import type { Step } from '../story.ts';
import { note } from './shared-environment.ts';

const BRANCH = 'feature/login';
const ENVIRONMENT = 'feature-login';
/** Pods stay for half a minute for whoever remembers their address, and a real cluster takes some time of its own. */
const WITHDRAWN_SECONDS = 120;

export const removal: readonly Step[] = [
  {
    title: 'delete the branch in inventory: only that service is withdrawn',
    async play({ shop: { inventory }, record, get, laptop }) {
      const link = (await record(BRANCH))?.services['orders']?.applied?.url ?? '';
      await inventory.deleteBranch(BRANCH);
      await until('inventory is withdrawn', WITHDRAWN_SECONDS, async (saw) => {
        const service = (await record(BRANCH))?.services['inventory'];
        saw(service);
        return service?.touched === false ? true : undefined;
      });
      const answer = linkOf(await get(link));
      expect(answer?.service === 'orders', 'orders goes on answering', answer);
      const path = `/apis/apps/v1/namespaces/${namespaceOf(laptop.installation, ENVIRONMENT)}/deployments`;
      const left = await objectNames(laptop.endpoints.kubeconfig, path);
      expect(left.join() === 'orders-blue,web-blue', 'the Deployments of orders and web only', left);
      return chain(answer);
    },
  },
  {
    title: 'remove the environment by hand: it stays removed, also after a sweep',
    async play(stage) {
      await espalier(stage, 'remove', ENVIRONMENT);
      await stage.removed(BRANCH);
      const sweep = await stage.world.workflows.start('sweep', 'branch', {});
      const outcome = await until(
        `a run of ${stateMachineName(stage.laptop.installation, 'sweep', 'branch')}`,
        30,
        async () => {
          const state = await stage.world.workflows.state(sweep);
          return state.kind === 'running' ? undefined : state;
        },
      );
      expect(outcome.kind === 'succeeded', 'the sweep succeeds', outcome);
      const phase = (await stage.record(BRANCH))?.phase;
      const there = await namespaceExists(
        stage.laptop.endpoints.kubeconfig,
        namespaceOf(stage.laptop.installation, ENVIRONMENT),
      );
      expect(phase === 'removed' && !there, 'still removed', { phase, there });
      return 'removed, and the sweep leaves it so';
    },
  },
  {
    title: 'push once more: it is back',
    async play({ shop: { orders }, answers }) {
      await orders.commit(BRANCH, 'Not finished after all', note('again'));
      const { link, answer } = await answers(BRANCH, orders, await orders.push(BRANCH));
      return `${link}  ${chain(answer)}`;
    },
  },
  {
    title: 'delete the last branch: the environment is removed',
    async play({ shop: { orders, web }, record, removed, get }) {
      const link = (await record(BRANCH))?.services['orders']?.applied?.url ?? '';
      await web.deleteBranch(BRANCH);
      await orders.deleteBranch(BRANCH);
      await removed(BRANCH);
      const { status } = await get(link);
      expect(status === 404, '404 from the way in', status);
      return 'routes, objects and namespace gone';
    },
  },
];
