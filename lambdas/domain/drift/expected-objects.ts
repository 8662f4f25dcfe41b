/**
 * What must be in the cluster of a settled service and of its environment. Separate because the names come from the manifests that
 * deliveries apply: whatever these have one day, sweeps miss from then on.
 */
import { namespaceOf, routerNamespace, type Side } from '../../contracts/kubernetes.ts';
import { callsByRouter, routerOf } from '../borrowing/router.ts';
import { componentNamed } from '../borrowing/shared-component.ts';
import { autoscalerManifest } from '../manifests/autoscaler.ts';
import { chartPrefix } from '../manifests/charted.ts';
import { limitRangeManifest, quotaManifest, roleBindingManifests } from '../manifests/environment.ts';
import type { Installation } from '../manifests/installation.ts';
import type { Manifest, Place, ServicePlace } from '../manifests/manifest.ts';
import { networkPolicyManifests } from '../manifests/network-policies.ts';
import { processManifests } from '../manifests/processes.ts';
import { insideManifests, sideServiceManifest } from '../manifests/traffic.ts';
import { workloadManifests } from '../manifests/workload.ts';
import { dependencyNames } from '../service/dependencies.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import { hasRoute } from '../service/reach.ts';

/** An object that must be there. */
export interface Expected {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What a version brings: its service file, and the files of its chart by the names that the chart gives them. */
export interface Brought {
  readonly definition: ServiceDefinition;
  readonly configMaps: readonly string[];
}

/** Objects of an environment itself. */
export function expectedOfAll(settings: Installation, place: Place): readonly Expected[] {
  const { quota, limits } = settings.environments[place.kind];
  return [
    quotaManifest(place, quota),
    limitRangeManifest(place, limits),
    ...networkPolicyManifests(place, settings),
    ...roleBindingManifests(place),
  ].map(expected);
}

/** Objects of a version of a service; configuration and secrets are compared by those who may read them. */
export function expectedOfService(
  settings: Installation,
  place: ServicePlace,
  { definition, configMaps }: Brought,
  { side, commit }: { readonly side: Side; readonly commit: string },
): readonly Expected[] {
  // Nothing but names is taken of these.
  const version = { side, commit, image: '' };
  const { autoscale } = definition;
  const manifests = [
    ...workloadManifests(place, definition, version, settings),
    ...processManifests(place, definition, version, settings),
    sideServiceManifest(place, side, definition),
    ...insideManifests(place, side, routerOf(settings), definition),
    ...(autoscale === undefined ? [] : [autoscalerManifest(place, side, autoscale)]),
  ].map(expected);
  const namespace = namespaceOf(place.installation, place.environment);
  const route = { kind: 'HTTPRoute', namespace, name: place.name };
  const files = configMaps.map((name) => ({
    kind: 'ConfigMap',
    namespace,
    name: `${chartPrefix(place.name, side)}${name}`,
  }));
  return [
    ...manifests,
    ...files,
    ...(hasRoute(definition) ? [route] : []),
    ...namesAtRouter(settings, place, definition),
  ];
}

/** The names by which a service of integration asks the router for its dependencies. */
function namesAtRouter(
  settings: Installation,
  { installation, kind }: Place,
  definition: ServiceDefinition,
): readonly Expected[] {
  if (!callsByRouter(settings, kind)) return [];
  return dependencyNames(definition)
    .filter((name) => componentNamed(settings.components, kind, name) === undefined)
    .map((name) => ({ kind: 'Service', namespace: routerNamespace(installation), name }));
}

function expected({ kind, metadata: { name, namespace = '' } }: Manifest): Expected {
  return { kind, namespace, name };
}
