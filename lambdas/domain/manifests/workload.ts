/**
 * What runs a service: ServiceAccount, Deployment of one side, disruption budget, its volumes. Applied by deploy.
 * Separate from traffic.ts because the two have different owners of fields: nothing here says how many pods or who gets requests.
 */
import type { DeploymentSpec } from 'kubernetes-types/apps/v1.js';
import { ANNOTATIONS, LABELS, type Side } from '../../contracts/kubernetes.ts';
import { subscribes } from '../service/configuration.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import { mostReplicas } from '../service/scale.ts';
import { volumesOf } from '../service/volumes.ts';
import { chartedMetadata, chartedPod, chartMapManifests } from './charted.ts';
import type { Installation } from './installation.ts';
import { serviceMetadata, sideName, sideSelector, type Manifest, type ServicePlace } from './manifest.ts';
import { callerLabels, servicePolicyManifest } from './network-policies.ts';
import { paceOf } from './pace.ts';
import { rollingAnnotations } from './configuration.ts';
import { podSpec, type Version } from './pod.ts';
import { volumeManifests } from './volumes.ts';

export { urlVariable, type Version } from './pod.ts';

/** All workload objects of one side. `replicas` is not among them: see traffic.ts. */
export function workloadManifests(
  place: ServicePlace,
  definition: ServiceDefinition,
  version: Version,
  settings: Installation,
): readonly Manifest[] {
  const budgets = mostReplicas(definition) > 1 ? [disruptionBudgetManifest(place, version.side)] : [];
  return [
    ...standingManifests(place, definition, settings),
    ...volumeManifests(place, definition, undefined, settings.environments[place.kind]),
    ...chartMapManifests(place, version.side, version.chart),
    deploymentManifest(place, definition, version, settings),
    ...budgets,
  ];
}

/** What every pod of a service needs, whatever it runs: its account, without which it is refused, and whom it may call. */
export function standingManifests(
  place: ServicePlace,
  definition: ServiceDefinition,
  settings: Installation,
): readonly Manifest[] {
  return [serviceAccountManifest(place), servicePolicyManifest(place, settings, definition)];
}

function serviceAccountManifest(place: ServicePlace): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: serviceMetadata(place, place.name, 'workload'),
    automountServiceAccountToken: false,
  };
}

/** A single pod gets no budget: one that protects it would block every drain of its node. */
function disruptionBudgetManifest(place: ServicePlace, side: Side): Manifest {
  return budgetManifest(place, sideName(place.name, side), sideSelector(place, side));
}

/** A budget for the pods that a selector finds. */
export function budgetManifest(
  place: ServicePlace,
  name: string,
  selector: Readonly<Record<string, string>>,
): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: serviceMetadata(place, name, 'workload'),
    spec: {
      selector: { matchLabels: selector },
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}

/**
 * How pods are replaced. Two pods cannot share a volume, so the old one goes first, and the service is away for that moment.
 * Source: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes (ReadWriteOnce)
 */
export function replacement(hasVolumes: boolean): NonNullable<DeploymentSpec['strategy']> {
  return hasVolumes
    ? { type: 'Recreate' }
    : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } };
}

/** Annotations with the owner, for whoever finds the object. */
export function owned(
  { owner }: Pick<ServiceDefinition, 'owner'>,
  { annotations }: { readonly annotations: Readonly<Record<string, string>> },
) {
  return owner === undefined ? {} : { annotations: { ...annotations, [ANNOTATIONS.owner]: owner } };
}

/** Pods of one Deployment in different zones, where there are several. */
export function spread(selector: Readonly<Record<string, string>>) {
  return [
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { ...selector } },
    },
  ];
}

/**
 * The Deployment of one side.
 * INVARIANT: no `replicas`: their number belongs to the field manager of traffic, and applying it here would undo a rollout's size.
 */
export function deploymentManifest(
  place: ServicePlace,
  definition: ServiceDefinition,
  version: Version,
  settings: Installation,
): Manifest {
  const selector = sideSelector(place, version.side);
  const metadata = serviceMetadata(place, sideName(place.name, version.side), 'workload');
  const labels = { ...metadata.labels, ...selector, ...callerLabels(definition), [LABELS.commit]: version.commit };
  const { begins } = version;
  const annotations = begins === undefined ? {} : rollingAnnotations(begins, subscribes(definition));
  const { command, resources, containers = {} } = definition;
  const chart = version.chart?.main;
  const spec = {
    selector: { matchLabels: selector },
    revisionHistoryLimit: 2,
    progressDeadlineSeconds: paceOf(place.kind).progress,
    strategy: replacement(volumesOf(definition, undefined).length > 0),
    template: {
      metadata: chartedMetadata(chart, labels, annotations),
      spec: {
        ...chartedPod(
          place.name,
          version.side,
          podSpec(place, definition, version, settings, {
            command,
            resources,
            containers,
            volumesOf: { process: undefined },
            until: 'requests',
          }),
          chart,
        ),
        topologySpreadConstraints: spread(selector),
      },
    },
  } satisfies DeploymentSpec;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...metadata,
      ...owned(definition, metadata),
      labels: { ...metadata.labels, [LABELS.side]: version.side },
    },
    spec,
  };
}
