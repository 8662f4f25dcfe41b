/**
 * Whether what a chart rendered and what the service file says are one service. Separate because both sides are named wherever they are
 * not, and because everything behind this, from quotas to rollouts, goes by one definition, whoever wrote which part of it.
 */
import { OWN_CONTAINER } from '../manifests/pod.ts';
import { servicePort } from '../manifests/traffic.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import { RESERVED_PROCESSES, USUAL_RESOURCES, type ProcessGroup, type Sidecar } from '../service/processes.ts';
import { hasRoute, protocolOf } from '../service/reach.ts';
import type { Autoscale } from '../service/scale.ts';
import type {
  ChartAutoscaler,
  ChartContainer,
  ChartDeployment,
  ChartObjects,
  ChartPod,
  ChartService,
  Origin,
  ServiceChart,
} from './objects.ts';
import { deploymentProblems, resourcesOf, unmatchedLabels } from './pod-problems.ts';

/** What a chart and a service file are together, or why they cannot be. */
export type Agreement =
  | {
      readonly kind: 'agreed';
      readonly chart: ServiceChart;
      /** With what the chart says about sizes, processes and containers. */
      readonly definition: ServiceDefinition;
    }
  | { readonly kind: 'disagreed'; readonly problems: readonly string[] };

/** @param image full name of the image with its tag, as the chart was given it */
export function agree(objects: ChartObjects, definition: ServiceDefinition, image: string): Agreement {
  const { name } = definition;
  const [main, ...others] = [...objects.deployments].toSorted((one) => (one.name === name ? -1 : 1));
  if (main?.name !== name) {
    const found = objects.deployments.map((one) => one.where).join(', ');
    return disagreed([
      `the service file says name: ${name}, and the chart has ${found === '' ? 'no Deployment' : found}: there must be a Deployment ${name}; use .Values.espalier.name.`,
    ]);
  }
  const problems = [
    ...listening(main, definition, image),
    ...objects.deployments.flatMap((one) => deploymentProblems(one, objects, definition, image)),
    ...others.flatMap((one) => processProblems(one, definition)),
    ...objects.services.flatMap((one) => serviceProblems(one, main, definition)),
    ...routeProblems(objects, definition),
    ...autoscalerProblems(objects, main),
  ];
  if (problems.length > 0) return disagreed(problems);
  const processes = others.map((one) => [one.name.slice(name.length + 1), one] as const);
  const [autoscaler] = objects.autoscalers;
  return {
    kind: 'agreed',
    chart: {
      main: ordered(main.pod, image, definition.port),
      processes: Object.fromEntries(processes.map(([process, { pod }]) => [process, ordered(pod, image)])),
      configMaps: Object.fromEntries(
        objects.configMaps.map(({ name: map, data, binaryData }) => [map, { data, binaryData }]),
      ),
    },
    definition: {
      ...definition,
      ...groupOf(main, image, definition.port),
      ...(autoscaler !== undefined && {
        replicas: autoscaler.minimum,
        autoscale: boundsOf(autoscaler),
      }),
      ...(processes.length > 0 && {
        processes: Object.fromEntries(processes.map(([process, one]) => [process, groupOf(one, image)])),
      }),
    },
  };
}

function boundsOf({ minimum, maximum, cpu, requests }: ChartAutoscaler): Autoscale {
  return { minimum, maximum, ...(cpu !== undefined && { cpu }), ...(requests !== undefined && { requests }) };
}

function disagreed(problems: readonly string[]): Agreement {
  return { kind: 'disagreed', problems };
}

/** The container of the service itself comes first, whatever the chart calls it. */
function ordered(pod: ChartPod, image: string, port?: number): ChartPod {
  const own = ownContainer(pod, image, port);
  const rest = pod.containers.filter((one) => one !== own);
  return { ...pod, containers: own === undefined ? rest : [{ ...own, name: OWN_CONTAINER }, ...rest] };
}

function ownContainer({ containers }: ChartPod, image: string, port?: number): ChartContainer | undefined {
  return containers.find((one) => one.image === image && (port === undefined || listensOn(one, port)));
}

function listensOn({ ports = [] }: ChartContainer, port: number): boolean {
  return ports.some(({ containerPort }) => containerPort === port);
}

/** The part of a definition that a Deployment stands for. */
function groupOf({ replicas, pod }: ChartDeployment, image: string, port?: number): ProcessGroup {
  const [own, ...rest] = ordered(pod, image, port).containers;
  const sidecars = rest.map((one): [string, Sidecar] => [
    one.name,
    { ...(one.image !== image && { image: one.image }), command: wordsOf(one), resources: resourcesOf(one) },
  ]);
  return {
    command: own === undefined ? [] : wordsOf(own),
    replicas,
    resources: own === undefined ? USUAL_RESOURCES : resourcesOf(own),
    ...(sidecars.length > 0 && { containers: Object.fromEntries(sidecars) }),
  };
}

const wordsOf = ({ command = [], args = [] }: ChartContainer): readonly string[] => [...command, ...args];

