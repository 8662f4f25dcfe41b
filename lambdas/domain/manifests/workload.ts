/**
 * What runs a service: ServiceAccount, Deployment of one side, disruption budget. Applied by deploy.
 * Separate from traffic.ts because the two have different owners of fields: nothing here says how many pods or who gets requests.
 */
import type { DeploymentSpec } from 'kubernetes-types/apps/v1.js';
import type { Container, EnvVar } from 'kubernetes-types/core/v1.js';
import { LABELS, type Side } from '../../contracts/kubernetes.ts';
import { POD_VARIABLES } from '../../contracts/variables.ts';
import { addressOf } from '../borrowing/addresses.ts';
import { searchDomains } from '../borrowing/lender.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import { mostReplicas } from '../service/scale.ts';
import { dependencyNames } from '../service/dependencies.ts';
import type { Installation } from './installation.ts';
import {
  CONTAINER_PORT_NAME,
  serviceMetadata,
  sideName,
  sideSelector,
  type Manifest,
  type ServicePlace,
} from './manifest.ts';
import { configuredPod } from './configuration.ts';
import { callerLabels, servicePolicyManifest } from './network-policies.ts';
import { paceOf, type Pace } from './pace.ts';

/** One version of a service: which commit, which image, as which side. */
export interface Version {
  readonly side: Side;
  readonly commit: string;
  /** The image by digest: `<repository>@sha256:…`. */
  readonly image: string;
  /** Annotations whose change replaces the pods; see configuration.ts. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The user that images run as; the same number in every image, so that none of them can say root. */
const USER = 1000;

/** All workload objects of one side. `replicas` is not among them: see traffic.ts. */
export function workloadManifests(
  place: ServicePlace,
  definition: ServiceDefinition,
  version: Version,
  settings: Installation,
): readonly Manifest[] {
  const account = serviceAccountManifest(place);
  const policy = servicePolicyManifest(place, settings, definition);
  const deployment = deploymentManifest(place, definition, version, settings);
  return mostReplicas(definition) > 1
    ? [account, policy, deployment, disruptionBudgetManifest(place, version.side)]
    : [account, policy, deployment];
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
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: serviceMetadata(place, sideName(place.name, side), 'workload'),
    spec: {
      selector: { matchLabels: sideSelector(place, side) },
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
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
  const pace = paceOf(place.kind);
  const selector = sideSelector(place, version.side);
  const metadata = serviceMetadata(place, sideName(place.name, version.side), 'workload');
  const labels = { ...metadata.labels, ...selector, ...callerLabels(definition), [LABELS.commit]: version.commit };
  const { annotations = {} } = version;
  const configured = configuredPod(place.name, definition, version.side);
  const searches = searchDomains(place.installation, place.kind);
  const spec = {
    selector: { matchLabels: selector },
    revisionHistoryLimit: 2,
    progressDeadlineSeconds: pace.progress,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
    template: {
      metadata: { labels, ...(Object.keys(annotations).length > 0 && { annotations }) },
      spec: {
        serviceAccountName: place.name,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        ...(searches.length > 0 && { dnsConfig: { searches: [...searches] } }),
        terminationGracePeriodSeconds: pace.grace,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: USER,
          runAsGroup: USER,
          fsGroup: USER,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [containerOf(place, definition, version, pace, settings)],
        volumes: [{ name: 'tmp', emptyDir: {} }, ...configured.volumes],
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'topology.kubernetes.io/zone',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: selector },
          },
        ],
      },
    },
  } satisfies DeploymentSpec;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, labels: { ...metadata.labels, [LABELS.side]: version.side } },
    spec,
  };
}

/**
 * No liveness probe: a process that dies is started again anyway, and the health path, which may ask dependencies, would turn their
 * outage into restarts here.
 */
function containerOf(
  place: ServicePlace,
  definition: ServiceDefinition,
  version: Version,
  pace: Pace,
  settings: Installation,
): Container {
  const configured = configuredPod(place.name, definition, version.side);
  const health = { path: definition.health, port: CONTAINER_PORT_NAME };
  return {
    name: 'service',
    image: version.image,
    imagePullPolicy: 'IfNotPresent',
    // The end of the log of a pod that crashed then stands in `kubectl describe pod`.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...(definition.command.length > 0 && { command: [...definition.command] }),
    ports: [{ name: CONTAINER_PORT_NAME, containerPort: definition.port, protocol: 'TCP' }],
    env: variables(place, definition, version, settings),
    resources: {
      requests: { cpu: definition.resources.cpu, memory: definition.resources.memory },
      limits: { memory: definition.resources.memory },
    },
    startupProbe: { httpGet: health, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: pace.start },
    readinessProbe: { httpGet: health, periodSeconds: 3, timeoutSeconds: 2, failureThreshold: 3 },
    lifecycle: { preStop: { sleep: { seconds: pace.preStop } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...configured.volumeMounts],
  };
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
  const addresses = dependencyNames(definition).map((dependency) => ({
    name: urlVariable(dependency),
    value: addressOf(settings, place.kind, dependency),
  }));
  return [...own, ...addresses, ...configuredPod(place.name, definition, version.side).env];
}

/** Variable that holds the address of a dependency: `orders-api` → `ORDERS_API_URL`. */
export function urlVariable(dependency: string): string {
  return `${dependency.toUpperCase().replaceAll('-', '_')}_URL`;
}
