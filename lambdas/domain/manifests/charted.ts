/**
 * Pods as a chart says them, in the form that all pods of services have. Separate because this is where the two meet: the chart says
 * what runs, and everything that others rely on (names, sides, the image's digest, users, roots, policies) stays as it is for everybody.
 */
import type { Container, EnvVar, PodSpec, Probe, Volume } from 'kubernetes-types/core/v1.js';
import { LABELS, type Side } from '../../contracts/kubernetes.ts';
import type { ChartContainer, ChartPod, ServiceChart } from '../charts/objects.ts';
import { sumOf } from '../service/amounts.ts';
import { serviceMetadata, sideName, type Manifest, type ServicePlace } from './manifest.ts';

/** Begins the names of a side's ConfigMaps. No service has a name with a dot, and each side keeps its own: an older one serves on. */
export function chartPrefix(name: string, side: Side): string {
  return `${sideName(name, side)}.`;
}

/** The ConfigMaps of a side. Their names follow from it and the chart alone. */
export function chartMapManifests(place: ServicePlace, side: Side, chart: ServiceChart | undefined): Manifest[] {
  const maps = Object.entries(chart?.configMaps ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return maps.map(([name, { data, binaryData }]) => {
    const metadata = serviceMetadata(place, `${chartPrefix(place.name, side)}${name}`, 'workload');
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata, labels: { ...metadata.labels, [LABELS.side]: side } },
      data,
      ...(Object.keys(binaryData).length > 0 && { binaryData }),
    };
  });
}

/** Labels and annotations of pods: ours win. */
export function chartedMetadata(
  chart: ChartPod | undefined,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
) {
  const noted = { ...chart?.annotations, ...annotations };
  return { labels: { ...chart?.labels, ...labels }, ...(Object.keys(noted).length > 0 && { annotations: noted }) };
}

/** A generated pod with what its chart says. INVARIANT: no security context, image, account or label of ours comes from the chart. */
export function chartedPod(name: string, side: Side, generated: PodSpec, chart: ChartPod | undefined): PodSpec {
  if (chart === undefined) return generated;
  const renamed = (map: string) => `${chartPrefix(name, side)}${map}`;
  const [own] = generated.containers;
  const beside = Object.fromEntries(chart.containers.map((one) => [one.name, one]));
  const {
    ports: _ports,
    startupProbe: _start,
    readinessProbe: _ready,
    lifecycle: _life,
    ...before
  } = own ?? {
    name: '',
  };
  const ours = own?.image;
  const most = ({ emptyDir }: Volume) =>
    usable(generated, emptyDir?.medium === 'Memory' ? 'memory' : 'ephemeral-storage');
  const first = chart.initContainers.map((one) =>
    merged({ ...before, name: one.name, ...(imageOf(one) ?? (ours !== undefined && { image: ours })) }, one, renamed),
  );
  return {
    ...generated,
    ...(first.length > 0 && { initContainers: first }),
    containers: generated.containers.map((container) => {
      const theirs = beside[container.name];
      return theirs === undefined ? container : merged(container, theirs, renamed);
    }),
    volumes: [
      ...(generated.volumes ?? []),
      ...chart.volumes.map((volume) =>
        volume.configMap === undefined
          ? { ...volume, emptyDir: { ...volume.emptyDir, sizeLimit: volume.emptyDir?.sizeLimit ?? most(volume) } }
          : { ...volume, configMap: { ...volume.configMap, name: renamed(volume.configMap.name ?? '') } },
      ),
    ],
  };
}

/**
 * A generated pod that runs to completion, with the variables of the service's own container in the chart. Values of its ConfigMaps stand
 * in the pod itself: before a delivery those of its side are another version's or not there, and a schedule belongs to no side.
 */
export function chartedRun(generated: PodSpec, chart: ServiceChart | undefined): PodSpec {
  const said = chart?.main.containers[0];
  if (chart === undefined || said === undefined) return generated;
  return {
    ...generated,
    containers: generated.containers.map((container) => {
      const ours = container.env ?? [];
      const theirs = variablesOf(said, chart.configMaps);
      const known = new Set([...ours, ...theirs].map(({ name }) => name));
      const imported = Object.entries(importedBy(said, chart.configMaps)).filter(([name]) => !known.has(name));
      // Last, so that values which refer to them stay as they are, as in the chart's own pods.
      return { ...container, env: [...ours, ...theirs, ...imported.map(([name, value]) => ({ name, value }))] };
    }),
  };
}

