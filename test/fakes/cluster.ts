/**
 * A Kubernetes cluster in memory, on the clock it is given: field owners, namespaces that take time to go, Deployments whose pods
 * have a chosen fate, routes that are accepted late. It passes the port's contract suite and throws on what it does not support.
 */
import { RejectedError, TransientError } from '../../lambdas/domain/errors.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import type { Cluster, KubernetesObject, ObjectReference } from '../../lambdas/ports/cluster.ts';
import { frozenCopyOf } from './copy.ts';
import { conflicts, fromLeaves, leavesOf, type Leaves } from './cluster/fields.ts';
import { jobPodOf, jobStatus, type JobFate } from './cluster/jobs.ts';
import {
  deploymentStatus,
  endpointSliceOf,
  podsOf,
  replicaSetsOf,
  type PodFate,
  type Revision,
  type Template,
  type Workload,
} from './cluster/pods.ts';

export type { JobFate } from './cluster/jobs.ts';
export type { PodFate } from './cluster/pods.ts';

const CLUSTER_SCOPED = [
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'GatewayClass',
  'CustomResourceDefinition',
];
const NAMESPACED = [
  'ConfigMap',
  'CronJob',
  'Deployment',
  'EndpointSlice',
  'Event',
  'Gateway',
  'HTTPRoute',
  'HorizontalPodAutoscaler',
  'Job',
  'LimitRange',
  'NetworkPolicy',
  'PersistentVolumeClaim',
  'Pod',
  'PodDisruptionBudget',
  'ReplicaSet',
  'ResourceQuota',
  'Role',
  'RoleBinding',
  'Secret',
  'Service',
  'ServiceAccount',
  'TargetGroupBinding',
];

/** Kinds that are computed from others when somebody looks. */
const COMPUTED = ['EndpointSlice', 'Event', 'Pod', 'ReplicaSet'];

/** Field manager of the autoscalers' own controller. */
const AUTOSCALER = 'kube-controller-manager';

/** Namespaces of every cluster; they are there without being listed. */
const BUILT_IN = ['kube-system', 'default'];

interface Stored {
  readonly reference: ObjectReference;
  readonly uid: string;
  readonly createdAt: number;
  readonly managers: Map<string, Leaves>;
  generation: number;
  resourceVersion: number;
  changedAt: number;
  deletedAt?: number;
  readonly revisions: Revision[];
  /** What it looks like without its status, until it changes. */
  rendered?: KubernetesObject | undefined;
}

/** How the fake behaves; every field may be changed while a test runs. */
export interface FakeClusterBehaviour {
  /** Milliseconds a namespace is Terminating. */
  namespaceTakes: number;
  /** Why this namespace stays Terminating; undefined lets it go. */
  holdNamespace: (name: string) => string | undefined;
  /** The fate of new pods. */
  podFate: (pod: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> }) => PodFate;
  /** How a Job ends. */
  jobFate: (name: string) => JobFate;
  /** Milliseconds until the gateway has taken a changed route on. */
  routeTakes: number;
  /** What the gateway's class says carries it. */
  controller: string;
  /** Where Gateways say they are reached; without it they do not say. */
  gatewayAddress: string | undefined;
  /** Milliseconds until a pod that became ready stands behind its Service. */
  endpointsTake: number;
  /** Milliseconds until an autoscaler acts on its bounds; there are no metrics. */
  autoscalerTakes: number;
  /** Kinds that this cluster does not have. */
  unserved: readonly string[];
  /** Called before every call; throwing is how a test takes the cluster away. */
  beforeCall: (verb: 'apply' | 'get' | 'list' | 'remove', what: string) => void;
}

