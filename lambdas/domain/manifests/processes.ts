/**
 * What of a service gets no requests: further processes and schedules. Separate from workload.ts because there is only one version of
 * it at a time: it belongs to no side, and is replaced when the side that brings it serves.
 */
import type { DeploymentSpec } from 'kubernetes-types/apps/v1.js';
import { LABELS } from '../../contracts/kubernetes.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import type { ProcessGroup } from '../service/processes.ts';
import { volumesOf } from '../service/volumes.ts';
import { processAutoscaler } from './autoscaler.ts';
import { chartedMetadata, chartedPod } from './charted.ts';
import { rollingAnnotations } from './configuration.ts';
import type { Installation } from './installation.ts';
import { callerLabels } from './network-policies.ts';
import { serviceMetadata, type Manifest, type ServicePlace } from './manifest.ts';
import { paceOf } from './pace.ts';
import { podSpec, type Version } from './pod.ts';
import { scheduleManifests } from './runs.ts';
import { volumeManifests } from './volumes.ts';
import { budgetManifest, owned, replacement, spread } from './workload.ts';

/** Seconds after which a process that nobody can ask counts as running: one that crashes at its start does so within them. */
const STEADY = 5;

/** Whether a service has anything of this. */
export function hasProcesses({ processes = {}, schedules = {} }: ServiceDefinition): boolean {
  return Object.keys(processes).length > 0 || Object.keys(schedules).length > 0;
}

/** Name of a process's Deployment. */
export function processName(service: string, process: string): string {
  return `${service}-${process}`;
}

/** Labels that select the pods of a process, and never change. */
export function processSelector(place: Pick<ServicePlace, 'name'>, process: string): Record<string, string> {
  return { [LABELS.service]: place.name, [LABELS.process]: process };
}

/** Everything of a service that gets no requests, in the order of names. */
export function processManifests(
  place: ServicePlace,
  definition: ServiceDefinition,
  version: Version,
  settings: Installation,
): readonly Manifest[] {
  const groups = Object.entries(definition.processes ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return [
    ...groups.flatMap(([process, group]) => [
      ...volumeManifests(place, definition, process, settings.environments[place.kind]),
      processDeployment(place, definition, version, settings, { name: process, group }),
      ...(group.autoscale === undefined
        ? []
        : [processAutoscaler(place, processName(place.name, process), process, group.autoscale)]),
      ...(group.replicas > 1
        ? [budgetManifest(place, processName(place.name, process), processSelector(place, process))]
        : []),
    ]),
    ...scheduleManifests(place, definition, version, settings),
  ];
}

/** Its `replicas` belong to deploy, or to its autoscaler: no rollout ever moves them. */
function processDeployment(
  place: ServicePlace,
  definition: ServiceDefinition,
  version: Version,
  settings: Installation,
  { name: process, group }: { readonly name: string; readonly group: ProcessGroup },
): Manifest {
  const { command, replicas, autoscale, resources, containers = {} } = group;
  const selector = processSelector(place, process);
  const metadata = serviceMetadata(place, processName(place.name, process), 'workload');
  const { begins } = version;
  // Nobody can ask them which configuration they run, so that they are replaced whatever the service file subscribes to.
  const annotations = begins === undefined ? {} : rollingAnnotations(begins, false);
  const chart = version.chart?.processes[process];
  const spec = {
    ...(autoscale === undefined && { replicas }),
    selector: { matchLabels: selector },
    revisionHistoryLimit: 2,
    minReadySeconds: STEADY,
    progressDeadlineSeconds: paceOf(place.kind).progress,
    strategy: replacement(volumesOf(definition, process).length > 0),
    template: {
      metadata: chartedMetadata(
        chart,
        { ...metadata.labels, ...selector, ...callerLabels(definition), [LABELS.commit]: version.commit },
        annotations,
      ),
      spec: {
        ...chartedPod(
          place.name,
          version.side,
          podSpec(place, definition, version, settings, {
            command,
            resources,
            containers,
            volumesOf: { process },
            until: 'signals',
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
      labels: { ...metadata.labels, [LABELS.process]: process },
    },
    spec,
  };
}
