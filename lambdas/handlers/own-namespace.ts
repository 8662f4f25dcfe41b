/**
 * The namespace of an environment, when it is ours. Separate because nothing in the cluster may be touched before this was asked:
 * a namespace without our label belongs to somebody else, whatever its name.
 */
import { LABELS, namespaceOf } from '../contracts/kubernetes.ts';
import { RejectedError } from '../domain/errors.ts';
import type { Cluster, KubernetesObject } from '../ports/cluster.ts';

/** Whether a namespace carries this installation's label. */
export function isOurs(namespace: KubernetesObject, installation: string): boolean {
  return namespace.metadata.labels?.[LABELS.installation] === installation;
}

/** The namespace; undefined when there is none; a RejectedError when it is somebody else's. */
export async function ownNamespace(
  cluster: Cluster,
  installation: string,
  environment: string,
): Promise<KubernetesObject | undefined> {
  const name = namespaceOf(installation, environment);
  const namespace = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name });
  if (namespace === undefined || isOurs(namespace, installation)) return namespace;
  throw new RejectedError(
    `The cluster already has a namespace ${name} that does not belong to this installation (its label ${LABELS.installation} is ${namespace.metadata.labels?.[LABELS.installation] ?? 'missing'}). Espalier never touches it: rename or remove that namespace, or give the branch another name.`,
  );
}