/** Whether the service's own container is there and listens where the service file says. */
function listening({ where, pod }: ChartDeployment, definition: ServiceDefinition, image: string): readonly string[] {
  const { port, ports = {} } = definition;
  const own = pod.containers.filter((one) => one.image === image);
  if (own.length === 0) {
    const found = pod.containers.map((one) => one.image).join(', ');
    return [`${where} runs ${found}, and none of it is the image of this build; use .Values.espalier.image.`];
  }
  const listens = own.flatMap((one) => (one.ports ?? []).map(({ containerPort }) => containerPort));
  const [first] = own.filter((one) => listensOn(one, port));
  if (first === undefined) {
    return [
      `${where} listens on ${listens.join(', ') || 'no port'}, and the service file says port: ${String(port)}. Give the container that port (.Values.espalier.port), or correct the service file.`,
    ];
  }
  const missing = Object.entries(ports)
    .filter(([, one]) => !listensOn(first, one.port))
    .map(
      ([name, one]) =>
        `${where} does not listen on ${String(one.port)}, and the service file says ports.${name}: ${String(one.port)}.`,
    );
  return [...missing, ...asked(where, first, definition)];
}

/** Whether the chart asks for readiness where the service file says it is answered. */
function asked(where: string, { readinessProbe }: ChartContainer, definition: ServiceDefinition): readonly string[] {
  const path = definition.readiness ?? definition.health;
  const found = readinessProbe?.httpGet?.path;
  if (protocolOf(definition) !== 'http' || found === undefined || found === path) return [];
  return [
    `${where} asks ${found} for readiness, and the service file says ${definition.readiness === undefined ? 'health' : 'readiness'}: ${path}. Make them one (.Values.espalier.readiness).`,
  ];
}

function processProblems({ name, where }: ChartDeployment, definition: ServiceDefinition): readonly string[] {
  const process = name.startsWith(`${definition.name}-`) ? name.slice(definition.name.length + 1) : '';
  const usable = /^[a-z]([-a-z0-9]{0,13}[a-z0-9])?$/.test(process) && !RESERVED_PROCESSES.includes(process);
  if (usable) return [];
  return [
    `${where} is a process of ${definition.name} and must be called ${definition.name}- and 1 to 15 of a-z, 0-9 and "-", but not ${RESERVED_PROCESSES.join(', ')}.`,
  ];
}

/** Ports as a service file gives them, `80 → 8080`. */
function serviceProblems(
  { where, selector, ports }: ChartService,
  main: ChartDeployment,
  definition: ServiceDefinition,
): readonly string[] {
  const unmatched = unmatchedLabels(selector, main.pod.labels);
  const named = Object.fromEntries(
    main.pod.containers.flatMap((one) =>
      (one.ports ?? []).flatMap(({ name, containerPort }) => (name === undefined ? [] : [[name, containerPort]])),
    ),
  ) as Readonly<Record<string, number>>;
  const shown = (from: number, to: number | string) => `${String(from)} → ${String(to)}`;
  const wanted = [
    shown(servicePort(definition), definition.port),
    ...Object.values(definition.ports ?? {}).map(({ port }) => shown(port, port)),
  ];
  const found = ports.map(({ port, targetPort = port }) =>
    shown(port, typeof targetPort === 'string' ? (named[targetPort] ?? targetPort) : targetPort),
  );
  const wrong = found.filter((one) => !wanted.includes(one));
  return [
    ...(unmatched.length === 0
      ? []
      : [`${where} selects pods by ${unmatched.join(', ')}, and the pods of ${main.where} do not have that.`]),
    ...(wrong.length === 0
      ? []
      : [
          `${where} sends ${wrong.join(', ')}, and the service file says ${wanted.join(', ')} (keys port, ports). Make them one.`,
        ]),
  ];
}

function routeProblems({ routes, services }: ChartObjects, definition: ServiceDefinition): readonly string[] {
  return routes.flatMap(({ where, paths, backends }) => {
    if (!hasRoute(definition)) {
      const says = definition.routes === 'none' ? 'routes: none' : `protocol: ${protocolOf(definition)}`;
      return [`${where} leads requests in from outside, and the service file says ${says}. Keep one of them.`];
    }
    const other = paths.filter((path) => path !== '/');
    const ports = [undefined, servicePort(definition)];
    const strange = backends.filter(
      ({ name, port }) => !services.some((one) => one.name === name) || !ports.includes(port),
    );
    return [
      ...(other.length === 0
        ? []
        : [`${where} leads ${other.join(', ')} to the service, and the service file gives it all paths of its host.`]),
      ...strange.map(
        ({ name, port }) =>
          `${where} leads to ${name}:${String(port ?? '')}, and the chart has ${services.map((one) => one.name).join(', ') || 'no Service'} with port ${String(servicePort(definition))}.`,
      ),
    ];
  });
}

function autoscalerProblems({ autoscalers }: ChartObjects, main: ChartDeployment): readonly string[] {
  return autoscalers.flatMap(({ where, target, minimum, maximum }: Origin & (typeof autoscalers)[number]) => [
    ...(target === main.name ? [] : [`${where} scales ${target}; only ${main.name}, which gets requests, is scaled.`]),
    ...(minimum <= maximum ? [] : [`${where} has a minimum of ${String(minimum)} above its maximum.`]),
  ]);
}