export class FakeCluster implements Cluster {
  readonly behaviour: FakeClusterBehaviour = {
    namespaceTakes: 3_000,
    holdNamespace: () => undefined,
    podFate: () => ({ kind: 'ready', after: 1_500 }),
    jobFate: () => ({ kind: 'succeeds', after: 1_000 }),
    routeTakes: 500,
    controller: 'traefik.io/gateway-controller',
    gatewayAddress: undefined,
    endpointsTake: 0,
    autoscalerTakes: 1_000,
    unserved: [],
    beforeCall: () => undefined,
  };
  /** Told of every object that was applied or removed. */
  onWrite: (reference: ObjectReference) => void = () => undefined;
  /** Every call, as `verb what`; reads too. */
  readonly calls: string[] = [];
  /** Annotations that pods got after they were created, by `namespace/name`. */
  readonly #annotated = new Map<string, Record<string, string>>();
  readonly #clock: Clock;
  readonly #objects = new Map<string, Stored>();
  #counter = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the cluster away until the returned function is called. */
  takeAway(): () => void {
    const before = this.behaviour.beforeCall;
    this.behaviour.beforeCall = () => {
      throw new TransientError('The Kubernetes API could not be reached (connect ECONNREFUSED).');
    };
    return () => {
      this.behaviour.beforeCall = before;
    };
  }

  /** Names of all objects of a kind, `namespace/name`, for assertions. */
  names(kind: string): string[] {
    this.#settle();
    return [...this.#objects.values()]
      .filter(({ reference }) => reference.kind === kind)
      .map(({ reference }) => (reference.namespace === undefined ? '' : `${reference.namespace}/`) + reference.name)
      .toSorted();
  }

  /** The pods of a Deployment's newest template meet another fate from now on. */
  changeFate(deployment: string, fate: PodFate): void {
    for (const { reference, revisions } of this.#objects.values()) {
      const newest = revisions.pop();
      if (newest === undefined) continue;
      revisions.push(reference.name === deployment ? { ...newest, at: this.#clock.now(), fate } : newest);
    }
  }

  /** All objects of a kind as they are now, of one namespace or of all, without counting as a call. */
  peek(kind: string, namespace?: string): KubernetesObject[] {
    this.#settle();
    return this.#all({ apiVersion: '', kind, ...(namespace !== undefined && { namespace }) });
  }

  apply(object: KubernetesObject, manager: string, options?: { readonly force?: boolean }): Promise<KubernetesObject> {
    return this.#call('apply', object.kind, object.metadata.name, () => {
      const reference = identity(object);
      const stored = this.#objects.get(keyOf(reference)) ?? this.#create(reference);
      const leaves = leavesOf(frozenCopyOf(object));
      const before = this.#render(stored);
      this.#settleConflicts(stored, leaves, manager, options?.force ?? false);
      own(stored, manager, leaves);
      const after = this.#render(stored);
      if (reference.kind === 'Deployment') assertWhole(reference, after);
      if (JSON.stringify(before) !== JSON.stringify(after)) this.#changed(stored, before, after);
      this.#objects.set(keyOf(reference), stored);
      this.onWrite(reference);
      return this.#present(stored);
    });
  }

  annotate(reference: ObjectReference, annotations: Readonly<Record<string, string>>): Promise<'annotated' | 'absent'> {
    return this.#call('apply', reference.kind, reference.name, () => {
      if (reference.kind !== 'Pod') throw new Error(`The fake cluster annotates pods only, not ${reference.kind}.`);
      if (!this.#all(reference).some(({ metadata }) => metadata.name === reference.name)) return 'absent';
      const key = `${reference.namespace ?? ''}/${reference.name}`;
      this.#annotated.set(key, { ...this.#annotated.get(key), ...annotations });
      return 'annotated';
    });
  }