/** What a container says of its variables one by one. */
function variablesOf({ env = [] }: ChartContainer, maps: ServiceChart['configMaps']): readonly EnvVar[] {
  return env.flatMap(({ name, value, valueFrom }): EnvVar[] => {
    const { configMapKeyRef: key, fieldRef } = valueFrom ?? {};
    if (fieldRef !== undefined) return [{ name, valueFrom: { fieldRef } }];
    if (key === undefined) return [{ name, ...(value !== undefined && { value }) }];
    const found = maps[key.name]?.data[key.key];
    return found === undefined ? [] : [{ name, value: literal(found) }];
  });
}

/** What it takes from whole ConfigMaps: of one name the last. */
function importedBy(
  { envFrom = [] }: ChartContainer,
  maps: ServiceChart['configMaps'],
): Readonly<Record<string, string>> {
  const all = envFrom.flatMap(({ prefix = '', configMapRef }) =>
    Object.entries(maps[configMapRef?.name ?? '']?.data ?? {}).map(
      ([key, value]) => [`${prefix}${key}`, value] as const,
    ),
  );
  return Object.fromEntries(all.filter(([name]) => VARIABLE.test(name)).map(([name, value]) => [name, literal(value)]));
}

/** What every API server takes for the name of a variable; kubelets leave other keys of a ConfigMap out. */
const VARIABLE = /^(?!\.\.)[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/**
 * A value in which nothing is replaced: `$$` is a dollar, and `$(NAME)` would be a reference.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#environment-variables
 */
function literal(value: string): string {
  return value.replaceAll('$', '$$$$');
}

/** What all containers of a pod may use together, which no empty volume of it exceeds. */
function usable({ containers }: PodSpec, of: 'memory' | 'ephemeral-storage'): string {
  return sumOf(containers.map(({ resources }) => resources?.limits?.[of] ?? '0Ki'));
}

/** The image of a container that is not the service's own: it has a digest. */
function imageOf({ image }: ChartContainer): { readonly image: string } | undefined {
  return image.includes('@sha256:') ? { image } : undefined;
}

function merged(ours: Container, theirs: ChartContainer, renamed: (map: string) => string): Container {
  const { command: _command, ...rest } = ours;
  const { command, args, env = [], envFrom = [], volumeMounts = [] } = theirs;
  const probes = Object.fromEntries(
    PROBES.flatMap((probe) => {
      const said = theirs[probe];
      return said === undefined ? [] : [[probe, numbered(said, theirs)]];
    }),
  );
  return {
    ...rest,
    ...(command !== undefined && { command: [...command] }),
    ...(args !== undefined && { args: [...args] }),
    // Ours first: theirs may refer to them as $(PORT).
    env: [
      ...(ours.env ?? []),
      ...env.map(({ valueFrom, ...one }) => {
        if (valueFrom === undefined) return one;
        const { configMapKeyRef: key, fieldRef } = valueFrom;
        return {
          ...one,
          valueFrom: {
            ...(key !== undefined && { configMapKeyRef: { ...key, name: renamed(key.name) } }),
            ...(fieldRef !== undefined && { fieldRef }),
          },
        };
      }),
    ],
    ...(envFrom.length > 0 && {
      envFrom: envFrom.map(({ configMapRef, ...one }) => ({
        ...one,
        configMapRef: { ...configMapRef, name: renamed(configMapRef?.name ?? '') },
      })),
    }),
    ...(theirs.ports !== undefined && ours.ports !== undefined && { ports: portsOf(ours, theirs) }),
    ...probes,
    volumeMounts: [...(ours.volumeMounts ?? []), ...volumeMounts],
  };
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** A probe by numbers: names of ports are ours. */
function numbered(probe: Probe, { ports = [] }: ChartContainer): Probe {
  const number = (port: number | string) => ports.find(({ name }) => name === port)?.containerPort ?? port;
  const { httpGet, tcpSocket } = probe;
  return {
    ...probe,
    ...(httpGet !== undefined && { httpGet: { ...httpGet, port: number(httpGet.port) } }),
    ...(tcpSocket !== undefined && { tcpSocket: { ...tcpSocket, port: number(tcpSocket.port) } }),
  };
}

/** Ours by our names, to which Services point; those of theirs that are none of them as the chart has them, for its own probes. */
function portsOf(ours: Container, theirs: ChartContainer): NonNullable<Container['ports']> {
  const own = ours.ports ?? [];
  const names = new Set(own.map(({ name }) => name));
  const further = (theirs.ports ?? []).filter(
    ({ name, containerPort }) =>
      (name === undefined || !names.has(name)) && !own.some((one) => one.containerPort === containerPort),
  );
  return [...own, ...further.map((one) => ({ ...one, protocol: 'TCP' }))];
}
