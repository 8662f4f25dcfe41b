/**
 * The autoscaler of one side: the cluster's own HorizontalPodAutoscaler. Applied by rollout. Separate because it owns the number of
 * pods of its side: while it is there nobody applies `replicas`, its minimum is moved instead.
 */
import type { HorizontalPodAutoscalerSpec } from 'kubernetes-types/autoscaling/v2.js';
import { LABELS, type Side } from '../../contracts/kubernetes.ts';
import type { Autoscale } from '../service/scale.ts';
import { serviceMetadata, sideName, type Manifest, type ServicePlace } from './manifest.ts';

/** What an autoscaler keeps to. Without `cpu` whatever measures it has already stay. */
export type Bounds = Pick<Autoscale, 'minimum' | 'maximum'> & Partial<Pick<Autoscale, 'cpu'>>;

/** The autoscaler of a side; it is called like the Deployment. */
export function autoscalerManifest(place: ServicePlace, side: Side, { minimum, maximum, cpu }: Bounds): Manifest {
  const name = sideName(place.name, side);
  const metadata = serviceMetadata(place, name, 'traffic');
  const spec = {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    minReplicas: minimum,
    maxReplicas: maximum,
    ...(cpu !== undefined && {
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } } },
      ],
    }),
  } satisfies HorizontalPodAutoscalerSpec;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { ...metadata, labels: { ...metadata.labels, [LABELS.side]: side } },
    spec,
  };
}

/** The bounds of an autoscaler as the cluster has it. */
export function boundsOf(autoscaler: object): Bounds {
  const { spec } = autoscaler as { readonly spec?: Partial<HorizontalPodAutoscalerSpec> };
  const { minReplicas = 1, maxReplicas = 1, metrics = [] } = spec ?? {};
  const cpu = metrics.find(({ resource }) => resource?.name === 'cpu')?.resource?.target.averageUtilization;
  return { minimum: minReplicas, maximum: maxReplicas, ...(cpu !== undefined && { cpu }) };
}

/** Whether an autoscaler keeps exactly to these bounds. */
export function keepsTo(present: Bounds | undefined, wanted: Bounds): boolean {
  return (
    present?.minimum === wanted.minimum &&
    present.maximum === wanted.maximum &&
    (wanted.cpu === undefined || present.cpu === wanted.cpu)
  );
}
