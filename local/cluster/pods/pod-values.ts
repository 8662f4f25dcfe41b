/**
 * Values that a pod takes from elsewhere: ConfigMaps, Secrets and itself, as variables and as files. Separate because what is
 * missing must be named in the words that `kubectl describe` uses, before anything runs.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Container, KeyToPath, Volume } from 'kubernetes-types/core/v1.js';
import type { Cluster, Pod } from '../kinds.ts';

/** What is missing or not done, as the pod's status tells it. */
export class ConfigurationError extends Error {}

type Source = 'ConfigMap' | 'Secret';
type Content = Record<string, Buffer>;

function contentOf(cluster: Cluster, pod: Pod, kind: Source, name = '', optional = false): Content {
  const found = cluster.get(kind, pod.metadata.namespace, name);
  if (!found && !optional) throw new ConfigurationError(`${kind.toLowerCase()} "${name}" not found`);
  const encoding = kind === 'Secret' ? 'base64' : 'utf8';
  const data = Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]);
  const binary = Object.entries((found as { binaryData?: Record<string, string> } | undefined)?.binaryData ?? {});
  return Object.fromEntries([...data, ...binary.map(([key, value]) => [key, Buffer.from(value, 'base64')])]) as Content;
}

function valueOf(
  cluster: Cluster,
  pod: Pod,
  kind: Source,
  from: { name?: string; key: string; optional?: boolean },
): string | undefined {
  const value = contentOf(cluster, pod, kind, from.name, from.optional)[from.key];
  if (value === undefined && !from.optional)
    throw new ConfigurationError(`couldn't find key ${from.key} in ${kind} ${pod.metadata.namespace}/${from.name}`);
  return value?.toString();
}

/** A field of the pod itself (the downward API). */
function fieldOf(pod: Pod, path: string): string {
  const [, map, key = ''] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (map) return pod.metadata[map as 'labels' | 'annotations']?.[key] ?? '';
  const lines = (of: Record<string, string> = {}): string =>
    Object.entries(of)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join('\n');
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'metadata.labels': lines(pod.metadata.labels),
    'metadata.annotations': lines(pod.metadata.annotations),
    'spec.nodeName': pod.spec.nodeName,
    'spec.serviceAccountName': pod.spec.serviceAccountName ?? 'default',
    'status.podIP': pod.status?.podIP,
    'status.podIPs': pod.status?.podIP,
    'status.hostIP': '127.0.0.1',
    'status.hostIPs': '127.0.0.1',
  };
  if (!(path in fields))
    throw new ConfigurationError(`field ${path} is not known here; known: ${Object.keys(fields).join(', ')}`);
  return fields[path] ?? '';
}

/** `$(NAME)` replaced by a variable's value; `$$` is a dollar, unknown names stay. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([A-Za-z_][\w.-]*)\)/g, (whole, name?: string) => {
    if (name === undefined) return '$';
    return variables[name] ?? whole;
  });
}

/** A container's variables as its spec gives them; later ones may use earlier ones. */
export function variablesOf(cluster: Cluster, pod: Pod, container: Container): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { configMapRef, secretRef, prefix = '' } of container.envFrom ?? []) {
    const content = configMapRef
      ? contentOf(cluster, pod, 'ConfigMap', configMapRef.name, configMapRef.optional)
      : contentOf(cluster, pod, 'Secret', secretRef?.name, secretRef?.optional);
    for (const [key, value] of Object.entries(content)) variables[prefix + key] = value.toString();
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (valueFrom?.resourceFieldRef)
      throw new ConfigurationError(`variable ${name}: resourceFieldRef is not done here`);
    const from = valueFrom?.fieldRef
      ? fieldOf(pod, valueFrom.fieldRef.fieldPath)
      : valueFrom?.configMapKeyRef
        ? valueOf(cluster, pod, 'ConfigMap', valueFrom.configMapKeyRef)
        : valueFrom?.secretKeyRef && valueOf(cluster, pod, 'Secret', valueFrom.secretKeyRef);
    const given = valueFrom ? from : expand(value ?? '', variables);
    if (given !== undefined) variables[name] = given;
  }
  return variables;
}

