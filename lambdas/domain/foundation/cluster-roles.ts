/**
 * Who may do what in the cluster: roles and bindings for the groups that access entries give to the functions.
 * Separate because this is what a security review reads. Only `configuration` may touch Secrets, and it has no right, like deploy and
 * rollout, outside of namespaces in which `environment` binds them.
 */
import type { PolicyRule, Subject } from 'kubernetes-types/rbac/v1.js';
import { TIERS } from '../../contracts/kinds.ts';
import { clusterGroup, gatewayNamespace, LABELS, workloadRole, WORKLOAD_STAGES } from '../../contracts/kubernetes.ts';
import type { Manifest } from '../manifests/manifest.ts';

type ClusterStage = Parameters<typeof clusterGroup>[1];

const RBAC = 'rbac.authorization.k8s.io';
const GATEWAY_API = 'gateway.networking.k8s.io';

/** Server-side apply is a patch, and a create when the object is new. */
const APPLY = ['get', 'create', 'patch'];

const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: [apiGroup],
  resources: [...resources],
  verbs: [...verbs],
});

/** Name of a role that is bound in the whole cluster. */
const clusterWideRole = (installation: string, what: 'environment' | 'sweep' | 'reader') => `${installation}-${what}`;

/** Rules of every ClusterRole by name. */
function rulesOf(installation: string): Readonly<Record<string, readonly PolicyRule[]>> {
  return {
    [clusterWideRole(installation, 'environment')]: [
      rule('', ['namespaces'], [...APPLY, 'delete']),
      rule('', ['resourcequotas', 'limitranges'], APPLY),
      rule('networking.k8s.io', ['networkpolicies'], APPLY),
      rule(RBAC, ['rolebindings'], APPLY),
      {
        ...rule(RBAC, ['clusterroles'], ['bind']),
        resourceNames: WORKLOAD_STAGES.map((stage) => workloadRole(installation, stage)),
      },
      rule(GATEWAY_API, ['httproutes'], ['list', 'delete']),
      rule('apps', ['deployments'], ['list', 'delete']),
      rule('autoscaling', ['horizontalpodautoscalers'], ['list', 'delete']),
      rule('', ['services'], ['list', 'delete']),
      rule('policy', ['poddisruptionbudgets'], ['list', 'delete']),
      rule('batch', ['cronjobs', 'jobs'], ['list', 'delete']),
      rule('', ['persistentvolumeclaims'], ['list', 'delete']),
    ],
    [workloadRole(installation, 'deploy')]: [
      rule('apps', ['deployments'], [...APPLY, 'list', 'delete']),
      rule('policy', ['poddisruptionbudgets'], [...APPLY, 'list', 'delete']),
      rule('', ['serviceaccounts', 'persistentvolumeclaims'], [...APPLY, 'list', 'delete']),
      rule('batch', ['cronjobs', 'jobs'], [...APPLY, 'list', 'delete']),
      rule('networking.k8s.io', ['networkpolicies'], [...APPLY, 'list', 'delete']),
      rule('', ['pods'], ['list']),
      // New pods are asked what their service file declares.
      rule('', ['pods/proxy'], ['get']),
      // Which version of its configuration the pods of a delivery begin with; and the files that charts bring.
      rule('', ['configmaps'], [...APPLY, 'list', 'delete']),
      // Whether the number of pods is somebody else's; and those of processes that get no requests.
      rule('autoscaling', ['horizontalpodautoscalers'], [...APPLY, 'list', 'delete']),
    ],
    [workloadRole(installation, 'rollout')]: [
      rule(GATEWAY_API, ['httproutes'], [...APPLY, 'list', 'delete']),
      rule('', ['services'], [...APPLY, 'list', 'delete']),
      rule('', ['pods'], ['list']),
      // New pods are asked what their service file declares.
      rule('', ['pods/proxy'], ['get']),
      rule('discovery.k8s.io', ['endpointslices'], ['list']),
      // The number of pods of a side, and the whole of a baseline: who owns which field stands in contracts/kubernetes.
      rule('apps', ['deployments'], [...APPLY, 'list', 'delete']),
      rule('autoscaling', ['horizontalpodautoscalers'], [...APPLY, 'list', 'delete']),
      // Pods end when a person orders it as an experiment, in branch environments alone (admission policies).
      rule('', ['pods'], ['delete']),
      // Candidates are asked how they are, and checked by jobs of their authors.
      rule('', ['pods/proxy'], ['get']),
      rule('batch', ['jobs'], [...APPLY, 'list', 'delete']),
    ],
    [workloadRole(installation, 'configuration')]: [
      rule('', ['configmaps', 'secrets'], [...APPLY, 'list', 'delete']),
      // Which version pods run, asked of themselves; and the annotation at which the kubelet looks for a changed file at once.
      rule('', ['pods'], ['get', 'list', 'patch']),
      rule('', ['pods/proxy'], ['get']),
      // The annotation that replaces pods, and nothing else.
      rule('apps', ['deployments'], ['get', 'list', 'patch']),
    ],
    // It finds what differs and changes nothing: putting right is a delivery.
    [clusterWideRole(installation, 'sweep')]: [
      rule(
        '',
        ['namespaces', 'services', 'serviceaccounts', 'resourcequotas', 'limitranges', 'persistentvolumeclaims'],
        ['list'],
      ),
      // The files that charts bring; what a configuration says is no secret.
      rule('', ['configmaps'], ['list']),
      rule('apps', ['deployments'], ['list']),
      rule('autoscaling', ['horizontalpodautoscalers'], ['list']),
      rule('batch', ['cronjobs'], ['list']),
      rule('policy', ['poddisruptionbudgets'], ['list']),
      rule(RBAC, ['rolebindings'], ['list']),
      rule('networking.k8s.io', ['networkpolicies'], ['list']),
      rule(GATEWAY_API, ['httproutes'], ['list']),
    ],
    // Whether a namespace is there and ours, and where an existing Gateway is reached, is asked before there are rights in it.
    [clusterWideRole(installation, 'reader')]: [
      rule('', ['namespaces'], ['get']),
      rule(GATEWAY_API, ['gateways'], ['get']),
    ],
  };
}

