/**
 * Labels, field managers and object names in the cluster.
 * Separate because admission policies, roles, manifests, sweep and read-back all rely on the same words.
 */

/**
 * The metric of pods by which autoscalers count requests per second: what prometheus-adapter makes of a counter http_requests_total.
 * Source: https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/walkthrough.md
 */
export const REQUESTS_METRIC = 'http_requests_per_second';

/** Labels; only objects that carry `installation` are ever touched. */
export const LABELS = {
  installation: 'espalier.dev/installation',
  environment: 'espalier.dev/environment',
  kind: 'espalier.dev/kind',
  tier: 'espalier.dev/tier',
  service: 'espalier.dev/service',
  repository: 'espalier.dev/repository',
  side: 'espalier.dev/side',
  process: 'espalier.dev/process',
  commit: 'espalier.dev/commit',
  component: 'espalier.dev/component',
  experiment: 'espalier.dev/experiment',
} as const;

/** Annotations: the exact branch, which no label could hold, and the versions of configuration and secrets that objects carry. */
export const ANNOTATIONS = {
  branch: 'espalier.dev/branch',
  repository: 'espalier.dev/repository',
  /** Which fields were applied, so that a sweep finds what somebody changed; see domain/drift. */
  fields: 'espalier.dev/fields',
  owner: 'espalier.dev/owner',
  configuration: 'espalier.dev/configuration',
  secrets: 'espalier.dev/secrets',
  /** The execution whose experiment it is. */
  execution: 'espalier.dev/execution',
} as const;

/**
 * Field managers of server-side apply.
 * INVARIANT: `deploy` never applies HTTPRoutes, the plain Service, replicas or HPA bounds; `traffic` owns these from the first
 * delivery. HTTPRoute `rules` are an atomic list: a forced re-apply by another owner would reset weights.
 */
export const FIELD_MANAGERS = {
  foundation: 'espalier-foundation',
  environment: 'espalier-environment',
  deploy: 'espalier-deploy',
  traffic: 'espalier-traffic',
  fields: 'espalier-fields',
  configuration: 'espalier-configuration',
  experiment: 'espalier-experiment',
} as const;

/** The two fixed halves of a service. */
export const SIDES = ['blue', 'green'] as const;
export type Side = (typeof SIDES)[number];

/** The other half. */
export function otherSide(side: Side): Side {
  return side === 'blue' ? 'green' : 'blue';
}

/** What a judged rollout runs beside both: the version that serves, as fresh and as large as the candidate. It is no side. */
export const BASELINE = 'baseline';
/** Whatever a route may share requests between. */
export type Backend = Side | typeof BASELINE;

/** Kubernetes groups that access entries give to the functions' roles. */
export function clusterGroup(
  installation: string,
  stage: 'environment' | 'deploy' | 'rollout' | 'configuration' | 'sweep',
  tier: 'branch' | 'lasting',
): string {
  return `${installation}:${stage}-${tier}`;
}

/** Namespace of an environment. */
export function namespaceOf(installation: string, environment: string): string {
  return `${installation}-${environment}`;
}

/** Stages that work in namespaces in which `environment` binds their role. */
export const WORKLOAD_STAGES = ['deploy', 'rollout', 'configuration'] as const;
export type WorkloadStage = (typeof WORKLOAD_STAGES)[number];

/** ClusterRole that `environment` may bind to such a stage in a namespace. */
export function workloadRole(installation: string, stage: WorkloadStage): string {
  return `${installation}-${stage}`;
}

/** Namespace of the in-cluster gateway that an installation manages. */
export function gatewayNamespace(installation: string): string {
  return `${installation}-gateway-system`;
}

/** Name of the managed GatewayClass; one per installation, because each has a gateway of its own that must serve nobody else's. */
export function gatewayClassName(installation: string): string {
  return `espalier-${installation}`;
}

/** Names of the managed Gateways: the way in from outside, with a listener per access, and the one that services use to reach each other. */
export const GATEWAY = { name: 'public', internalName: 'internal', internalListener: 'services' } as const;

/** Namespace of the names by which integration's services ask the router for each other. */
export function routerNamespace(installation: string): string {
  return `${installation}-router`;
}

/** Label of pods that may call a service, by its name. */
export function callsLabel(service: string): string {
  return `calls.espalier.dev/${service}`;
}
