/**
 * The kinds that something in this cluster reacts to, with their shapes, and typed readers for them. Separate because controllers,
 * the pods' keeper and the gateway all read the same kinds, and the objects themselves are as open as the API.
 */
import type { DeploymentSpec, DeploymentStatus, ReplicaSetSpec, ReplicaSetStatus } from 'kubernetes-types/apps/v1.js';
import type { HorizontalPodAutoscalerSpec } from 'kubernetes-types/autoscaling/v2.js';
import type { CronJobSpec, CronJobStatus, JobSpec, JobStatus } from 'kubernetes-types/batch/v1.js';
import type { PersistentVolumeClaimSpec, PodSpec, PodStatus, ServiceSpec } from 'kubernetes-types/core/v1.js';
import type { Endpoint, EndpointPort } from 'kubernetes-types/discovery/v1.js';
import type { PodDisruptionBudgetSpec } from 'kubernetes-types/policy/v1.js';
import type { KubeObject, NewObject, Objects } from './objects.ts';

/** One condition of any status. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
  lastUpdateTime?: string;
}

type Of<Spec, Status = Record<string, unknown>> = KubeObject & { spec: Spec; status?: Status };

export type Deployment = Of<DeploymentSpec, DeploymentStatus>;
export type ReplicaSet = Of<ReplicaSetSpec, ReplicaSetStatus>;
export type Job = Of<JobSpec, JobStatus>;
export type CronJob = Of<CronJobSpec, CronJobStatus>;
export type Claim = Of<PersistentVolumeClaimSpec>;
export type Pod = Of<PodSpec, PodStatus>;
export type Service = Of<ServiceSpec>;
export type EndpointSlice = KubeObject & { addressType: string; endpoints?: Endpoint[]; ports?: EndpointPort[] };
export type Autoscaler = Of<HorizontalPodAutoscalerSpec>;
export type DisruptionBudget = Of<PodDisruptionBudgetSpec>;
export type ConfigMap = KubeObject & { data?: Record<string, string>; binaryData?: Record<string, string> };
export type Secret = KubeObject & { data?: Record<string, string> };

/** A route's wish to be served by a Gateway. */
export interface ParentReference {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  sectionName?: string;
  port?: number;
}
export interface Listener {
  name: string;
  hostname?: string;
  port: number;
  protocol: string;
  tls?: { certificateRefs?: { name: string; namespace?: string }[] };
  allowedRoutes?: {
    namespaces?: { from?: 'All' | 'Same' | 'Selector'; selector?: LabelSelector };
    kinds?: { kind: string }[];
  };
}
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}
export type GatewayClass = Of<{ controllerName: string }>;
export type Gateway = Of<{ gatewayClassName: string; listeners: Listener[] }>;

/** How one value of a request must look. */
export interface ValueMatch {
  type?: 'Exact' | 'RegularExpression';
  name: string;
  value: string;
}
export interface RouteMatch {
  path?: { type?: 'Exact' | 'PathPrefix' | 'RegularExpression'; value?: string };
  headers?: ValueMatch[];
  queryParams?: ValueMatch[];
  method?: string;
}
export interface HeaderChange {
  set?: { name: string; value: string }[];
  add?: { name: string; value: string }[];
  remove?: string[];
}
interface PathChange {
  type: 'ReplaceFullPath' | 'ReplacePrefixMatch';
  replaceFullPath?: string;
  replacePrefixMatch?: string;
}
export interface RouteFilter {
  type: string;
  requestHeaderModifier?: HeaderChange;
  responseHeaderModifier?: HeaderChange;
  urlRewrite?: { hostname?: string; path?: PathChange };
  requestRedirect?: { scheme?: string; hostname?: string; port?: number; path?: PathChange; statusCode?: number };
}
export interface BackendReference {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  port?: number;
  weight?: number;
  filters?: RouteFilter[];
}
export interface RouteRule {
  matches?: RouteMatch[];
  filters?: RouteFilter[];
  backendRefs?: BackendReference[];
}
/** What a route's status says about one parent. */
export interface RouteParentStatus {
  parentRef: ParentReference;
  controllerName: string;
  conditions: Condition[];
}
export type HttpRoute = Of<
  { parentRefs?: ParentReference[]; hostnames?: string[]; rules?: RouteRule[] },
  { parents: RouteParentStatus[] }
>;
export type ReferenceGrant = Of<{
  from: { group: string; kind: string; namespace: string }[];
  to: { group: string; kind: string; name?: string }[];
}>;

