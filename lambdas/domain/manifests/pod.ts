/**
 * The pod that everything of a service runs in: a process of a side, another process, a job. Separate because all of them are held to
 * the same rules, and only here.
 */
import type { Container, EnvVar, PodSpec, Probe, Volume as PodVolume, VolumeMount } from 'kubernetes-types/core/v1.js';
import { POD_VARIABLES, volumeVariable } from '../../contracts/variables.ts';
import type { Side } from '../../contracts/kubernetes.ts';
import { addressOf } from '../borrowing/addresses.ts';
import { searchDomains } from '../borrowing/lender.ts';
import type { ServiceChart } from '../charts/objects.ts';
import { sumOf } from '../service/amounts.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import { dependencyNames } from '../service/dependencies.ts';
import type { ContainerRule } from '../service/exceptions.ts';
import { diskOf, type Resources, type Sidecar } from '../service/processes.ts';
import { protocolOf } from '../service/reach.ts';
import { volumesOf } from '../service/volumes.ts';
import { configuredPod, type BeginsWith } from './configuration.ts';
import type { Installation } from './installation.ts';
import { CONTAINER_PORT_NAME, type ServicePlace } from './manifest.ts';
import { paceOf } from './pace.ts';
import { volumeName } from './volumes.ts';

/** One version of a service: which commit, which image, as which side. */
export interface Version {
  readonly side: Side;
  readonly commit: string;
  /** The image by digest: `<repository>@sha256:…`. */
  readonly image: string;
  /** What of configuration and secrets its pods begin with; absent: it is not configured. */
  readonly begins?: BeginsWith;
  /** What the repository's own chart says of its pods. */
  readonly chart?: ServiceChart;
}

/** What runs in a pod. */
export interface Runs {
  readonly command: readonly string[];
  readonly resources: Resources;
  /** Containers beside it. */
  readonly containers?: Readonly<Record<string, Sidecar>>;
  /** The process group whose volumes it has; absent: none. */
  readonly volumesOf?: { readonly process: string | undefined };
  /** `requests`: listens, and goes slowly because requests may still come · `signals`: ends at SIGTERM · `itself`: runs to completion. */
  readonly until: 'requests' | 'signals' | 'itself';
}

/** The user that images run as; the same number in every image, so that none of them can say root. */
const USER = 1000;

/** Name of the container that runs the service's own command. */
export const OWN_CONTAINER = 'service';

const hasException = ({ exceptions = [] }: ServiceDefinition, rule: ContainerRule): boolean =>
  exceptions.some((exception) => exception.rule === rule);

