/**
 * How configuration and secrets reach the pods of one side: a ConfigMap as a file and as variables, a Secret as variables only. Applied
 * by configuration. Separate from workload.ts because a change of values must never be a change of the workload.
 *
 * Each side has its own: a candidate that knows other keys changes nothing for the version that serves.
 */
import type { EnvVar, PodSpec, Volume, VolumeMount } from 'kubernetes-types/core/v1.js';
import { ANNOTATIONS, LABELS, type Side } from '../../contracts/kubernetes.ts';
import { CONFIGURATION_FILE, POD_VARIABLES } from '../../contracts/variables.ts';
import type { ConfigurationFile } from '../configuration/file.ts';
import { writeValue } from '../configuration/value.ts';
import { configurationVariable, isConfigured, secretVariables, type Configured } from '../service/configuration.ts';
import { serviceMetadata, sideName, type Manifest, type ServicePlace } from './manifest.ts';

const VOLUME = 'configuration';

/** Name of the Secret in an environment's namespace that opens what was sealed for it. */
export const SEALING_KEY = 'espalier-sealing-key';

/** One version of a service's configuration on one side. */
export interface ConfiguredVersion {
  readonly side: Side;
  readonly commit: string;
  readonly file: ConfigurationFile;
}

/** The ConfigMap of a side: the file, and a key for every variable. */
export function configMapManifest(place: ServicePlace, { side, commit, file }: ConfiguredVersion): Manifest {
  const metadata = serviceMetadata(place, sideName(place.name, side), 'configuration');
  const variables = Object.entries(file.values).map(([key, value]) => [configurationVariable(key), writeValue(value)]);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [LABELS.side]: side, [LABELS.commit]: commit },
      annotations: { ...metadata.annotations, [ANNOTATIONS.configuration]: file.version },
    },
    data: { ...Object.fromEntries(variables), [CONFIGURATION_FILE.name]: `${JSON.stringify(file, null, 2)}\n` },
  };
}

/** The Secret of a side. `version` stands for the versions of the secrets, never for their values. */
export function secretManifest(
  place: ServicePlace,
  side: Side,
  secrets: { readonly version: string; readonly values: Readonly<Record<string, string>> },
): Manifest {
  const metadata = serviceMetadata(place, sideName(place.name, side), 'configuration');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [LABELS.side]: side },
      annotations: { ...metadata.annotations, [ANNOTATIONS.secrets]: secrets.version },
    },
    type: 'Opaque',
    data: Object.fromEntries(
      Object.entries(secrets.values)
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([variable, value]) => [variable, Buffer.from(value, 'utf8').toString('base64')]),
    ),
  };
}

/** What the pods of a side get; nothing for a service that is not configured. */
export interface ConfiguredPod {
  readonly env: readonly EnvVar[];
  readonly volumes: readonly Volume[];
  readonly volumeMounts: readonly VolumeMount[];
}

/**
 * The file is mounted as a whole volume: a `subPath` is never updated.
 * Source: https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
 */
export function configuredPod(name: string, definition: Configured, side: Side): ConfiguredPod {
  if (!isConfigured(definition)) return { env: [], volumes: [], volumeMounts: [] };
  const from = sideName(name, side);
  const keys = Object.keys(definition.configuration?.keys ?? {}).toSorted();
  return {
    env: [
      { name: POD_VARIABLES.configuration, value: `${CONFIGURATION_FILE.folder}/${CONFIGURATION_FILE.name}` },
      ...keys.map(configurationVariable).map((variable) => ({
        name: variable,
        valueFrom: { configMapKeyRef: { name: from, key: variable } },
      })),
      ...secretVariables(definition).map((variable) => ({
        name: variable,
        valueFrom: { secretKeyRef: { name: from, key: variable } },
      })),
    ],
    volumes: [
      {
        name: VOLUME,
        configMap: { name: from, items: [{ key: CONFIGURATION_FILE.name, path: CONFIGURATION_FILE.name }] },
      },
    ],
    volumeMounts: [{ name: VOLUME, mountPath: CONFIGURATION_FILE.folder, readOnly: true }],
  };
}

/** Versions of configuration and secrets that pods begin with. */
export interface BeginsWith {
  readonly configuration: string;
  readonly secrets?: string;
}

/**
 * Annotations of the pods' template: a changed one replaces the pods. The configuration's version is among them except for those that
 * take a changed file up by themselves and can be asked whether they did; secrets are variables, which no running process sees changed.
 */
export function rollingAnnotations(versions: BeginsWith, subscribed: boolean): Record<string, string> {
  return {
    ...(!subscribed && { [ANNOTATIONS.configuration]: versions.configuration }),
    ...(versions.secrets !== undefined && { [ANNOTATIONS.secrets]: versions.secrets }),
  };
}

/** Whether pods read the configuration of this side: those of the side, processes that began with it, and its baseline. */
export function readsConfiguration(pod: PodSpec | undefined, name: string, side: Side): boolean {
  return (pod?.volumes ?? []).some(({ configMap }) => configMap?.name === sideName(name, side));
}

/** A Deployment with nothing but these annotations on its pods' template. It must exist already. */
export function rollManifest(
  deployment: { readonly namespace: string; readonly name: string },
  annotations: Readonly<Record<string, string>>,
): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...deployment },
    spec: { template: { metadata: { annotations: { ...annotations } } } },
  };
}