interface Kinds {
  Namespace: KubeObject;
  Node: KubeObject;
  ServiceAccount: KubeObject;
  Event: KubeObject & { lastTimestamp?: string; count?: number };
  Endpoints: KubeObject;
  ConfigMap: ConfigMap;
  Secret: Secret;
  Service: Service;
  Pod: Pod;
  Deployment: Deployment;
  ReplicaSet: ReplicaSet;
  Job: Job;
  CronJob: CronJob;
  PersistentVolumeClaim: Claim;
  HorizontalPodAutoscaler: Autoscaler;
  PodDisruptionBudget: DisruptionBudget;
  EndpointSlice: EndpointSlice;
  GatewayClass: GatewayClass;
  Gateway: Gateway;
  HTTPRoute: HttpRoute;
  ReferenceGrant: ReferenceGrant;
}
export type Kind = keyof Kinds;

/** The one version in which each kind is stored. */
export const apiVersions: Readonly<Record<Kind, string>> = {
  Namespace: 'v1',
  Node: 'v1',
  ServiceAccount: 'v1',
  Event: 'v1',
  Endpoints: 'v1',
  ConfigMap: 'v1',
  Secret: 'v1',
  Service: 'v1',
  Pod: 'v1',
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  PersistentVolumeClaim: 'v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  PodDisruptionBudget: 'policy/v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  GatewayClass: 'gateway.networking.k8s.io/v1',
  Gateway: 'gateway.networking.k8s.io/v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  ReferenceGrant: 'gateway.networking.k8s.io/v1beta1',
};

/** Objects by kind instead of by version and kind. */
export interface Cluster {
  readonly objects: Objects;
  get<K extends Kind>(kind: K, namespace: string | undefined, name: string): Kinds[K] | undefined;
  list<K extends Kind>(kind: K, namespace?: string): Kinds[K][];
  create(kind: Kind, object: Omit<NewObject, 'apiVersion' | 'kind'>): KubeObject;
  remove(kind: Kind, namespace: string | undefined, name: string): void;
}

/**
 * Typed readers over stored objects, which the API has validated against the same shapes. With a `view` lists come from there:
 * without copies, and as they were told at the end of the last turn.
 */
export function typedCluster(objects: Objects, view?: Pick<Cluster, 'list'>): Cluster {
  return {
    objects,
    get: <K extends Kind>(kind: K, namespace: string | undefined, name: string) =>
      objects.get(apiVersions[kind], kind, namespace, name) as Kinds[K] | undefined,
    list: <K extends Kind>(kind: K, namespace?: string) =>
      view?.list(kind, namespace) ?? (objects.list(apiVersions[kind], kind, namespace) as Kinds[K][]),
    create: (kind, object) => objects.create({ ...object, apiVersion: apiVersions[kind], kind } as NewObject),
    remove: (kind, namespace, name) => objects.remove(apiVersions[kind], kind, namespace, name),
  };
}

/** Whether a told object is of this kind, in the version that is stored. */
export function isKind<K extends Kind>(object: KubeObject, kind: K): object is Kinds[K] {
  return object.kind === kind && object.apiVersion === apiVersions[kind];
}

/** The time as the API writes it. */
export function timestamp(at: number = Date.now()): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The conditions with one set; its transition time moves only when its status does. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  next: Omit<Condition, 'lastTransitionTime'>,
): Condition[] {
  const before = conditions?.find((condition) => condition.type === next.type);
  const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : timestamp();
  const others = (conditions ?? []).filter((condition) => condition.type !== next.type);
  return [...others, { ...next, lastTransitionTime }];
}

/** Whether labels satisfy a selector; an empty selector selects everything. */
export function selects(selector: LabelSelector | undefined, labels: Record<string, string> = {}): boolean {
  const exact = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    exact &&
    (selector?.matchExpressions ?? []).every((expression) => {
      const value = labels[expression.key];
      if (expression.operator === 'Exists') return value !== undefined;
      if (expression.operator === 'DoesNotExist') return value === undefined;
      const listed = value !== undefined && (expression.values ?? []).includes(value);
      return expression.operator === 'In' ? listed : !listed;
    })
  );
}

/** The object's managing owner of this kind, if any. */
export function ownerOf(object: KubeObject, kind: Kind): { name: string; uid: string } | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true && owner.kind === kind);
}

/** The reference by which an object is owned, deleted with its owner. */
export function ownedBy(owner: KubeObject): NonNullable<KubeObject['metadata']['ownerReferences']> {
  const { apiVersion, kind, metadata } = owner;
  const reference = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
  return [{ ...reference, blockOwnerDeletion: true } as typeof reference];
}

/** Whether a pod counts: neither finished nor being deleted. */
export function isActive(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return !pod.metadata.deletionTimestamp && phase !== 'Succeeded' && phase !== 'Failed';
}

/** The pod's Ready condition when it is true. */
export function readySince(pod: Pod): number | undefined {
  const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready');
  return ready?.status === 'True' ? Date.parse(ready.lastTransitionTime ?? '') : undefined;
}

/** How the API refused, as its error says. */
export function refusalReason(error: unknown): string {
  return error instanceof Error && 'reason' in error ? String(error.reason) : '';
}
