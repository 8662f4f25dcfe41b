/**
 * What all manifests share: their shape, the place they belong to and the labels that say so.
 * Separate because admission policies, pruning, sweep and read-back rely on every object carrying the same labels.
 */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import { tierOf } from '../../contracts/kinds.ts';
import { ANNOTATIONS, LABELS, namespaceOf, type Backend, type Side } from '../../contracts/kubernetes.ts';

/** An object to apply: plain data of the Kubernetes API. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The environment that objects belong to. */
export interface Place {
  readonly installation: string;
  readonly environment: string;
  readonly kind: EnvironmentKind;
  /** The exact branch, for people; null when the kind has none. */
  readonly branch: string | null;
}

/** One service in its environment. */
export interface ServicePlace extends Place {
  /** Key of the service in the record: the same for all commits of a repository, whatever the service is called. */
  readonly key: string;
  readonly repository: string;
  /** The service's own name, which its objects have. */
  readonly name: string;
}

/** Who applies an object of a service, so that each prunes its own: `workload` by deploy, `traffic` by rollout, `configuration`;
 * `job` is what deploy ran to completion, `experiment` what stands in the way to a dependency for a while. */
export type Component = 'workload' | 'traffic' | 'configuration' | 'job' | 'experiment';

/** Namespace of a place. */
export function namespace(place: Place): string {
  return namespaceOf(place.installation, place.environment);
}

/** Labels of everything in an environment. */
export function placeLabels(place: Place): Record<string, string> {
  return {
    [LABELS.installation]: place.installation,
    [LABELS.environment]: place.environment,
    [LABELS.kind]: place.kind,
    [LABELS.tier]: tierOf(place.kind),
  };
}

/** Metadata of an environment's own objects. */
export function placeMetadata(place: Place, name: string) {
  return { name, namespace: namespace(place), labels: placeLabels(place) };
}

/** Labels that find all objects of a service which one component applied. */
export function componentLabels(place: Pick<ServicePlace, 'key'>, component: Component): Record<string, string> {
  return { [LABELS.repository]: place.key, [LABELS.component]: component };
}

/** Metadata of a service's objects. */
export function serviceMetadata(place: ServicePlace, name: string, component: Component) {
  return {
    name,
    namespace: namespace(place),
    labels: { ...placeLabels(place), ...componentLabels(place, component), [LABELS.service]: place.name },
    annotations: { [ANNOTATIONS.repository]: place.repository },
  };
}

/** Labels that select the pods of one side, and never change. */
export function sideSelector(place: Pick<ServicePlace, 'name'>, side: Side): Record<string, string> {
  return { [LABELS.service]: place.name, [LABELS.side]: side };
}

/** Name of a side's Deployment and Service, and of the baseline's. */
export function sideName(name: string, side: Backend): string {
  return `${name}-${side}`;
}

/** Port of every Service; pods listen where their service file says. */
export const SERVICE_PORT = 80;
/** Name of the container's port, to which Services point, so that a changed number needs no change of theirs. */
export const CONTAINER_PORT_NAME = 'http';
