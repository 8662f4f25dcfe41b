/**
 * What a chart may try that wants more than its service: each object with what the build says of it, and what the cluster says to the
 * function `deploy` if the build had said nothing. Separate because both are tried with the same objects.
 */
import type { KubernetesObject } from '../../lambdas/ports/cluster.ts';

export interface Hostile {
  /** Path of its template below the chart. */
  readonly template: string;
  readonly object: KubernetesObject;
  /** In the reason of the failed delivery. */
  readonly refused: string;
  /** By the API server, to the identity of `deploy`; or its pods never come, for what this says. */
  readonly denied: { readonly atOnce: string } | { readonly itsPods: string };
}

const RBAC = 'rbac.authorization.k8s.io';
const POD = {
  metadata: { labels: { app: 'hostile' } },
  spec: {
    automountServiceAccountToken: false,
    containers: [{ name: 'hostile', image: 'hostile:1' }],
    volumes: [{ name: 'root', hostPath: { path: '/' } }],
  },
};

/** @param name by which everything is called, so that nothing of anybody else is touched should it be accepted */
export function hostileObjects(name: string): readonly Hostile[] {
  const object = (
    apiVersion: string,
    kind: string,
    rest: object,
    metadata: object = {},
  ): Pick<Hostile, 'template' | 'object'> => ({
    template: `templates/${kind.toLowerCase()}.yaml`,
    object: { apiVersion, kind, metadata: { name, ...metadata }, ...rest },
  });
  return [
    {
      ...object(`${RBAC}/v1`, 'ClusterRole', { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }),
      refused: `ClusterRole ${name} (inventory/templates/clusterrole.yaml)`,
      denied: { atOnce: 'cannot patch resource "clusterroles"' },
    },
    {
      ...object(`${RBAC}/v1`, 'ClusterRoleBinding', {
        roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ apiGroup: RBAC, kind: 'Group', name: 'system:authenticated' }],
      }),
      refused: `ClusterRoleBinding ${name} (inventory/templates/clusterrolebinding.yaml)`,
      denied: { atOnce: 'cannot patch resource "clusterrolebindings"' },
    },
    {
      ...object('v1', 'ConfigMap', { data: { any: 'thing' } }, { namespace: 'kube-system' }),
      refused: 'is for the namespace kube-system',
      denied: { atOnce: 'cannot patch resource "configmaps"' },
    },
    {
      ...object('v1', 'Service', { spec: { type: 'ExternalName', externalName: '169.254.169.254' } }),
      refused: 'spec.type: found "ExternalName"; allowed: ClusterIP',
      denied: { atOnce: 'cannot patch resource "services"' },
    },
    {
      ...object('v1', 'Pod', { spec: POD.spec }),
      refused: 'a service runs in a Deployment',
      denied: { atOnce: 'cannot patch resource "pods"' },
    },
    {
      ...object('apps/v1', 'Deployment', { spec: { selector: { matchLabels: { app: 'hostile' } }, template: POD } }),
      refused: 'volumes.0.hostPath: no chart may say this',
      denied: { itsPods: 'violates PodSecurity "restricted' },
    },
    {
      ...object(
        'batch/v1',
        'Job',
        { spec: { template: { ...POD, spec: { ...POD.spec, restartPolicy: 'Never' } } } },
        { annotations: { 'helm.sh/hook': 'pre-install' } },
      ),
      refused: 'is a hook, which runs by Helm only',
      denied: { itsPods: 'violates PodSecurity "restricted' },
    },
  ];
}