/**
 * Makes a pod's volumes as directories below `root`; each has its volume's name. Called again it replaces files that have changed, each in
 * one step, as the kubelet does it.
 */
export function makeVolumes(cluster: Cluster, pod: Pod, root: string, claims: string): void {
  for (const volume of pod.spec.volumes ?? []) {
    const directory = join(root, volume.name);
    if (volume.persistentVolumeClaim) {
      link(claimOf(cluster, pod, volume.persistentVolumeClaim.claimName, claims), directory);
      continue;
    }
    mkdirSync(directory, { recursive: true });
    for (const [path, content] of Object.entries(filesOf(cluster, pod, volume))) {
      replaceFile(join(directory, path), content);
    }
  }
}

/** Directory of a claim's files, which outlive pods. */
function claimOf(cluster: Cluster, pod: Pod, name: string, claims: string): string {
  const claim = cluster.get('PersistentVolumeClaim', pod.metadata.namespace, name);
  if (!claim) throw new ConfigurationError(`persistentvolumeclaim "${name}" not found`);
  const directory = join(claims, claim.metadata.uid);
  mkdirSync(directory, { recursive: true });
  return directory;
}

function link(to: string, at: string): void {
  if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true && readlinkSync(at) === to) return;
  mkdirSync(dirname(at), { recursive: true });
  rmSync(at, { recursive: true, force: true });
  symlinkSync(to, at);
}

function replaceFile(path: string, content: Buffer): void {
  if (existsSync(path) && readFileSync(path).equals(content)) return;
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.next`;
  rmSync(next, { force: true });
  writeFileSync(next, content, { mode: 0o600 });
  renameSync(next, path);
}

type Sources = Pick<Volume, 'configMap' | 'secret' | 'downwardAPI'>;

function filesOf(cluster: Cluster, pod: Pod, volume: Volume): Content {
  const { configMap, secret, downwardAPI, projected, emptyDir } = volume;
  if (projected)
    return Object.assign(
      {},
      ...(projected.sources ?? []).map((source) => sourceFiles(cluster, pod, source)),
    ) as Content;
  if (configMap || downwardAPI) return sourceFiles(cluster, pod, volume);
  if (secret) return picked(contentOf(cluster, pod, 'Secret', secret.secretName, secret.optional), secret.items);
  if (emptyDir) return {};
  const type = Object.keys(volume).find((key) => key !== 'name') ?? 'nothing';
  const known = 'emptyDir, configMap, secret, projected, downwardAPI and persistentVolumeClaim';
  throw new ConfigurationError(`volume "${volume.name}" is a ${type}, which is not done here; ${known} are`);
}

/** A service account's token, the fourth source of projected volumes, is left out: no pod calls the API here. */
function sourceFiles(
  cluster: Cluster,
  pod: Pod,
  { configMap, secret, downwardAPI }: Sources & { secret?: { name?: string; optional?: boolean; items?: KeyToPath[] } },
): Content {
  if (configMap)
    return picked(contentOf(cluster, pod, 'ConfigMap', configMap.name, configMap.optional), configMap.items);
  if (secret) return picked(contentOf(cluster, pod, 'Secret', secret.name, secret.optional), secret.items);
  const fields = (downwardAPI?.items ?? []).map(({ path, fieldRef }) => [
    path,
    Buffer.from(fieldOf(pod, fieldRef?.fieldPath ?? '')),
  ]);
  return Object.fromEntries(fields) as Content;
}

function picked(content: Content, items: readonly KeyToPath[] | undefined): Content {
  if (!items) return content;
  return Object.fromEntries(
    items.map(({ key, path }) => {
      const value = content[key];
      if (value === undefined) throw new ConfigurationError(`references non-existent config key: ${key}`);
      return [path, value];
    }),
  );
}
