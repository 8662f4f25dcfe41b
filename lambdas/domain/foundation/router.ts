/**
 * The namespace of the router's names and who may write there: deliveries into lasting environments only, so that no branch decides
 * where integration's services look for each other. Separate because it exists for existing and managed gateways alike.
 */
import { tierOf } from '../../contracts/kinds.ts';
import { clusterGroup, LABELS, routerNamespace } from '../../contracts/kubernetes.ts';
import { LENDER } from '../borrowing/lender.ts';
import type { Manifest } from '../manifests/manifest.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** The namespace; it has the tier of the environments whose functions write there. */
export function routerNamespaceManifest(installation: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: routerNamespace(installation),
      labels: {
        ...routerLabels(installation),
        [LABELS.tier]: tierOf(LENDER),
        'pod-security.kubernetes.io/enforce': 'restricted',
      },
    },
  };
}

/** The right to give names, and to nothing else. */
export function routerRightsManifests(installation: string): readonly Manifest[] {
  const metadata = { name: 'names', namespace: routerNamespace(installation), labels: routerLabels(installation) };
  const group = clusterGroup(installation, 'deploy', tierOf(LENDER));
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['services'], verbs: ['get', 'create', 'patch'] }],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: metadata.name },
      subjects: [{ apiGroup: RBAC, kind: 'Group', name: group }],
    },
  ];
}

function routerLabels(installation: string): Record<string, string> {
  return { [LABELS.installation]: installation, [LABELS.component]: 'router' };
}
