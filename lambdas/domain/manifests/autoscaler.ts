/**
 * The autoscaler of one side: the cluster's own HorizontalPodAutoscaler. Applied by rollout. Separate because it owns the number of
 * pods of its side: while it is there nobody applies `replicas`, its minimum is moved instead.
 */
import type { HorizontalPodAutoscalerSpec, MetricSpec } from 'kubernetes-types/autoscaling/v2.js';
import { LABELS, REQUESTS_METRIC, type Side } from '../../contracts/kubernetes.ts';
import type { Autoscale } from '../service/scale.ts';
import { serviceMetadata, sideName, type Manifest, type ServicePlace } from './manifest.ts';

/** What an autoscaler keeps to. Without `cpu` and `requests` whatever measures it has already stay. */
export type Bounds = Autoscale;

/** The autoscaler of a side; it is called like the Deployment. */
export function autoscalerManifest(place: ServicePlace, side: Side, bounds: Bounds): Manifest {
  return scaler(serviceMetadata(place, sideName(place.name, side), 'traffic'), { [LABELS.side]: side }, bounds);
}

/** The autoscaler of a process that gets no requests; applied by deploy, which then leaves the number of its pods alone. */
export function processAutoscaler(place: ServicePlace, name: string, process: string, bounds: Bounds): Manifest {
  return scaler(serviceMetadata(place, name, 'workload'), { [LABELS.process]: process }, bounds);
}

function scaler(
  metadata: ReturnType<typeof serviceMetadata>,
  labels: Readonly<Record<string, string>>,
  bounds: Bounds,
): Manifest {
  const spec = {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name },
    minReplicas: bounds.minimum,
    maxReplicas: bounds.maximum,
    ...(isMeasured(bounds) && { metrics: metricsOf(bounds) }),
  } satisfies HorizontalPodAutoscalerSpec;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
    spec,
  };
}

function isMeasured({ cpu, requests }: Bounds): boolean {
  return cpu !== undefined || requests !== undefined;
}

/**
 * Requests are a metric of the pods themselves, which the cluster's adapter of metrics serves.
 * Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#scaling-on-custom-metrics
 */
function metricsOf({ cpu, requests }: Bounds): MetricSpec[] {
  const metrics: MetricSpec[] = [];
  if (cpu !== undefined) {
    const target = { type: 'Utilization', averageUtilization: cpu };
    metrics.push({ type: 'Resource', resource: { name: 'cpu', target } });
  }
  if (requests !== undefined) {
    const target = { type: 'AverageValue', averageValue: String(requests) };
    metrics.push({ type: 'Pods', pods: { metric: { name: REQUESTS_METRIC }, target } });
  }
  return metrics;
}

/** The bounds of an autoscaler as the cluster has it. */
export function boundsOf(autoscaler: object): Bounds {
  const { spec } = autoscaler as { readonly spec?: Partial<HorizontalPodAutoscalerSpec> };
  const { minReplicas = 1, maxReplicas = 1, metrics = [] } = spec ?? {};
  const cpu = metrics.find(({ resource }) => resource?.name === 'cpu')?.resource?.target.averageUtilization;
  const value = metrics.find(({ pods }) => pods?.metric.name === REQUESTS_METRIC)?.pods?.target.averageValue ?? '';
  // An API server writes 1000 as 1k.
  const [, digits, thousands] = /^(\d+)(k?)$/.exec(value) ?? [];
  const requests = digits === undefined ? undefined : Number(digits) * (thousands === 'k' ? 1_000 : 1);
  return {
    minimum: minReplicas,
    maximum: maxReplicas,
    ...(cpu !== undefined && { cpu }),
    ...(requests !== undefined && { requests }),
  };
}

/** Whether an autoscaler keeps exactly to these bounds. */
export function keepsTo(present: Bounds | undefined, wanted: Bounds): boolean {
  return (
    present?.minimum === wanted.minimum &&
    present.maximum === wanted.maximum &&
    (!isMeasured(wanted) || (present.cpu === wanted.cpu && present.requests === wanted.requests))
  );
}
