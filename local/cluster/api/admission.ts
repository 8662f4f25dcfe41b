/**
 * What stands between a well-formed object and the store: the namespace must live, limits and quotas must hold, rights must not
 * grow by themselves; pods and services get what the server assigns. Separate because order matters and is readable here.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../objects.ts';
import type { Attempt } from './attempt.ts';
import type { Json } from './decode.ts';
import { checkEscalation } from './escalation.ts';
import { applyLimitRanges, checkQuota } from './quota.ts';
import { assignAddresses } from './service-address.ts';
import { forbidden, notFound } from './status.ts';
import type { Store } from './store.ts';
import { resourceOfKind, type Resource } from './table.ts';

/** Lets an object into its namespace, or refuses it; fills in what the server decides. */
export function admitCreate(store: Store, resource: Resource, next: KubeObject, attempt: Attempt): void {
  checkNamespace(store, resource, next);
  if (next.kind === 'Namespace') {
    next['spec'] = { finalizers: ['kubernetes'], ...(next['spec'] as Json | undefined) };
    next['status'] = { phase: 'Active' };
  }
  if (next.kind === 'Pod') admitPod(store, resource, next);
  if (next.kind === 'Service') assignAddresses(store, resource, next);
  if (next.kind === 'PersistentVolumeClaim') next['status'] = { phase: 'Pending' };
  if (next.kind === 'Job') selectJobPods(next);
  if (next.kind === 'CustomResourceDefinition') next['status'] = acceptedDefinition(next);
  applyLimitRanges(store, resource, next);
  if (next.kind === 'Pod') (next['status'] as Json)['qosClass'] = qualityOf(next);
  checkEscalation(store, resource, next, attempt);
  checkQuota(store, resource, next, undefined);
}

/** The same for a change. */
export function admitUpdate(
  store: Store,
  resource: Resource,
  current: KubeObject,
  next: KubeObject,
  attempt: Attempt,
  subresource: string | undefined,
): void {
  if (subresource === 'status') return;
  if (next.kind === 'Service') assignAddresses(store, resource, next);
  const rights = ['rules', 'roleRef', 'subjects', 'aggregationRule'];
  if (rights.some((field) => !isDeepStrictEqual(current[field], next[field])))
    checkEscalation(store, resource, next, attempt);
  checkQuota(store, resource, next, current);
}

const permanent = new Set(['default', 'kube-system', 'kube-public']);

/** Refuses to delete namespaces that the cluster needs. */
export function admitRemove(resource: Resource, name: string): void {
  if (resource.kind === 'Namespace' && permanent.has(name))
    throw forbidden(resource, name, 'this namespace may not be deleted');
}

function checkNamespace(store: Store, resource: Resource, next: KubeObject): void {
  const { namespace, name } = next.metadata;
  if (namespace === undefined) return;
  const home = store.get('v1/Namespace', undefined, namespace);
  const namespaces = resourceOfKind('v1', 'Namespace');
  if (!home && namespaces) throw notFound(namespaces, namespace);
  if (!home?.metadata.deletionTimestamp) return;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw forbidden(
    resource,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [cause],
  );
}

/** How long a pod stays on a node that went away; there is one node, the objects look as everywhere. */
const tolerations = ['not-ready', 'unreachable'].map((what) => ({
  key: `node.kubernetes.io/${what}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

function admitPod(store: Store, resource: Resource, pod: KubeObject): void {
  const spec = pod['spec'] as Json;
  spec['serviceAccountName'] ||= 'default';
  spec['serviceAccount'] = spec['serviceAccountName'];
  const account = String(spec['serviceAccountName']);
  const { namespace = '', name } = pod.metadata;
  if (account !== 'default' && !store.get('v1/ServiceAccount', namespace, account))
    throw forbidden(
      resource,
      name,
      `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`,
    );
  spec['priority'] ??= 0;
  spec['preemptionPolicy'] ??= 'PreemptLowerPriority';
  const given = (spec['tolerations'] ?? []) as Json[];
  const missing = tolerations.filter((one) => !given.some((other) => other['key'] === one.key));
  spec['tolerations'] = [...given, ...missing];
  pod['status'] = { phase: 'Pending' };
}

function qualityOf(pod: KubeObject): string {
  const containers = ((pod['spec'] as Json)['containers'] ?? []) as {
    resources?: Record<string, Record<string, unknown>>;
  }[];
  const amounts = containers.map(({ resources = {} }) => ({
    limits: resources['limits'] ?? {},
    requests: resources['requests'] ?? {},
  }));
  if (amounts.every(({ limits, requests }) => Object.keys({ ...limits, ...requests }).length === 0))
    return 'BestEffort';
  const guaranteed = amounts.every(({ limits, requests }) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && limits[name] === requests[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** A job finds its pods by its own uid, as the API server arranges it. */
function selectJobPods(job: KubeObject): void {
  const spec = job['spec'] as Json;
  if (spec['manualSelector'] === true) return;
  const { uid, name } = job.metadata;
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const template = (spec['template'] ?? {}) as Json;
  const metadata = (template['metadata'] ?? {}) as Json;
  spec['template'] = {
    ...template,
    metadata: { ...metadata, labels: { ...(metadata['labels'] as Json | undefined), ...labels } },
  };
  job.metadata.labels ??= labels;
  spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
}

/** Definitions are accepted so that installing them is no error; objects of new kinds are not served. */
function acceptedDefinition(definition: KubeObject): Json {
  const spec = definition['spec'] as Json;
  const versions = (spec['versions'] ?? []) as { name: string; storage?: boolean }[];
  const condition = (type: string, reason: string, message: string): Json => ({
    type,
    status: 'True',
    reason,
    message,
    lastTransitionTime: definition.metadata.creationTimestamp,
  });
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: spec['names'],
    storedVersions: versions.filter((one) => one.storage).map((one) => one.name),
  };
}
