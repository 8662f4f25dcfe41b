/**
 * Reads objects of the cluster as `kubectl get` would, with the printed kubeconfig. Separate and without kubectl, because a
 * stranger need not have one.
 */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

/** Status and body of one GET of the Kubernetes API. */
export async function readCluster(kubeconfig: string, path: string): Promise<{ status: number; text: string }> {
  const config = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  const cluster = config.clusters[0]?.cluster;
  const user = config.users[0]?.user;
  if (cluster === undefined || user === undefined) throw new Error(`${kubeconfig} names no cluster or no user.`);
  const decoded = (text: string): Buffer => Buffer.from(text, 'base64');
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, cluster.server),
      {
        ca: decoded(cluster['certificate-authority-data']),
        cert: decoded(user['client-certificate-data']),
        key: decoded(user['client-key-data']),
        agent: false,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

/** True while a namespace exists, in whatever phase. */
export async function namespaceExists(kubeconfig: string, name: string): Promise<boolean> {
  return (await readCluster(kubeconfig, `/api/v1/namespaces/${name}`)).status === 200;
}

/** Names of the objects of one kind in a namespace. */
export async function objectNames(kubeconfig: string, path: string): Promise<readonly string[]> {
  const { text } = await readCluster(kubeconfig, path);
  const { items = [] } = JSON.parse(text) as { items?: readonly { metadata: { name: string } }[] };
  return items.map((item) => item.metadata.name).sort();
}