/** The spec of a pod. Pod Security's profile `restricted` holds whatever the service file says. */
export function podSpec(
  place: ServicePlace,
  definition: ServiceDefinition,
  version: Version,
  settings: Installation,
  runs: Runs,
): PodSpec {
  const searches = searchDomains(place.installation, place.kind);
  const configured = configuredPod(place.name, definition, version.side);
  const own = runs.volumesOf === undefined ? [] : volumesOf(definition, runs.volumesOf.process);
  const mounts: VolumeMount[] = [
    { name: 'tmp', mountPath: '/tmp' },
    ...own.map(({ name, path }) => ({ name: `volume-${name}`, mountPath: path })),
    ...configured.volumeMounts,
  ];
  // All containers share it, and what they may write in all is the most that the kubelet lets the pod have.
  const disks = [runs, ...Object.values(runs.containers ?? {})].map(({ resources }) => diskOf(resources));
  const volumes: PodVolume[] = [
    { name: 'tmp', emptyDir: { sizeLimit: sumOf(disks) } },
    ...own.map(({ name }) => ({
      name: `volume-${name}`,
      persistentVolumeClaim: { claimName: volumeName(place.name, name) },
    })),
    ...configured.volumes,
  ];
  const env = [
    ...variables(place, definition, version, settings),
    ...own.map(({ name, path }) => ({ name: volumeVariable(name), value: path })),
    ...configured.env,
  ];
  const sidecars = Object.entries(runs.containers ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const container = (name: string, one: Pick<Sidecar, 'image' | 'command' | 'resources'>): Container => ({
    name,
    image: one.image ?? version.image,
    imagePullPolicy: 'IfNotPresent',
    // The end of the log of a pod that crashed then stands in `kubectl describe pod`.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...(one.command.length > 0 && { command: [...one.command] }),
    env,
    resources: {
      requests: { cpu: one.resources.cpu, ...bounds(one.resources) },
      limits: bounds(one.resources),
    },
    // Whatever serves requests waits until nobody sends it any; a container beside it serves as long.
    ...(runs.until === 'requests' && { lifecycle: { preStop: { sleep: { seconds: paceOf(place.kind).preStop } } } }),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: !hasException(definition, 'writable-root'),
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: mounts,
  });
  const main: Container = {
    ...container(OWN_CONTAINER, runs),
    ...(runs.until === 'requests' && listens(place, definition)),
  };
  return {
    serviceAccountName: place.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(searches.length > 0 && { dnsConfig: { searches: [...searches] } }),
    ...(runs.until === 'itself' && { restartPolicy: 'Never' }),
    terminationGracePeriodSeconds: paceOf(place.kind).grace,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [main, ...sidecars.map(([name, sidecar]) => container(name, sidecar))],
    volumes,
  };
}

/** What a container may use: a node that gave away more than it has would end somebody else's pods. */
export function bounds(resources: Resources): Readonly<Record<string, string>> {
  return { memory: resources.memory, 'ephemeral-storage': diskOf(resources) };
}

/**
 * Ports and probes of the process that gets requests. No liveness probe: a process that dies is started again anyway, and the health
 * path, which may ask dependencies, would turn their outage into restarts here.
 */
function listens(
  place: ServicePlace,
  definition: ServiceDefinition,
): Pick<Container, 'ports' | 'startupProbe' | 'readinessProbe'> {
  const further = Object.entries(definition.ports ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return {
    ports: [
      { name: CONTAINER_PORT_NAME, containerPort: definition.port, protocol: 'TCP' },
      ...further.map(([name, { port }]) => ({ name, containerPort: port, protocol: 'TCP' })),
    ],
    startupProbe: {
      ...probe(definition, definition.health),
      periodSeconds: 1,
      timeoutSeconds: 2,
      failureThreshold: paceOf(place.kind).start,
    },
    readinessProbe: {
      ...probe(definition, definition.readiness ?? definition.health),
      periodSeconds: 3,
      timeoutSeconds: 2,
      failureThreshold: 3,
    },
  };
}

/** How a process of this protocol is asked. */
function probe(definition: ServiceDefinition, path: string): Probe {
  switch (protocolOf(definition)) {
    case 'http':
      return { httpGet: { path, port: CONTAINER_PORT_NAME } };
    case 'grpc':
      return { grpc: { port: definition.port } };
    case 'tcp':
      return { tcpSocket: { port: CONTAINER_PORT_NAME } };
  }
}

/** In one order whatever the order in the service file, so that nothing restarts because a list was sorted. */
function variables(
  place: ServicePlace,
  definition: ServiceDefinition,
  version: Version,
  settings: Installation,
): EnvVar[] {
  const own: EnvVar[] = [
    { name: POD_VARIABLES.commit, value: version.commit },
    { name: POD_VARIABLES.environment, value: place.environment },
    { name: POD_VARIABLES.service, value: place.name },
    { name: POD_VARIABLES.side, value: version.side },
    { name: POD_VARIABLES.port, value: String(definition.port) },
  ];
  const addresses = Object.entries(dependencyAddresses(place, definition, settings)).map(([dependency, value]) => ({
    name: urlVariable(dependency),
    value,
  }));
  return [...own, ...addresses];
}

/** Where a service reaches its dependencies, by their names. */
export function dependencyAddresses(
  place: Pick<ServicePlace, 'kind'>,
  definition: Pick<ServiceDefinition, 'dependencies'>,
  settings: Installation,
): Record<string, string> {
  return Object.fromEntries(
    dependencyNames(definition).map((dependency) => [dependency, addressOf(settings, place.kind, dependency)]),
  );
}

/** Variable that holds the address of a dependency: `orders-api` → `ORDERS_API_URL`. */
export function urlVariable(dependency: string): string {
  return `${dependency.toUpperCase().replaceAll('-', '_')}_URL`;
}