  get(reference: ObjectReference): Promise<KubernetesObject | undefined> {
    return this.#call('get', reference.kind, reference.name, () => {
      assertSupported(reference);
      if (COMPUTED.includes(reference.kind)) {
        return this.#all(reference).find((object) => object.metadata.name === reference.name);
      }
      const stored = this.#objects.get(keyOf(reference));
      return stored && this.#present(stored);
    });
  }

  list(
    kind: Omit<ObjectReference, 'name'>,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<readonly KubernetesObject[]> {
    return this.#call('list', kind.kind, kind.namespace ?? '*', () => {
      assertSupported({ ...kind, namespace: kind.namespace ?? '*' });
      return this.#all(kind).filter((object) =>
        Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value),
      );
    });
  }

  serves(kind: Pick<ObjectReference, 'apiVersion' | 'kind'>): Promise<boolean> {
    return this.#call('list', kind.kind, 'served', () => !this.behaviour.unserved.includes(kind.kind));
  }

  /** It keeps no managed fields, so nobody finds foreign ones. */
  removeFields(): Promise<void> {
    return Promise.reject(new Error('The fake cluster removes no fields.'));
  }

  remove(reference: ObjectReference, options?: { readonly uid?: string }): Promise<void> {
    return this.#call('remove', reference.kind, reference.name, () => {
      assertSupported(reference);
      const stored = this.#objects.get(keyOf(reference));
      if (stored === undefined || (options?.uid !== undefined && options.uid !== stored.uid)) return;
      if (reference.kind === 'Namespace') {
        stored.deletedAt ??= this.#clock.now();
        stored.rendered = undefined;
      } else this.#objects.delete(keyOf(reference));
      this.onWrite(reference);
    });
  }

  async #call<T>(verb: 'apply' | 'get' | 'list' | 'remove', kind: string, name: string, act: () => T): Promise<T> {
    this.calls.push(`${verb} ${kind} ${name}`);
    this.behaviour.beforeCall(verb, `${kind} ${name}`);
    this.#settle();
    return Promise.resolve(act());
  }

  #create(reference: ObjectReference): Stored {
    const namespace =
      reference.namespace === undefined ? undefined : this.#objects.get(`Namespace//${reference.namespace}`);
    const builtIn = reference.namespace === undefined || BUILT_IN.includes(reference.namespace);
    if (!builtIn && namespace === undefined) {
      throw new TransientError(`The namespace does not exist: namespaces "${reference.namespace ?? ''}" not found`);
    }
    if (namespace?.deletedAt !== undefined) {
      throw new TransientError(`The namespace is still being removed: ${String(reference.namespace)}`);
    }
    this.#counter += 1;
    const now = this.#clock.now();
    const uid = `uid-${String(this.#counter)}`;
    const fresh = { generation: 0, resourceVersion: 0, changedAt: now, revisions: [] };
    return { reference, uid, createdAt: now, managers: new Map(), ...fresh };
  }

  #settleConflicts(stored: Stored, leaves: Leaves, manager: string, force: boolean): void {
    for (const [other, theirs] of stored.managers) {
      if (other === manager) continue;
      const fields = conflicts(leaves, theirs);
      if (fields.length === 0) continue;
      if (!force) {
        throw refusal(
          stored.reference,
          `Apply failed with ${String(fields.length)} conflict(s): conflict with "${other}": ${fields.join(', ')}`,
        );
      }
      own(stored, other, new Map([...theirs].filter(([path]) => !leaves.has(path))));
    }
  }

  #changed(stored: Stored, before: KubernetesObject, after: KubernetesObject): void {
    this.#counter += 1;
    stored.resourceVersion = this.#counter;
    stored.rendered = undefined;
    if (JSON.stringify(before['spec']) === JSON.stringify(after['spec'])) return;
    stored.generation += 1;
    stored.changedAt = this.#clock.now();
    if (stored.reference.kind !== 'Deployment') return;
    const template = (after['spec'] as { template: Template }).template;
    const newest = stored.revisions.at(-1);
    if (newest !== undefined && JSON.stringify(newest.template) === JSON.stringify(template)) return;
    const fate = this.behaviour.podFate({
      namespace: stored.reference.namespace ?? '',
      labels: template.metadata.labels,
    });
    stored.revisions.push({ number: stored.revisions.length + 1, at: this.#clock.now(), template, fate });
  }

  /** Namespaces whose time has come are gone, with everything in them. */
  #settle(): void {
    for (const [key, { reference, deletedAt }] of this.#objects) {
      if (reference.kind !== 'Namespace' || deletedAt === undefined) continue;
      if (this.#clock.now() < deletedAt + this.behaviour.namespaceTakes) continue;
      if (this.behaviour.holdNamespace(reference.name) !== undefined) continue;
      for (const [inside, stored] of this.#objects) {
        if (stored.reference.namespace === reference.name) this.#objects.delete(inside);
      }
      this.#objects.delete(key);
    }
    for (const scaler of this.#stored('HorizontalPodAutoscaler')) this.#autoscale(scaler);
  }

  /** Keeps a Deployment within its autoscaler's bounds; 0 pods switch it off. */
  #autoscale(scaler: Stored): void {
    if (this.#clock.now() < scaler.changedAt + this.behaviour.autoscalerTakes) return;
    const { scaleTargetRef, minReplicas, maxReplicas } = this.#render(scaler)['spec'] as {
      scaleTargetRef: { name: string };
      minReplicas: number;
      maxReplicas: number;
    };
    const { namespace = '' } = scaler.reference;
    const target = this.#objects.get(
      keyOf({ apiVersion: '', kind: 'Deployment', namespace, name: scaleTargetRef.name }),
    );
    if (target === undefined) return;
    const before = this.#render(target);
    const replicas = (before['spec'] as { replicas?: number }).replicas ?? 1;
    const wanted = replicas === 0 ? 0 : Math.min(Math.max(replicas, minReplicas), maxReplicas);
    if (wanted === replicas) return;
    const leaves = leavesOf({ ...before, metadata: { name: target.reference.name }, spec: { replicas: wanted } });
    this.#settleConflicts(target, leaves, AUTOSCALER, true);
    own(target, AUTOSCALER, leaves);
    this.#changed(target, before, this.#render(target));
  }

  #all({ kind, namespace }: Omit<ObjectReference, 'name'>): KubernetesObject[] {
    const now = this.#clock.now();
    const pods = (at = now) =>
      [
        ...this.#workloads(namespace).flatMap((workload) => podsOf(workload, at)),
        ...this.#stored('Job', namespace).flatMap((job) =>
          this.#mayRun(job) ? jobPodOf(this.#render(job), job.createdAt, this.#fateOf(job), at) : [],
        ),
      ].map((pod) => this.#withAnnotations(pod));
    switch (kind) {
      case 'Pod':
        return pods();
      case 'ReplicaSet':
        return this.#workloads(namespace).flatMap(replicaSetsOf);
      case 'EndpointSlice': {
        const all = pods(now - this.behaviour.endpointsTake);
        return this.#stored('Service', namespace).map((service) => endpointSliceOf(this.#present(service), all));
      }
      case 'Event':
        return [];
      default:
        return this.#stored(kind, namespace).map((stored) => this.#present(stored));
    }
  }

  #withAnnotations(pod: KubernetesObject): KubernetesObject {
    const added = this.#annotated.get(`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`);
    if (added === undefined) return pod;
    const annotations = { ...(pod.metadata['annotations'] as object | undefined), ...added };
    return { ...pod, metadata: { ...pod.metadata, annotations } };
  }

  #stored(kind: string, namespace?: string): Stored[] {
    return [...this.#objects.values()].filter(
      ({ reference }) => reference.kind === kind && (namespace === undefined || reference.namespace === namespace),
    );
  }

  #workloads(namespace?: string): Workload[] {
    return this.#stored('Deployment', namespace).map((stored) => ({
      deployment: this.#render(stored),
      revisions: stored.revisions,
    }));
  }

  #render(stored: Stored): KubernetesObject {
    return (stored.rendered ??= frozenCopyOf(render(stored)));
  }

  #present(stored: Stored): KubernetesObject {
    const object = this.#render(stored);
    const status = this.#status(stored, object);
    return status === undefined ? object : { ...object, status };
  }

  #fateOf(job: Stored): JobFate {
    return this.#mayRun(job) ? this.behaviour.jobFate(job.reference.name) : { kind: 'takes-too-long', after: 300_000 };
  }

  /** Pods of an account that is not there are refused. */
  #mayRun(job: Stored): boolean {
    const { template } = this.#render(job)['spec'] as { template: { spec: { serviceAccountName?: string } } };
    const { serviceAccountName: account } = template.spec;
    const accounts = this.#stored('ServiceAccount', job.reference.namespace);
    return account === undefined || accounts.some(({ reference }) => reference.name === account);
  }

  #status(stored: Stored, object: KubernetesObject): Record<string, unknown> | undefined {
    const now = this.#clock.now();
    switch (stored.reference.kind) {
      case 'Deployment':
        return deploymentStatus({ deployment: object, revisions: stored.revisions }, now);
      case 'Job':
        return jobStatus(stored.createdAt, this.#fateOf(stored), now);
      case 'Gateway': {
        const { gatewayAddress } = this.behaviour;
        return gatewayAddress === undefined ? undefined : { addresses: [{ type: 'Hostname', value: gatewayAddress }] };
      }
      case 'HTTPRoute':
        return now < stored.changedAt + this.behaviour.routeTakes
          ? undefined
          : routeStatus(object, this.behaviour.controller);
      case 'Namespace': {
        if (stored.deletedAt === undefined) return { phase: 'Active' };
        const held = this.behaviour.holdNamespace(stored.reference.name);
        return {
          phase: 'Terminating',
          conditions:
            held === undefined ? [] : [{ type: 'NamespaceFinalizersRemaining', status: 'True', message: held }],
        };
      }
      default:
        return undefined;
    }
  }
}

