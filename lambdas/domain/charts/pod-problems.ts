/**
 * Whether a pod of a chart holds together: its account, its files, its variables, what it may use. Separate from what the chart and the
 * service file must agree about: none of this stands in a service file.
 */
import { CONFIGURATION_FILE } from '../../contracts/variables.ts';
import { bytesOf, sumOf } from '../service/amounts.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import { USUAL_RESOURCES, type Resources } from '../service/processes.ts';
import type { ChartContainer, ChartDeployment, ChartObjects, ChartPod } from './objects.ts';
import { takenVariables } from './taken-variables.ts';

/** What is wrong with the pods of a Deployment, each with its place. */
export function deploymentProblems(
  { where, selector, pod }: ChartDeployment,
  { configMaps, serviceAccounts }: ChartObjects,
  definition: ServiceDefinition,
  image: string,
): readonly string[] {
  const unmatched = unmatchedLabels(selector, pod.labels);
  const own = Object.keys({ ...pod.labels, ...pod.annotations }).filter((key) => key.includes('espalier.dev/'));
  const accounts = ['default', ...serviceAccounts.map(({ name }) => name)];
  const { serviceAccountName = 'default', volumes } = pod;
  const containers = [...pod.containers, ...pod.initContainers];
  const maps = new Set(configMaps.map(({ name }) => name));
  const missing = mapsOf(pod).filter((name) => !maps.has(name));
  const names = volumes.map(({ name }) => name).filter((name) => /^(tmp|configuration|volume-.*)$/.test(name));
  return [
    ...(unmatched.length === 0
      ? []
      : [`${where} selects pods by ${unmatched.join(', ')}, and its own pods do not have that.`]),
    ...own.map((key) => `${where} has the label or annotation ${key}; those of espalier.dev are Espalier's own.`),
    ...(accounts.includes(serviceAccountName)
      ? []
      : [
          `${where} runs as the ServiceAccount ${serviceAccountName}, which the chart does not have: it has ${accounts.slice(1).join(', ') || 'none'}.`,
        ]),
    ...missing.map((name) => `${where} reads the ConfigMap ${name}, which the chart does not have.`),
    ...names.map((name) => `${where} has the volume ${name}, which Espalier makes itself; call yours otherwise.`),
    ...volumes.flatMap((one) => emptyProblems(where, one, pod)),
    ...containers.flatMap((one) =>
      containerProblems(
        where,
        one,
        volumes.map(({ name }) => name),
        definition,
        image,
      ),
    ),
    ...containers.flatMap((one) => keyProblems(where, one, configMaps)),
  ];
}

/** An empty volume counts to what its pod may write, or to its memory: larger than that it could never be filled. */
function emptyProblems(
  where: string,
  { name, emptyDir }: ChartPod['volumes'][number],
  pod: ChartPod,
): readonly string[] {
  const { sizeLimit, medium } = emptyDir ?? {};
  if (sizeLimit === undefined) return [];
  const all = pod.containers.map(resourcesOf);
  const [most, of] =
    medium === 'Memory'
      ? [sumOf(all.map(({ memory }) => memory)), 'memory']
      : [sumOf(all.map(({ disk }) => disk)), 'ephemeral-storage'];
  if (bytesOf(sizeLimit) <= bytesOf(most)) return [];
  return [
    `${where} has the emptyDir ${name} of ${sizeLimit}, and its containers may use ${most} of ${of} in all; raise that or make the volume smaller.`,
  ];
}

/** A container whose variable is a key that is not there never starts. */
function keyProblems(
  pod: string,
  { name, env = [] }: ChartContainer,
  configMaps: ChartObjects['configMaps'],
): readonly string[] {
  return env.flatMap(({ name: variable, valueFrom }) => {
    const reference = valueFrom?.configMapKeyRef;
    const map = configMaps.find((one) => one.name === reference?.name);
    if (reference === undefined || reference.optional === true || map === undefined) return [];
    if (Object.hasOwn(map.data, reference.key)) return [];
    const keys = Object.keys(map.data).join(', ') || 'no text';
    return [
      `${pod}, container ${name}: the variable ${variable} is the key ${reference.key} of the ConfigMap ${reference.name}, which has ${keys}.`,
    ];
  });
}

/** Names of the ConfigMaps that a pod reads. */
function mapsOf({ containers, initContainers, volumes }: ChartPod): readonly string[] {
  const all = [...containers, ...initContainers];
  return [
    ...volumes.flatMap(({ configMap }) => configMap?.name ?? []),
    ...all.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef?.name ?? [])),
    ...all.flatMap(({ envFrom = [] }) => envFrom.flatMap(({ configMapRef }) => configMapRef?.name ?? [])),
  ];
}

function containerProblems(
  pod: string,
  { name, image: found, env = [], volumeMounts = [], resources }: ChartContainer,
  volumes: readonly string[],
  definition: ServiceDefinition,
  image: string,
): readonly string[] {
  const where = `${pod}, container ${name}:`;
  const repository = image.slice(0, image.lastIndexOf(':'));
  const taken = takenVariables(definition);
  const variables = new Set(env.map((one) => one.name));
  const { requests, limits } = resources ?? {};
  const amounts = [
    [requests?.memory, limits?.memory, 'memory'],
    [requests?.['ephemeral-storage'], limits?.['ephemeral-storage'], 'ephemeral-storage'],
  ] as const;
  return [
    ...(found !== image && (found.startsWith(`${repository}:`) || found.startsWith(`${repository}@`))
      ? [`${where} the image is ${found}, another one than this build makes (${image}); use .Values.espalier.image.`]
      : []),
    ...(variables.size < env.length ? [`${where} a variable is there twice; keep one of them.`] : []),
    ...[...variables].flatMap((variable) => {
      const by = taken(variable);
      return by === undefined ? [] : [`${where} sets the variable ${variable}, which ${by} sets. Rename or remove it.`];
    }),
    ...volumeMounts
      .filter((mount) => !volumes.includes(mount.name))
      .map((mount) => `${where} mounts the volume ${mount.name}, which the pod does not have.`),
    ...volumeMounts
      .filter(({ mountPath }) => ['/tmp', CONFIGURATION_FILE.folder].includes(mountPath.replace(/\/+$/, '')))
      .map(({ mountPath }) => `${where} mounts something at ${mountPath}, where Espalier mounts its own.`),
    ...amounts
      .filter(([least, most]) => least !== undefined && most !== undefined && least !== most)
      .map(
        ([least, most, of]) =>
          `${where} asks for ${String(least)} of ${of} and may use ${String(most)}; they are one amount here, so that what fits the quota fits the nodes.`,
      ),
  ];
}

/** What of a selector labels do not have. */
export function unmatchedLabels(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): readonly string[] {
  const missing = Object.entries(selector).filter(([key, value]) => labels[key] !== value);
  return missing.map(([key, value]) => `${key}=${value}`);
}

/** What a container gets; of what it does not say, what those of a service file get. */
export function resourcesOf({ resources }: ChartContainer): Required<Resources> {
  const { requests, limits } = resources ?? {};
  return {
    cpu: requests?.cpu ?? USUAL_RESOURCES.cpu,
    memory: requests?.memory ?? limits?.memory ?? USUAL_RESOURCES.memory,
    disk: requests?.['ephemeral-storage'] ?? limits?.['ephemeral-storage'] ?? USUAL_RESOURCES.disk,
  };
}
