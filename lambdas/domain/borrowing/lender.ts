/**
 * Who borrows what from whom: an environment that has no service of a name finds integration's under the same name. Separate because
 * pods, policies, names and the catalogue must agree on it.
 */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import { namespaceOf } from '../../contracts/kubernetes.ts';

/** The environment that lends. */
export const LENDER = 'integration' satisfies EnvironmentKind;

/** Kinds that borrow. Pre-release and production stand alone. */
export const BORROWERS: readonly EnvironmentKind[] = ['feature', 'performance'];

/** Whether environments of this kind borrow what they lack. */
export function borrows(kind: EnvironmentKind): boolean {
  return BORROWERS.includes(kind);
}

/**
 * Where a pod's resolver looks for a short name after its own namespace. The kubelet appends it to the search list of the cluster, so
 * that the own Service comes first and no object is needed per environment and service.
 * Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config
 */
export function searchDomains(installation: string, kind: EnvironmentKind): readonly string[] {
  return borrows(kind) ? [clusterDomain(namespaceOf(installation, LENDER))] : [];
}

/** Domain of all Services of a namespace. */
export function clusterDomain(namespace: string): string {
  return `${namespace}.svc.cluster.local`;
}
