/**
 * What stands in the way to a dependency while an experiment delays it: a pod that hands everything on, who may talk to it, and its
 * address. Separate because nothing that delivers ever makes such objects, and nothing of a service file is in them.
 */
import type { DeploymentSpec } from 'kubernetes-types/apps/v1.js';
import type { Container } from 'kubernetes-types/core/v1.js';
import type { NetworkPolicyPeer, NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import { ANNOTATIONS, callsLabel, LABELS } from '../../contracts/kubernetes.ts';
import { clusterDomain } from '../borrowing/lender.ts';
import type { Resources } from '../service/processes.ts';
import {
  CONTAINER_PORT_NAME,
  namespace,
  placeLabels,
  serviceMetadata,
  type Manifest,
  type ServicePlace,
} from './manifest.ts';
import { paceOf } from './pace.ts';
import { bounds } from './pod.ts';
import { servicePort, type Reached } from './traffic.ts';

/** A dependency, and where its name leads while nobody is in the way. */
export interface DelayedWay {
  /** Whose objects they are: the dependency's own service where it is here, the caller where it is borrowed. */
  readonly place: ServicePlace;
  readonly dependency: string;
  /** Namespace and name of the Service to which everything is handed on. */
  readonly to: { readonly namespace: string; readonly service: string };
  readonly reached: Reached;
  /** The execution whose experiment it is. */
  readonly execution: string;
}

/** What delays, and how long. */
export interface Delay {
  readonly image: string;
  /** Text of the program. */
  readonly program: string;
  readonly milliseconds: number;
  /** Milliseconds since 1970; nothing is late afterwards, whoever else is away. */
  readonly endsAt: number;
}

/** 32 MiB of answers may wait in it, beside Node.js itself; nothing is written but what Node.js says when it ends badly. */
export const DELAY_RESOURCES: Resources = { cpu: '50m', memory: '128Mi', disk: '64Mi' };

/** Where it is asked how it is, and told that it is over; ports of ways follow. */
export const DELAY_CONTROL_PORT = 20_000;

/** Name of everything that delays a dependency. */
export function delayName(dependency: string): string {
  return `late-${dependency}`;
}

/** Labels that select the pods. */
export function delaySelector(dependency: string): Record<string, string> {
  return { [LABELS.experiment]: delayName(dependency) };
}

/** All but its address, which belongs to traffic. The policies come first: pods come up knowing whom they may call. */
export function delayManifests(way: DelayedWay, delay: Delay): readonly Manifest[] {
  return [...policies(way), deployment(way, delay)];
}

/** Its address, with the ports of the dependency. */
export function delayAddressManifest(way: DelayedWay): Manifest {
  const ports = portsOf(way).map(({ name, port }) => ({ name, port, targetPort: name, protocol: 'TCP' }));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(way),
    spec: { selector: delaySelector(way.dependency), ports },
  };
}

/** Whether a Deployment delays this way, which somebody may have delivered anew since it was prepared. */
export function delaysThisWay(deployment: object | undefined, way: DelayedWay): boolean {
  const { spec } = (deployment ?? {}) as { spec?: DeploymentSpec };
  const env = spec?.template.spec?.containers[0]?.env ?? [];
  const wanted = variablesOf(way);
  return wanted.every(([name, value]) => env.some((one) => one.name === name && one.value === String(value)));
}

interface Way {
  readonly name: string;
  /** By which it is called. */
  readonly port: number;
  /** On which the program listens: the user of a pod may not take those below 1024. */
  readonly listens: number;
}

