/**
 * The cluster that KUBECONFIG names, as an administrator. Separate because only tests read kubeconfig files: functions are told
 * endpoint and authority and bring tokens.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { KubernetesCluster } from '../../lambdas/adapters/kubernetes/kubernetes-cluster.ts';
import type { ConnectionOptions } from '../../lambdas/adapters/kubernetes/connection.ts';

interface Kubeconfig {
  readonly 'current-context': string;
  readonly contexts: readonly {
    readonly name: string;
    readonly context: { readonly cluster: string; readonly user: string };
  }[];
  readonly clusters: readonly { readonly name: string; readonly cluster: Record<string, string> }[];
  readonly users: readonly { readonly name: string; readonly user: Record<string, string> }[];
}

/** How to reach the cluster of a kubeconfig file. */
export function connectionOf(path: string | undefined = process.env['KUBECONFIG']): ConnectionOptions {
  if (path === undefined) throw new Error('Set KUBECONFIG to the cluster that these tests may use.');
  const config = parse(readFileSync(path, 'utf8')) as Kubeconfig;
  const context = config.contexts.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster ?? {};
  const user = config.users.find(({ name }) => name === context?.user)?.user ?? {};
  const { token } = user;
  return {
    endpoint: cluster['server'] ?? '',
    authority: content(cluster, 'certificate-authority'),
    ...(token !== undefined && { token: () => Promise.resolve(token) }),
    ...(user['client-key'] !== undefined || user['client-key-data'] !== undefined
      ? { certificate: { cert: content(user, 'client-certificate'), key: content(user, 'client-key') } }
      : {}),
  };
}

function content(from: Record<string, string>, key: string): string {
  const inline = from[`${key}-data`];
  return inline === undefined ? readFileSync(from[key] ?? '', 'utf8') : Buffer.from(inline, 'base64').toString('utf8');
}

/** The cluster as its administrator. */
export function realCluster(): KubernetesCluster {
  return new KubernetesCluster(connectionOf());
}

/** The cluster as somebody of these groups, by impersonation. */
export function realClusterAs(user: string, groups: readonly string[]): KubernetesCluster {
  return new KubernetesCluster({
    ...connectionOf(),
    headers: { 'impersonate-user': user, 'impersonate-group': [...groups, 'system:authenticated'] },
  });
}
