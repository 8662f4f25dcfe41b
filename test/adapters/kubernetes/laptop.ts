/** The laptop's Kubernetes, started for one test file, and the adapter that speaks with it as an administrator or with a token. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ConnectionOptions } from '../../../lambdas/adapters/kubernetes/connection.ts';
import { KubernetesCluster } from '../../../lambdas/adapters/kubernetes/kubernetes-cluster.ts';
import { startCluster, type Cluster as LaptopCluster, type ClusterOptions } from '../../../local/cluster/cluster.ts';

export interface Laptop {
  readonly laptop: LaptopCluster;
  readonly admin: KubernetesCluster;
  /** How the administrator reaches it. */
  readonly connection: ConnectionOptions;
  /** The adapter as somebody who presents a token. */
  readonly as: (token: () => Promise<string>) => KubernetesCluster;
  stop(): Promise<void>;
}

/** Starts one on free ports. Nobody but the administrator is known unless `authenticate` says so. */
export async function startLaptop(options: Partial<ClusterOptions> = {}): Promise<Laptop> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'laptop-'));
  const laptop = await startCluster({
    stateDirectory,
    apiPort: 0,
    gatewayPort: 0,
    authenticate: () => Promise.resolve(undefined),
    images: { find: () => Promise.resolve(undefined) },
    log: () => undefined,
    ...options,
  });
  const { users } = parse(await readFile(laptop.kubeconfigPath, 'utf8')) as {
    users: { user: Record<string, string> }[];
  };
  const decoded = (key: string) => Buffer.from(users[0]?.user[key] ?? '', 'base64').toString('utf8');
  const base = { endpoint: laptop.endpoint, authority: laptop.certificateAuthority };
  const clusters: KubernetesCluster[] = [];
  const open = (more: object) => {
    const cluster = new KubernetesCluster({ ...base, ...more });
    clusters.push(cluster);
    return cluster;
  };
  const certificate = { cert: decoded('client-certificate-data'), key: decoded('client-key-data') };
  return {
    laptop,
    admin: open({ certificate }),
    connection: { ...base, certificate },
    as: (token) => open({ token }),
    async stop() {
      for (const cluster of clusters) cluster.close();
      await laptop.stop();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
}
