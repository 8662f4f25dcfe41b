/**
 * The one path of every write: read, fill in, record who owns what, admit, check, store. Separate because requests over the wire
 * and controllers in process must end in the same objects.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, Metadata } from '../objects.ts';
import { admitCreate, admitUpdate } from './admission.ts';
import { apply, trackUpdate } from './apply.ts';
import { timestamp, type Attempt, type Place } from './attempt.ts';
import { emptyObject, isObject, violations, type Json } from './decode.ts';
import { checkPreconditions, finalState, isHeld, marked, type DeleteOptions } from './deletion.ts';
import { inherit, serverFields } from './inherit.ts';
import { lastAppliedFields, withLastApplied } from './last-applied.ts';
import { jsonPatch, mergePatch, patchRefusal, strategicMergePatch } from './patch.ts';
import { checkAddress, complete, read } from './read.ts';
import { checkKind, checkMetadata } from './rules.ts';
import { alreadyExists, badRequest, conflict, invalid, notFound, unchecked, type Cause } from './status.ts';
import type { Store } from './store.ts';
import { hasStatus, isCustom, objectSchema, storeKey, type Resource } from './table.ts';

/** The kinds of patch that may come over the wire. */
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** Every change to stored objects, with all rules applied. Returned objects are the stored ones: read only. */
export class Engine {
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  get(place: Place): KubeObject {
    const found = this.store.get(storeKey(place.resource), place.namespace, place.name);
    if (!found) throw notFound(place.resource, place.name);
    return found;
  }

  create(resource: Resource, namespace: string | undefined, body: unknown, attempt: Attempt): KubeObject {
    const next = read(resource, body, attempt);
    const { name, generateName } = next.metadata as KubeObject['metadata'] & { generateName?: string };
    if (!name && generateName) next.metadata.name = `${generateName.slice(0, 58)}${randomUUID().slice(0, 5)}`;
    if (next.metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
    return this.#create({ resource, namespace, name: next.metadata.name ?? '' }, next, attempt, false);
  }

  update(place: Place, body: unknown, attempt: Attempt, subresource?: string): KubeObject {
    const next = read(place.resource, body, attempt);
    checkAddress(place, next);
    return this.#update(place, this.get(place), next, attempt, subresource, false);
  }

  /** Applies a patch to what is stored now; a patch without a resource version never conflicts. */
  patch(
    place: Place,
    type: PatchType,
    patch: unknown,
    attempt: Attempt,
    options: { subresource?: string | undefined; force?: boolean },
  ): KubeObject {
    const { resource, name } = place;
    const current = this.store.get(storeKey(resource), place.namespace, name);
    if (type === 'apply') return this.#apply(place, current, patch, attempt, options);
    if (!current) throw notFound(resource, name);
    const schema = objectSchema(resource);
    const patched =
      type === 'json'
        ? jsonPatch(current, patch)
        : type === 'merge'
          ? mergePatch(current, patch)
          : strategicMergePatch(current, patch, schema);
    const next = attemptTo(
      () => read(resource, patched, attempt),
      (error) => patchRefusal(error, resource.kind, type, patch, patched),
    );
    return this.#update(place, current, next, attempt, options.subresource, false);
  }

  /** Begins or finishes deletion; the answer is the object's last state. */
  remove(place: Place, options: DeleteOptions, attempt: Attempt): { object: KubeObject; gone: boolean } {
    const current = this.get(place);
    checkPreconditions(place, current, options.preconditions);
    const next = marked(current, options);
    if (next === undefined) {
      const last = finalState(current);
      return { object: attempt.dryRun ? last : this.store.delete(last), gone: true };
    }
    return { object: attempt.dryRun || next === current ? next : this.store.put(next), gone: false };
  }

  #apply(
    place: Place,
    current: KubeObject | undefined,
    patch: unknown,
    attempt: Attempt,
    options: { subresource?: string | undefined; force?: boolean },
  ): KubeObject {
    const { resource, name } = place;
    const { subresource } = options;
    if (!isObject(patch)) throw badRequest('the applied configuration is not an object');
    const config = read(resource, patch, attempt, true);
    if (config.metadata.managedFields) throw badRequest('metadata.managedFields must be nil');
    config.metadata.name ||= name;
    if (!current && subresource) throw notFound(resource, name);
    const version = config.metadata.resourceVersion;
    if (current && version && version !== current.metadata.resourceVersion) throw outdated(place);
    if (current && config.metadata.uid && config.metadata.uid !== current.metadata.uid)
      throw invalid(resource, name, [
        {
          reason: 'FieldValueInvalid',
          message: `Invalid value: ${JSON.stringify(config.metadata.uid)}: field is immutable`,
          field: 'metadata.uid',
        },
      ]);
    // The status belongs to its own door, and through that door nothing else.
    const ignore = (path: string): boolean =>
      hasStatus(resource) && (subresource === 'status' ? !path.startsWith('f:status') : path.startsWith('f:status'));
    const writer = { manager: attempt.manager, operation: 'Apply' as const, subresource, time: timestamp() };
    const next = withLastApplied(
      apply(current, config, objectSchema(resource), writer, {
        force: options.force ?? false,
        subject: resource,
        ignore,
        granted: lastAppliedFields(current, objectSchema(resource), writer),
      }),
      patch,
      writer,
    );
    return current
      ? this.#update(place, current, next, attempt, subresource, true)
      : this.#create(place, next, attempt, true);
  }

