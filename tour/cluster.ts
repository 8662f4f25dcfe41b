/**
 * Reads objects of the cluster as `kubectl get` would, with the printed kubeconfig. Separate and without kubectl, because a
 * stranger need not have one.
 */
import { LABELS } from '../lambdas/contracts/kubernetes.ts';
import { askCluster, type Answer } from '../local/existing-cluster/ask.ts';
import { readKubeconfig } from '../local/existing-cluster/kubeconfig.ts';

/** Status and body of one GET of the Kubernetes API. */
export async function readCluster(kubeconfig: string, path: string): Promise<Answer> {
  return askCluster(readKubeconfig(kubeconfig), 'GET', path);
}

/** True while a namespace exists, in whatever phase. */
export async function namespaceExists(kubeconfig: string, name: string): Promise<boolean> {
  return (await readCluster(kubeconfig, `/api/v1/namespaces/${name}`)).status === 200;
}

/** Names of the objects at a path, in a namespace or in the whole cluster. */
export async function objectNames(kubeconfig: string, path: string): Promise<readonly string[]> {
  const { text } = await readCluster(kubeconfig, path);
  const { items = [] } = JSON.parse(text) as { items?: readonly { metadata: { name: string } }[] };
  return items.map((item) => item.metadata.name).sort();
}

/** Everything outside of namespaces that an installation has in a cluster, and its namespaces. */
const CLUSTER_WIDE = [
  '/api/v1/namespaces',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
  '/apis/gateway.networking.k8s.io/v1/gatewayclasses',
];

/** What an installation left in a cluster, as `<kind>/<name>`. */
export async function leftInCluster(kubeconfig: string, installation: string): Promise<readonly string[]> {
  const selector = encodeURIComponent(`${LABELS.installation}=${installation}`);
  const found = await Promise.all(
    CLUSTER_WIDE.map(async (path) => {
      const names = await objectNames(kubeconfig, `${path}?labelSelector=${selector}`);
      return names.map((name) => `${path.slice(path.lastIndexOf('/') + 1)}/${name}`);
    }),
  );
  return found.flat();
}
