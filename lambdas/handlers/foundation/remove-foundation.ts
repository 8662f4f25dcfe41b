/**
 * Takes the cluster-wide half of an installation out of a cluster that outlives it. Separate from applying because it must not take
 * the way in from environments that still run.
 */
import { gatewayNamespace, LABELS, routerNamespace } from '../../contracts/kubernetes.ts';
import { removeAll } from '../apply-all.ts';
import type { FoundationPorts } from './ports.ts';

const RIGHTS = [
  { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding' },
  { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
];

/**
 * Removes rights and policies of the installation, and its gateway unless an environment is left that is reached by it.
 * Kinds of the Gateway API stay: others may use them.
 */
export async function removeFoundation(
  ports: Pick<FoundationPorts, 'cluster' | 'installation'>,
): Promise<{ readonly kept: readonly string[] }> {
  const { cluster } = ports;
  const { installation } = ports.installation;
  const ours = { [LABELS.installation]: installation };
  const namespaces = await cluster.list({ apiVersion: 'v1', kind: 'Namespace' }, ours);
  const environments = namespaces.filter(({ metadata }) => metadata.labels?.[LABELS.environment] !== undefined);

  const rights = await Promise.all(RIGHTS.map((kind) => cluster.list(kind, ours)));
  if (environments.length > 0) {
    const withoutGateway = rights.flat().filter(({ metadata }) => metadata.labels?.[LABELS.component] !== 'gateway');
    await removeAll(cluster, withoutGateway);
    return { kept: environments.map(({ metadata }) => metadata.name) };
  }
  await removeAll(cluster, rights.flat());
  if (await cluster.serves({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass' })) {
    await removeAll(
      cluster,
      await cluster.list({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass' }, ours),
    );
  }
  await removeAll(
    cluster,
    namespaces.filter(({ metadata }) =>
      [gatewayNamespace(installation), routerNamespace(installation)].includes(metadata.name),
    ),
  );
  return { kept: [] };
}