  #create(place: Place, next: KubeObject, attempt: Attempt, applied: boolean): KubeObject {
    const { resource, namespace } = place;
    checkAddress(place, next);
    const {
      resourceVersion: _,
      managedFields,
      deletionTimestamp: _d,
      deletionGracePeriodSeconds: _g,
      uid: _u,
      ...metadata
    } = next.metadata;
    next.metadata = {
      ...metadata,
      ...(namespace === undefined ? {} : { namespace }),
      ...(managedFields ? { managedFields } : {}),
      uid: randomUUID(),
      creationTimestamp: timestamp(),
      resourceVersion: '',
    };
    if (hasStatus(resource) && !keepsStatus.has(resource.kind)) delete next['status'];
    const full = complete(resource, next);
    if (!applied) this.#track(resource, undefined, full, attempt, undefined);
    if (hasGeneration(resource)) full.metadata.generation = 1;
    const existing = this.store.get(storeKey(resource), namespace, full.metadata.name);
    admitCreate(this.store, resource, full, attempt);
    this.#check(resource, full, undefined);
    if (existing) throw alreadyExists(resource, full.metadata.name);
    return attempt.dryRun ? unstored(full) : this.store.put(full);
  }

  #update(
    place: Place,
    current: KubeObject,
    next: KubeObject,
    attempt: Attempt,
    subresource: string | undefined,
    applied: boolean,
  ): KubeObject {
    const { resource, name } = place;
    checkAddress(place, next);
    const version = next.metadata.resourceVersion;
    if (version && version !== current.metadata.resourceVersion) throw outdated(place);
    if (!version && isCustom(resource) && !applied)
      throw invalid({ ...resource, kind: resource.plural }, name, [
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: 0: must be specified for an update',
          field: 'metadata.resourceVersion',
        },
      ]);
    if (next.metadata.uid && next.metadata.uid !== current.metadata.uid)
      throw conflict(
        resource,
        name,
        `StorageError: invalid object, Code: 4, Key: /registry/${resource.plural}/${place.namespace ?? ''}/${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${next.metadata.uid}, UID in object meta: ${current.metadata.uid}`,
      );
    const { managedFields, annotations, labels } = next.metadata;
    const kept: Metadata = {
      ...current.metadata,
      ...(managedFields ? { managedFields } : {}),
      ...(annotations && writtenWithStatus[resource.kind]?.includes('annotations') ? { annotations } : {}),
      ...(labels && writtenWithStatus[resource.kind]?.includes('labels') ? { labels } : {}),
    };
    if (subresource === 'status') {
      next = { ...current, metadata: kept, ...(next['status'] === undefined ? {} : { status: next['status'] }) };
    } else {
      next = { ...next, metadata: { ...next.metadata, ...serverFields(current.metadata) } };
      if (hasStatus(resource)) {
        if (current['status'] === undefined) delete next['status'];
        else next['status'] = current['status'];
      }
      if (subresource !== 'finalize') inherit(current, next);
    }
    const full = complete(resource, next);
    if (!applied) this.#track(resource, current, full, attempt, subresource);
    admitUpdate(this.store, resource, current, full, attempt, subresource);
    this.#check(resource, full, current, subresource);
    if (subresource !== 'status' && hasGeneration(resource) && !isDeepStrictEqual(essence(current), essence(full)))
      full.metadata.generation = (current.metadata.generation ?? 0) + 1;
    if (isDeepStrictEqual(unstamped(current), unstamped(full))) return current;
    if (attempt.dryRun) return full;
    const freed = full.metadata.deletionTimestamp && !isHeld(full) && !full.metadata.deletionGracePeriodSeconds;
    return freed ? this.store.delete(full) : this.store.put(full);
  }

  #track(
    resource: Resource,
    live: KubeObject | undefined,
    next: KubeObject,
    attempt: Attempt,
    subresource: string | undefined,
  ): void {
    const schema = objectSchema(resource);
    const writer = { manager: attempt.manager, operation: 'Update' as const, subresource, time: timestamp() };
    next.metadata.managedFields = trackUpdate(
      live,
      isCustom(resource) ? {} : emptyObject(schema),
      next,
      schema,
      writer,
    );
    if (next.metadata.managedFields.length === 0) delete next.metadata.managedFields;
  }

  #check(resource: Resource, next: KubeObject, current: KubeObject | undefined, subresource?: string): void {
    // Built-in kinds check what users wrote; what controllers say about them is taken as it is.
    const seen = isCustom(resource) ? next : { ...next, status: undefined };
    const shape = violations(seen, objectSchema(resource), isCustom(resource));
    const own = subresource === 'status' ? [] : checkKind(next, current);
    // A kind's own rule says more than the schema's about the same field.
    const known = new Set(own.map((cause) => cause.field));
    const blocking =
      isCustom(resource) && resource.kind !== 'ReferenceGrant' && shape.some((cause) => blocks.has(cause.reason));
    const causes: Cause[] = [
      ...checkMetadata(resource, next),
      ...own,
      ...shape.filter((cause) => !known.has(cause.field)),
      ...(blocking ? [unchecked] : []),
    ];
    if (current?.metadata.deletionTimestamp)
      for (const finalizer of next.metadata.finalizers ?? [])
        if (!current.metadata.finalizers?.includes(finalizer))
          causes.push({
            reason: 'FieldValueForbidden',
            message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"${finalizer}"}`,
            field: 'metadata.finalizers',
          });
    if (causes.length > 0) throw invalid(resource, next.metadata.name ?? '', causes);
  }
}

function attemptTo<Result>(act: () => Result, translate: (error: unknown) => unknown): Result {
  try {
    return act();
  } catch (error) {
    throw translate(error);
  }
}

/** An object as a dry run shows it: it has no version because it was not stored. */
function unstored(object: KubeObject): KubeObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as Metadata };
}

const outdated = ({ resource, name }: Place): Error =>
  conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );

/** Faults after which a custom kind's expressions are not evaluated. */
const blocks = new Set([
  'FieldValueRequired',
  'FieldValueNotSupported',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

const withoutGeneration = new Set(
  'Namespace Service Endpoints ConfigMap Secret ServiceAccount ResourceQuota LimitRange Event Node PersistentVolumeClaim HorizontalPodAutoscaler Lease Role RoleBinding ClusterRole ClusterRoleBinding'.split(
    ' ',
  ),
);
const hasGeneration = (resource: Resource): boolean => !withoutGeneration.has(resource.kind);
/** Kinds whose status may be given when they are created. */
const keepsStatus = new Set(['Node']);

/** Metadata that may be written together with a status. */
const writtenWithStatus: Record<string, readonly string[]> = {
  Pod: ['annotations', 'labels'],
  Deployment: ['annotations'],
};

/** What counts for the generation: everything but metadata and status. */
const essence = (object: KubeObject): Json => ({
  ...object,
  // A Deployment's annotations count: they go down to its ReplicaSets.
  metadata: object.kind === 'Deployment' ? (object.metadata.annotations ?? 0) : 0,
  status: 0,
});

/** An object without what changes by itself, to see whether a write changes anything. */
function unstamped(object: KubeObject): Json {
  const fields = (object.metadata.managedFields ?? []) as Json[];
  const managedFields = fields.map((entry) => ({ ...entry, time: 0 }));
  return { ...object, metadata: { ...object.metadata, managedFields, resourceVersion: 0 } };
}
