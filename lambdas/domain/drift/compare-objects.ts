/**
 * What differs in the cluster from what was applied: objects that are gone, that somebody edited or added to. Separate from putting it
 * right, which is a delivery like any other.
 */
import { ANNOTATIONS, BASELINE, FIELD_MANAGERS, LABELS, namespaceOf } from '../../contracts/kubernetes.ts';
import type { EnvironmentRecord, ServiceRecord } from '../environment/record.ts';
import { isKeptByEarlier } from '../environment/want-before.ts';
import { namespaceManifest } from '../manifests/environment.ts';
import type { Installation } from '../manifests/installation.ts';
import { sideName, type Manifest } from '../manifests/manifest.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import { expectedOfAll, expectedOfService, type Brought, type Expected } from './expected-objects.ts';
import { experimentSince, fingerprintOf, foreignFields, isForgotten, scaledByHand, type Managed } from './fields.ts';

/** An object as it was listed. */
export interface SeenObject extends Managed {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
}

/** One service that is not as it was applied, and why, in words. */
export interface Drift {
  readonly service: string;
  readonly because: readonly string[];
}

/** What is compared with: services of a record, and what their applied versions bring, by service; one that is forgotten is absent. */
export interface Applied {
  readonly record: EnvironmentRecord;
  readonly settled: readonly Settled[];
  readonly versions: Readonly<Record<string, Brought | undefined>>;
}

/** Services on which nobody works, and of which everything that is wanted is applied, or what was before one that could not be delivered. */
export function settledServices(record: EnvironmentRecord): readonly Settled[] {
  if (record.phase !== 'active') return [];
  return Object.entries(record.services).flatMap(([key, service]) => {
    const { applied, owner, name, desired, generation, repository } = service;
    if (applied === undefined || owner !== undefined || name === undefined) return [];
    if (applied.generation !== generation && !isKeptByEarlier(service)) return [];
    return desired.kind === 'commit' ? [{ key, repository, name, applied }] : [];
  });
}

export interface Settled {
  readonly key: string;
  readonly repository: string;
  readonly name: string;
  readonly applied: NonNullable<ServiceRecord['applied']>;
}

/** Everything that differs in an environment at this moment, by service. What belongs to all of them is put right with the first. */
export function compareObjects(
  settings: Installation,
  { record, settled, versions }: Applied,
  objects: readonly SeenObject[],
  now: number,
): readonly Drift[] {
  const { installation } = settings;
  const place = { installation, environment: record.id, kind: record.kind, branch: record.branch };
  const present = new Set(objects.map(({ kind, metadata }) => identity(kind, metadata.namespace, metadata.name)));
  const missing = (wanted: readonly Expected[]): readonly string[] =>
    wanted
      .filter(({ kind, namespace, name }) => !present.has(identity(kind, namespace, name)))
      .map(({ kind, name }) => `${kind} ${name} is gone`);
  const inside = objects.filter(({ metadata }) => metadata.namespace === namespaceOf(installation, record.id));
  const drifts = settled.map(({ key, repository, name, applied }) => {
    const own = inside.filter(({ metadata }) => metadata.labels?.[LABELS.repository] === key);
    const of = { ...place, key, repository, name };
    const version = { side: applied.side ?? 'blue', commit: applied.commit };
    // Of a version that is forgotten only what every service has is known.
    const brought = versions[key] ?? { definition: leastDefinition(name), configMaps: [] };
    const because = [
      ...missing(expectedOfService(settings, of, brought, version)),
      ...own.flatMap((object) => leftOfExperiment(object, now) ?? changesOf(object)),
      ...leftOver(own, name),
    ];
    return { service: key, because };
  });
  const shared = inside.filter(({ metadata }) => metadata.labels?.[LABELS.repository] === undefined);
  const common =
    settled.length === 0
      ? []
      : [
          ...missing(expectedOfAll(settings, place)),
          ...shared.flatMap((object) => changesOf(object)),
          ...changedLabels(namespaceManifest(place), objects),
        ];
  return drifts
    .map(({ service, because }, index) => ({ service, because: index === 0 ? [...because, ...common] : because }))
    .filter(({ because }) => because.length > 0);
}

function identity(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}

/** A service of which nothing but the name is known: no route, no autoscaler, nothing beside its main process. */
function leastDefinition(name: string): ServiceDefinition {
  return {
    apiVersion: 'espalier.dev/v1',
    name,
    routes: 'none',
    protocol: 'tcp',
    port: 0,
    health: '/',
    command: [],
    dependencies: [],
    replicas: 1,
    resources: { cpu: '0', memory: '0' },
    build: { check: [], compile: [], test: [], benchmark: [], own: [] },
  };
}

/** Labels of the namespace that somebody changed: rules of the cluster, such as Pod Security's, go by them. */
function changedLabels({ kind, metadata }: Manifest, objects: readonly SeenObject[]): readonly string[] {
  const present = objects.find((object) => object.kind === kind && object.metadata.name === metadata.name);
  return Object.entries(metadata.labels ?? {})
    .filter(([label, value]) => present !== undefined && present.metadata.labels?.[label] !== value)
    .map(([label]) => `the label ${label} of ${kind} ${metadata.name} was changed`);
}

/** A baseline belongs to a rollout; nothing that is settled has one. */
function leftOver(objects: readonly SeenObject[], name: string): readonly string[] {
  return objects
    .filter(
      ({ kind, metadata }) =>
        (kind === 'Deployment' || kind === 'Service') &&
        metadata.name === sideName(name, BASELINE) &&
        metadata['deletionTimestamp'] === undefined,
    )
    .map(({ kind, metadata }) => `${kind} ${metadata.name} is left of a rollout`);
}

/**
 * What an experiment holds is its own affair, until it is so old that nobody can be there any more to undo it. Undefined when none holds
 * the object.
 */
function leftOfExperiment(object: SeenObject, now: number): readonly string[] | undefined {
  if (experimentSince(object) === undefined) return undefined;
  return isForgotten(object, now) ? [`${object.kind} ${object.metadata.name} is left of an experiment`] : [];
}

/**
 * How an object differs from what was applied. Only objects whose fields were remembered are judged; what is being deleted is somebody's
 * business already.
 */
export function changesOf(object: SeenObject, manager: string = managerOf(object)): readonly string[] {
  const { kind, metadata } = object;
  const annotations = (metadata['annotations'] ?? {}) as Readonly<Record<string, string>>;
  const remembered = annotations[ANNOTATIONS.fields];
  if (remembered === undefined || metadata['deletionTimestamp'] !== undefined) return [];
  const what = `${kind} ${metadata.name}`;
  const added = foreignFields(object);
  const scaler = kind === 'Deployment' ? scaledByHand(object) : undefined;
  return [
    ...(fingerprintOf(object, manager) === remembered ? [] : [`${what} was edited`]),
    ...(added.length === 0 ? [] : [`${what} has more than was applied (${added.slice(0, 3).join(', ')})`]),
    ...(scaler === undefined ? [] : [`${what} was scaled by ${scaler}`]),
  ];
}

function managerOf({ metadata }: SeenObject): string {
  const component = metadata.labels?.[LABELS.component];
  if (component === 'workload') return FIELD_MANAGERS.deploy;
  if (component === 'configuration') return FIELD_MANAGERS.configuration;
  return component === 'traffic' ? FIELD_MANAGERS.traffic : FIELD_MANAGERS.environment;
}
