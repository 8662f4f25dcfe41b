/**
 * A Job that checks a candidate: a command of the author in the candidate's image, once, within bounds. Separate because it is made of
 * the candidate's Deployment as it is in the cluster, so that it sees exactly what the candidate's own pods see.
 */
import { createHash } from 'node:crypto';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { JobSpec } from 'kubernetes-types/batch/v1.js';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import { callsLabel, LABELS, type Side } from '../../contracts/kubernetes.ts';
import { POD_VARIABLES } from '../../contracts/variables.ts';
import { serviceMetadata, sideName, type Manifest, type ServicePlace } from './manifest.ts';

/** Seconds that an ended Job stays for whoever wants to read its log. */
const KEPT = 3_600;

/** One check. `run` says which run of it this is: the same text never runs twice. */
export interface CheckJob {
  readonly side: Side;
  readonly command: readonly string[];
  readonly withinSeconds: number;
  readonly run: string;
}

/** Name of the Job. */
export function checkJobName(place: ServicePlace, run: string): string {
  return `${place.name}-check-${createHash('sha256').update(run).digest('hex').slice(0, 12)}`;
}

/**
 * The Job, from the candidate's Deployment. Tried once, because its exit code decides; a pod that the cluster itself takes away is no
 * failure. INVARIANT: its pod has no label of a side, so that no Service ever selects it.
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
 */
export function checkJobManifest(place: ServicePlace, deployment: Deployment, check: CheckJob): Manifest {
  const metadata = serviceMetadata(place, checkJobName(place, check.run), 'traffic');
  const template: PodTemplateSpec = deployment.spec?.template ?? {};
  const { topologySpreadConstraints: _spread, containers, ...pod } = template.spec ?? { containers: [] };
  const {
    startupProbe: _start,
    readinessProbe: _ready,
    livenessProbe: _live,
    lifecycle: _life,
    ports: _ports,
    ...own
  } = containers[0] ?? { name: '' };
  const { [LABELS.side]: _side, ...labels } = template.metadata?.labels ?? {};
  const address = { name: POD_VARIABLES.candidate, value: `http://${sideName(place.name, check.side)}` };
  const spec = {
    activeDeadlineSeconds: check.withinSeconds,
    backoffLimit: 0,
    ttlSecondsAfterFinished: KEPT,
    podFailurePolicy: {
      rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
    },
    template: {
      // It may call the candidate, as others do that declare the service.
      metadata: { labels: { ...labels, ...metadata.labels, [callsLabel(place.name)]: 'true' } },
      spec: {
        ...pod,
        restartPolicy: 'Never',
        containers: [{ ...own, command: [...check.command], args: [], env: [...(own.env ?? []), address] }],
      },
    },
  } satisfies JobSpec;
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec };
}
