/**
 * What controllers, the gateway and the pods' keeper see of the stored objects: the seam between the API engine (which stores,
 * validates and tells) and everything that reacts. Separate because neither may know how the other works.
 */

/** Metadata of any object, as Kubernetes defines it. */
export interface Metadata {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
  managedFields?: unknown[];
}

/** Any Kubernetes object. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  // Objects are as open as the API itself; each controller narrows what it reads.
  [field: string]: unknown;
}

/** What a controller hands in to create an object: the engine fills the rest of the metadata. */
export type NewObject = Omit<KubeObject, 'metadata'> & {
  metadata: Pick<Metadata, 'name'> & Partial<Metadata>;
} & { apiVersion: string; kind: string };

/** One change that was stored, told in the order of resource versions. */
export interface ObjectEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

/** The stored objects, in process and with administrator's rights. All calls are synchronous; returned objects are copies. */
export interface Objects {
  get(apiVersion: string, kind: string, namespace: string | undefined, name: string): KubeObject | undefined;
  list(apiVersion: string, kind: string, namespace?: string): KubeObject[];
  create(object: NewObject): KubeObject;
  /** Replaces spec and metadata; refuses a stale `resourceVersion` by throwing an error whose `reason` is `Conflict`. */
  update(object: KubeObject): KubeObject;
  /** Replaces the status only. */
  updateStatus(object: KubeObject): KubeObject;
  /** Begins deletion (finalizers and pods' grace period apply); absent objects are no error. */
  remove(apiVersion: string, kind: string, namespace: string | undefined, name: string): void;
  /** Ends deletion of a pod whose process is gone (what the kubelet's forced delete with grace period 0 does). */
  finishRemoval(object: KubeObject): void;
  /** Tells every later change; returns the way to stop it. */
  subscribe(listener: (event: ObjectEvent) => void): () => void;
}
