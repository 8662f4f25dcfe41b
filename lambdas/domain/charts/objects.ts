/**
 * The objects that a chart may render, with what each may say. Separate because the parser reads into them and everything else works
 * on them: what is not here no chart can bring into a cluster.
 */
import type { Container, EnvFromSource, Probe, Volume } from 'kubernetes-types/core/v1.js';
import type { Autoscale } from '../service/scale.ts';

type Strings = Readonly<Record<string, string>>;

/** Name of an object, and the template that it came from. */
export interface Origin {
  readonly name: string;
  /** For messages: `Deployment orders (orders/templates/deployment.yaml)`. */
  readonly where: string;
}

/** One variable of a container. */
export interface ChartVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly configMapKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
    readonly fieldRef?: { readonly apiVersion?: string; readonly fieldPath: string };
  };
}

/** A container of a chart. */
export interface ChartContainer {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly ChartVariable[];
  readonly envFrom?: readonly EnvFromSource[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly resources?: {
    readonly requests?: { readonly cpu?: string; readonly memory?: string; readonly 'ephemeral-storage'?: string };
    readonly limits?: { readonly memory?: string; readonly 'ephemeral-storage'?: string };
  };
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean };
  readonly volumeMounts?: NonNullable<Container['volumeMounts']>;
}

/** A pod of a chart. */
export interface ChartPod {
  readonly labels: Strings;
  readonly annotations: Strings;
  readonly containers: readonly ChartContainer[];
  readonly initContainers: readonly ChartContainer[];
  readonly volumes: readonly Volume[];
  readonly serviceAccountName?: string;
}

/** A Deployment of a chart. */
export interface ChartDeployment extends Origin {
  readonly replicas: number;
  readonly selector: Strings;
  readonly pod: ChartPod;
}

/** A Service of a chart. */
export interface ChartService extends Origin {
  readonly selector: Strings;
  readonly ports: readonly { readonly port: number; readonly targetPort?: number | string }[];
}

/** An HTTPRoute of a chart. */
export interface ChartRoute extends Origin {
  readonly paths: readonly string[];
  readonly backends: readonly { readonly name: string; readonly port?: number }[];
}

/** A HorizontalPodAutoscaler of a chart. */
export interface ChartAutoscaler extends Origin, Autoscale {
  readonly target: string;
}

/** A ConfigMap of a chart. */
export interface ChartConfigMap extends Origin {
  readonly data: Strings;
  readonly binaryData: Strings;
}

/** Everything that a chart rendered. */
export interface ChartObjects {
  readonly deployments: readonly ChartDeployment[];
  readonly services: readonly ChartService[];
  readonly routes: readonly ChartRoute[];
  readonly autoscalers: readonly ChartAutoscaler[];
  readonly serviceAccounts: readonly Origin[];
  readonly configMaps: readonly ChartConfigMap[];
}

/** What of it is applied: pods by the part of the service that they are, and the files that they read. */
export interface ServiceChart {
  readonly main: ChartPod;
  readonly processes: Readonly<Record<string, ChartPod>>;
  /** By the name that the chart gives them. */
  readonly configMaps: Readonly<Record<string, Pick<ChartConfigMap, 'data' | 'binaryData'>>>;
}
