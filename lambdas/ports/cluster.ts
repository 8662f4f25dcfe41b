/**
 * A Kubernetes cluster. Objects are plain data of the API; every "not found" on the way out is success.
 * Errors: TransientError when it cannot be reached or is busy, RejectedError when it refuses the content.
 */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Any object of the API that has a name. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface Cluster {
  /** Server-side apply with a field manager; `force` takes fields over from other managers. Answers the stored object. */
  apply(
    object: KubernetesObject,
    fieldManager: string,
    options?: { readonly force?: boolean },
  ): Promise<KubernetesObject>;
  /** Sets annotations of an object and nothing else of it. `absent` when there is no such object. */
  annotate(
    reference: ObjectReference,
    annotations: Readonly<Record<string, string>>,
    fieldManager: string,
  ): Promise<'annotated' | 'absent'>;
  get(reference: ObjectReference): Promise<KubernetesObject | undefined>;
  list(
    kind: Omit<ObjectReference, 'name'>,
    labels?: Readonly<Record<string, string>>,
  ): Promise<readonly KubernetesObject[]>;
  /** Whether the API has this kind at all; extensions may be missing. */
  serves(kind: Pick<ObjectReference, 'apiVersion' | 'kind'>): Promise<boolean>;
  /** Removes what stands at these JSON pointers, in this order; an object or a part that is not there (any more) is success. */
  removeFields(reference: ObjectReference, pointers: readonly string[], fieldManager: string): Promise<void>;
  /** Deletes; a missing object is success. `uid` guards against deleting a successor. */
  remove(
    reference: ObjectReference,
    options?: { readonly uid?: string; readonly propagation?: 'Background' | 'Foreground' },
  ): Promise<void>;
}

/** Asks a route as a user would. */
export interface Prober {
  /** One request; `unreachable` when no answer came. Redirects are not followed. */
  ask(request: {
    readonly url: string;
    readonly connectTo?: string;
    readonly timeoutMs: number;
    /** Whether the text of the answer is wanted. */
    readonly read?: boolean;
  }): Promise<
    | { readonly kind: 'answered'; readonly status: number; readonly commit?: string; readonly text?: string }
    | { readonly kind: 'unreachable'; readonly reason: string }
  >;
}
