/** Waits for what a real cluster's controllers add to a new namespace: separate because only recording and real runs need it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';

/** Waits until pods may be created in a namespace. */
export const untilReady =
  (client: Client) =>
  async (namespace: string): Promise<void> => {
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(50)) {
      const account = await client.send('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
      const authority = await client.send('GET', `/api/v1/namespaces/${namespace}/configmaps/kube-root-ca.crt`);
      if (account.status === 200 && authority.status === 200) return;
    }
    throw new Error(`the namespace ${namespace} got no default service account within 10 s`);
  };