function portsOf({ reached }: DelayedWay): readonly Way[] {
  const further = Object.entries(reached.ports ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const all = [
    [CONTAINER_PORT_NAME, servicePort(reached)] as const,
    ...further.map(([name, { port }]) => [name, port] as const),
  ];
  return all.map(([name, port], index) => ({ name, port, listens: DELAY_CONTROL_PORT + 1 + index }));
}

type Variable = readonly [name: string, value: string | number];

/** Where it listens, and where that leads. */
function variablesOf(way: DelayedWay): readonly Variable[] {
  const { namespace: inside, service } = way.to;
  return portsOf(way).flatMap(({ port, listens }, index): readonly Variable[] => [
    [`WAY_${String(index)}_PORT`, listens],
    // The whole name with a dot at its end is not looked for along the search list.
    [`WAY_${String(index)}_TO`, `${service}.${clusterDomain(inside)}.:${String(port)}`],
  ]);
}

function metadataOf({ place, dependency, execution }: DelayedWay, name = delayName(dependency)) {
  const { annotations, ...metadata } = serviceMetadata(place, name, 'experiment');
  return { ...metadata, annotations: { ...annotations, [ANNOTATIONS.execution]: execution } };
}

/** Two policies: whoever may call the dependency may call this instead, and this may call the dependency. */
function policies(way: DelayedWay): readonly Manifest[] {
  const { place, dependency, to } = way;
  const callers = { podSelector: { matchLabels: { [callsLabel(dependency)]: 'true' } } };
  const delaying = { podSelector: { matchLabels: delaySelector(dependency) } };
  const pods = { podSelector: { matchLabels: { [LABELS.service]: dependency } } };
  const called: NetworkPolicyPeer =
    to.namespace === namespace(place)
      ? pods
      : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': to.namespace } }, ...pods };
  const inBetween = {
    ...delaying,
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [callers] }],
    egress: [{ to: [called] }],
  } satisfies NetworkPolicySpec;
  const toIt = { ...callers, policyTypes: ['Egress'], egress: [{ to: [delaying] }] } satisfies NetworkPolicySpec;
  const policy = (name: string, spec: NetworkPolicySpec): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(way, name),
    spec,
  });
  return [policy(delayName(dependency), inBetween), policy(`${delayName(dependency)}-callers`, toIt)];
}

function deployment(way: DelayedWay, delay: Delay): Manifest {
  const { place, dependency } = way;
  const selector = delaySelector(dependency);
  const { preStop, grace, progress, start } = paceOf(place.kind);
  const spec = {
    replicas: 1,
    selector: { matchLabels: selector },
    revisionHistoryLimit: 0,
    progressDeadlineSeconds: progress,
    template: {
      // The dependency knows callers by their label, and this is one. No label of a service: nobody's Service selects it.
      metadata: { labels: { ...placeLabels(place), ...selector, [callsLabel(dependency)]: 'true' } },
      spec: {
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: grace,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          runAsGroup: 1000,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [container(way, delay, { preStop, start })],
      },
    },
  } satisfies DeploymentSpec;
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadataOf(way), spec };
}

/** The program is a word of the command: no file has to be there before the pod, and none stays behind. */
function container(way: DelayedWay, delay: Delay, { preStop, start }: { preStop: number; start: number }): Container {
  const variables: readonly Variable[] = [
    ['CONTROL_PORT', DELAY_CONTROL_PORT],
    ['DELAY_MS', delay.milliseconds],
    ['ENDS_AT', delay.endsAt],
    ...variablesOf(way),
  ];
  const ready = { httpGet: { path: '/ready', port: DELAY_CONTROL_PORT } };
  return {
    name: 'delay',
    image: delay.image,
    imagePullPolicy: 'IfNotPresent',
    terminationMessagePolicy: 'FallbackToLogsOnError',
    command: ['node', '--input-type=module', '--eval', delay.program],
    env: variables.map(([name, value]) => ({ name, value: String(value) })),
    ports: [
      { containerPort: DELAY_CONTROL_PORT, protocol: 'TCP' },
      ...portsOf(way).map(({ name, listens }) => ({ name, containerPort: listens, protocol: 'TCP' })),
    ],
    resources: { requests: { cpu: DELAY_RESOURCES.cpu, ...bounds(DELAY_RESOURCES) }, limits: bounds(DELAY_RESOURCES) },
    startupProbe: { ...ready, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: start },
    readinessProbe: { ...ready, periodSeconds: 3, timeoutSeconds: 2, failureThreshold: 3 },
    lifecycle: { preStop: { sleep: { seconds: preStop } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}
