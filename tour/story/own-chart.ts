/** Chapter 8: a repository brings a Helm chart of its own. */
import { spawnSync } from 'node:child_process';
import { namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import { chain, linkOf } from '../ask.ts';
import { objectNames, readCluster } from '../cluster.ts';
import { expect } from '../deviation.ts';
import type { Step } from '../story.ts';

const BRANCH = 'feature/chart';
const ENVIRONMENT = 'feature-chart';
const SERVICE_FILE = 'espalier.yaml';
const VALUES = 'chart/values.yaml';
/** Keys that a chart says instead, with the lines that belong to them. */
const OF_CHART = /^(command|replicas|resources):.*\n( .*\n)*/gm;

/** Helm comes along for Linux on x86-64. */
function hasHelm(): boolean {
  return (process.platform === 'linux' && process.arch === 'x64') || spawnSync('helm', ['version']).status === 0;
}

const LEFT_OUT = 'left out: this machine has no Helm, and the one that comes along is for Linux on x86-64';

export const ownChart: readonly Step[] = [
  {
    title: 'push a chart with inventory: the build renders it, and its pods run under the rules of all',
    async play({ shop: { inventory }, answers, laptop }) {
      if (!hasHelm()) return LEFT_OUT;
      const file = await inventory.read('origin/main', SERVICE_FILE);
      await inventory.commit(BRANCH, 'A chart of our own', {
        [SERVICE_FILE]: `${file.replaceAll(OF_CHART, '')}\nchart: chart\n`,
      });
      const { link, answer } = await answers(BRANCH, inventory, await inventory.push(BRANCH));
      const maps = await objectNames(
        laptop.endpoints.kubeconfig,
        `/api/v1/namespaces/${namespaceOf(laptop.installation, ENVIRONMENT)}/configmaps`,
      );
      expect(maps.includes('inventory-blue.inventory-greeting'), "the chart's ConfigMap of its side", maps);
      return `${link}  ${chain(answer)}`;
    },
  },
  {
    title: 'change its values, as a canary: both sides run the chart, each with files of its own',
    async play({ shop: { inventory }, answers, laptop, world }) {
      if (!hasHelm()) return LEFT_OUT;
      const file = await inventory.read(BRANCH, SERVICE_FILE);
      const values = await inventory.read(BRANCH, VALUES);
      await inventory.commit(BRANCH, 'Half of it is fresh', {
        [SERVICE_FILE]: `${file}\nrollout: { strategy: canary, steps: [{ weight: 50 }, { pause: 2s }, { weight: 100 }] }\n`,
        [VALUES]: values.replace(/^motd: .*$/m, 'motd: Half of it is fresh'),
      });
      const { link, answer } = await answers(BRANCH, inventory, await inventory.push(BRANCH));
      const said = (await world.history.of(ENVIRONMENT)).map(({ message }) => message);
      const shared = said.find((message) => message.startsWith('50 % of the requests to green'));
      expect(shared !== undefined, 'half of the requests on either side', said);
      const read = async (side: string): Promise<string> => {
        const path = `/api/v1/namespaces/${namespaceOf(laptop.installation, ENVIRONMENT)}/configmaps/inventory-${side}.inventory-greeting`;
        const { data } = JSON.parse((await readCluster(laptop.endpoints.kubeconfig, path)).text) as {
          readonly data?: { readonly MOTD?: string };
        };
        return `${side}: ${data?.MOTD ?? 'nothing'}`;
      };
      const files = [await read('blue'), await read('green')];
      const wanted = ['blue: Everything is fresh', 'green: Half of it is fresh'];
      expect(files.join() === wanted.join(), "the chart's ConfigMap of each side", files);
      return `${shared ?? ''}\n${files.join('\n')}\n${link}  ${chain(answer)}`;
    },
  },
  {
    title: 'push a chart that wants a role in the cluster: refused before anything is applied',
    async play(stage) {
      if (!hasHelm()) return LEFT_OUT;
      const { inventory } = stage.shop;
      const applied = (await stage.record(BRANCH))?.services['inventory']?.applied;
      await inventory.commit(BRANCH, 'All rights', {
        'chart/templates/role.yaml':
          'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: everything\nrules: []\n',
      });
      const reason = await stage.fails(BRANCH, inventory, await inventory.push(BRANCH));
      expect(reason.includes('ClusterRole everything'), 'the object and its template', reason);
      const answer = linkOf(await stage.get(applied?.url ?? ''));
      expect(answer?.commit === applied?.commit, 'the version before keeps serving', answer);
      await inventory.deleteBranch(BRANCH);
      await stage.removed(BRANCH);
      return reason;
    },
  },
];
