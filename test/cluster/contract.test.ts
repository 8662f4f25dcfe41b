/** The port's contract on a real API server. */
import { setTimeout as wait } from 'node:timers/promises';
import { describeCluster } from '../contracts/cluster-contract.ts';
import { uniqueInstallation } from '../fakes/installation.ts';
import { realCluster } from './kubeconfig.ts';

describeCluster('a real cluster', () =>
  Promise.resolve({
    cluster: realCluster(),
    prefix: uniqueInstallation('mani'),
    wait: async () => {
      await wait(100);
    },
  }),
);
