/**
 * Where each kind lives in the API. Separate because a table of the kinds we use replaces discovery, which would cost every cold
 * start several calls.
 */
import type { ObjectReference } from '../../ports/cluster.ts';

interface KindPlace {
  readonly plural: string;
  readonly namespaced: boolean;
}

const namespaced = (plural: string): KindPlace => ({ plural, namespaced: true });
const clusterWide = (plural: string): KindPlace => ({ plural, namespaced: false });

const KINDS: Readonly<Record<string, KindPlace>> = {
  ClusterRole: clusterWide('clusterroles'),
  ClusterRoleBinding: clusterWide('clusterrolebindings'),
  ConfigMap: namespaced('configmaps'),
  CronJob: namespaced('cronjobs'),
  CustomResourceDefinition: clusterWide('customresourcedefinitions'),
  Deployment: namespaced('deployments'),
  EndpointSlice: namespaced('endpointslices'),
  Event: namespaced('events'),
  Gateway: namespaced('gateways'),
  GatewayClass: clusterWide('gatewayclasses'),
  HTTPRoute: namespaced('httproutes'),
  HorizontalPodAutoscaler: namespaced('horizontalpodautoscalers'),
  Job: namespaced('jobs'),
  LimitRange: namespaced('limitranges'),
  Namespace: clusterWide('namespaces'),
  NetworkPolicy: namespaced('networkpolicies'),
  PersistentVolumeClaim: namespaced('persistentvolumeclaims'),
  Pod: namespaced('pods'),
  PodDisruptionBudget: namespaced('poddisruptionbudgets'),
  ReplicaSet: namespaced('replicasets'),
  ResourceQuota: namespaced('resourcequotas'),
  Role: namespaced('roles'),
  RoleBinding: namespaced('rolebindings'),
  Secret: namespaced('secrets'),
  Service: namespaced('services'),
  ServiceAccount: namespaced('serviceaccounts'),
  TargetGroupBinding: namespaced('targetgroupbindings'),
  ValidatingAdmissionPolicy: clusterWide('validatingadmissionpolicies'),
  ValidatingAdmissionPolicyBinding: clusterWide('validatingadmissionpolicybindings'),
};

/** Path of a group and version: `/api/v1` or `/apis/<group>/<version>`. */
export function versionPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Path of all objects of a kind, in one namespace or in all. */
export function collectionPath({ apiVersion, kind, namespace }: Omit<ObjectReference, 'name'>): string {
  const place = KINDS[kind];
  if (place === undefined) throw new Error(`The kind ${kind} is missing in the table of kinds (adapters/kubernetes).`);
  const inside = place.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${versionPath(apiVersion)}${inside}/${place.plural}`;
}

/** Path of one object. */
export function objectPath(reference: ObjectReference): string {
  const { kind, namespace, name } = reference;
  if (KINDS[kind]?.namespaced === true && namespace === undefined)
    throw new Error(`${kind} ${name} needs a namespace.`);
  return `${collectionPath(reference)}/${encodeURIComponent(name)}`;
}