/** Stages that hold a role in the whole cluster. */
const CLUSTER_WIDE: readonly {
  readonly role: 'environment' | 'sweep' | 'reader';
  readonly stages: readonly ClusterStage[];
}[] = [
  { role: 'environment', stages: ['environment'] },
  { role: 'sweep', stages: ['sweep'] },
  { role: 'reader', stages: WORKLOAD_STAGES },
];

/** All ClusterRoles and ClusterRoleBindings of an installation. */
export function clusterRoleManifests(installation: string): readonly Manifest[] {
  const labels = { [LABELS.installation]: installation };
  const roles = Object.entries(rulesOf(installation)).map(([name, rules]) => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name, labels },
    rules,
  }));
  const bindings = CLUSTER_WIDE.map(({ role, stages }) => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: clusterWideRole(installation, role), labels },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: clusterWideRole(installation, role) },
    subjects: groups(installation, stages),
  }));
  return [...roles, ...bindings];
}

/** Lets rollout find the pods of the managed gateway, to ask routes behind a sign-in. */
export function gatewayReaderManifests(installation: string): readonly Manifest[] {
  const metadata = {
    name: 'gateway-reader',
    namespace: gatewayNamespace(installation),
    labels: { [LABELS.installation]: installation },
  };
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata,
      rules: [rule('discovery.k8s.io', ['endpointslices'], ['list'])],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: metadata.name },
      subjects: groups(installation, ['rollout']),
    },
  ];
}

function groups(installation: string, stages: readonly ClusterStage[]): Subject[] {
  return stages.flatMap((stage) =>
    TIERS.map((tier) => ({ apiGroup: RBAC, kind: 'Group', name: clusterGroup(installation, stage, tier) })),
  );
}