/** From now on the manager owns these fields. */
function own(stored: Stored, manager: string, leaves: Leaves): void {
  stored.managers.set(manager, leaves);
  stored.rendered = undefined;
}

function render(stored: Stored): KubernetesObject {
  const { reference, uid, createdAt, generation, resourceVersion, deletedAt } = stored;
  const fields = fromLeaves(stored.managers.values());
  const times = {
    creationTimestamp: new Date(createdAt).toISOString(),
    ...(deletedAt !== undefined && { deletionTimestamp: new Date(deletedAt).toISOString() }),
  };
  const { apiVersion, kind, ...names } = reference;
  return {
    apiVersion,
    kind,
    ...fields,
    metadata: {
      ...(fields['metadata'] as object | undefined),
      ...names,
      ...times,
      uid,
      generation,
      resourceVersion: String(resourceVersion),
      ...(kind === 'Namespace' && { labels: { ...labelsOf(fields), 'kubernetes.io/metadata.name': reference.name } }),
    },
  };
}

function routeStatus(route: KubernetesObject, controllerName: string): Record<string, unknown> {
  const { parentRefs = [] } = route['spec'] as { parentRefs?: unknown[] };
  const observedGeneration = route.metadata['generation'];
  const condition = (type: string) => ({ type, status: 'True', reason: type, observedGeneration });
  const conditions = [condition('Accepted'), condition('ResolvedRefs')];
  return {
    parents: parentRefs.map((parentRef) => ({
      parentRef,
      controllerName,
      conditions,
    })),
  };
}

function labelsOf(fields: Record<string, unknown>): Record<string, string> {
  return (fields['metadata'] as { labels?: Record<string, string> } | undefined)?.labels ?? {};
}

function identity(object: KubernetesObject): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  const namespace = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
  const reference = { apiVersion, kind, ...namespace, name: metadata.name };
  assertSupported(reference);
  return reference;
}

function assertSupported({ kind, namespace }: Omit<ObjectReference, 'name'>): void {
  if (CLUSTER_SCOPED.includes(kind)) return;
  if (!NAMESPACED.includes(kind)) throw new Error(`The fake cluster does not know the kind ${kind}.`);
  if (namespace === undefined) throw new Error(`${kind} needs a namespace.`);
}

/** Whoever owns only a few fields cannot make the object. */
function assertWhole(reference: ObjectReference, object: KubernetesObject): void {
  if ((object['spec'] as { template?: Template } | undefined)?.template !== undefined) return;
  throw refusal(reference, 'spec.selector: Required value; spec.template.spec.containers: Required value');
}

function keyOf({ kind, namespace, name }: ObjectReference): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

function refusal({ kind, name }: ObjectReference, message: string): RejectedError {
  return new RejectedError(`The cluster refused ${kind} "${name}": ${message}`);
}
