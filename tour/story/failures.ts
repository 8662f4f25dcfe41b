/** Chapter 6: what goes wrong is said, and the earlier version keeps serving. */
import { chain, linkOf } from '../ask.ts';
import { expect } from '../deviation.ts';
import type { Stage } from '../stage.ts';
import type { Step } from '../story.ts';
import { pushHostileName } from './hostile-names.ts';
import { note } from './shared-environment.ts';

const BRANCH = 'feature/login';
const SERVICE_FILE = 'espalier.yaml';

/** Pushes a change that must fail, and checks that the version before it still answers. */
async function pushWrong(stage: Stage, message: string, files: Record<string, string>): Promise<string> {
  const { orders } = stage.shop;
  const applied = (await stage.record(BRANCH))?.services['orders']?.applied;
  expect(applied?.url !== undefined, 'a version that serves', applied);
  await orders.commit(BRANCH, message, files);
  const reason = await stage.fails(BRANCH, orders, await orders.push(BRANCH));
  const answer = linkOf(await stage.get(applied.url));
  expect(answer?.commit === applied.commit, `${applied.commit} keeps serving`, answer);
  return reason;
}

/** Half a minute of restarts passes until a crash is no start-up trouble any more. */
async function pushCrash(stage: Stage): Promise<string> {
  const { orders } = stage.shop;
  const main = await orders.read(BRANCH, 'src/main.ts');
  const reason = await pushWrong(stage, 'Connect to the database', {
    'src/main.ts': `throw new Error('no database');\n${main}`,
  });
  expect(/pod/i.test(reason) && reason.includes('no database'), 'the pod and what its log says', reason);
  await orders.commit(BRANCH, 'No database yet', { 'src/main.ts': `${main}\n`, ...note('healed') });
  return reason;
}

export const failures: readonly Step[] = [
  {
    title: 'push a wrong service file: a clear failure, the earlier version keeps serving',
    async play(stage) {
      const file = await stage.shop.orders.read(BRANCH, SERVICE_FILE);
      const reason = await pushWrong(stage, 'Two copies', {
        [SERVICE_FILE]: file.replace('replicas: 1', 'replica: 2'),
      });
      expect(
        /espalier\.yaml:\d+/.test(reason) && reason.includes('replicas'),
        'file, line and the allowed key',
        reason,
      );
      await stage.shop.orders.commit(BRANCH, 'One copy is enough', { [SERVICE_FILE]: `${file}\n` });
      return reason;
    },
  },
  {
    title: 'push a version that crashes, and meanwhile a hostile branch name to another repository',
    async play(stage) {
      const [crash, hostile] = await Promise.all([pushCrash(stage), pushHostileName(stage)]);
      return `${crash}\n${hostile}`;
    },
  },
  {
    title: 'push the repair: delivered as if nothing had been',
    async play({ shop: { orders }, answers, record }) {
      const { answer } = await answers(BRANCH, orders, await orders.push(BRANCH));
      const failure = (await record(BRANCH))?.services['orders']?.failure;
      expect(failure === undefined, 'no failure any more', failure);
      return chain(answer);
    },
  },
];
