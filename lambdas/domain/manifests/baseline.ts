/**
 * The baseline of a judged rollout: fresh pods of the version that serves, as many as the candidate has. Applied by rollout, which alone
 * knows for how long it is there. Separate from workload.ts, because it is made of what runs and not of a service file.
 */
import type { Deployment, DeploymentSpec } from 'kubernetes-types/apps/v1.js';
import { BASELINE, LABELS } from '../../contracts/kubernetes.ts';
import { serviceMetadata, sideName, type Manifest, type ServicePlace } from './manifest.ts';
import { processSelector } from './processes.ts';
import { spread } from './workload.ts';

/**
 * Labels that select the baseline's pods, and never change. No process may be called so.
 * INVARIANT: there is no label of a side among them, so that neither a side's Service nor the plain one ever selects these pods.
 */
export function baselineSelector(place: Pick<ServicePlace, 'name'>): Record<string, string> {
  return processSelector(place, BASELINE);
}

/** The Deployment, from the one that serves: same image, same configuration, same policy of the network. No autoscaler ever owns it. */
export function baselineManifest(place: ServicePlace, stable: Deployment, replicas: number): Manifest {
  const selector = baselineSelector(place);
  const { strategy, progressDeadlineSeconds, template } = stable.spec ?? {};
  const { [LABELS.side]: _side, ...labels } = template?.metadata?.labels ?? {};
  const { annotations } = template?.metadata ?? {};
  const metadata = serviceMetadata(place, sideName(place.name, BASELINE), 'traffic');
  const spec = {
    replicas,
    selector: { matchLabels: selector },
    revisionHistoryLimit: 0,
    ...(progressDeadlineSeconds !== undefined && { progressDeadlineSeconds }),
    ...(strategy !== undefined && { strategy }),
    template: {
      metadata: {
        labels: { ...labels, ...metadata.labels, ...selector },
        ...(annotations !== undefined && { annotations }),
      },
      spec: { ...(template?.spec ?? { containers: [] }), topologySpreadConstraints: spread(selector) },
    },
  } satisfies DeploymentSpec;
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec };
}

/** Whether the baseline runs what serves, commit and configuration, with at least so many pods. */
export function isBaselineOf(
  present: Deployment | undefined,
  stable: Deployment | undefined,
  replicas: number,
): boolean {
  const [ours, theirs] = [present?.spec?.template.metadata, stable?.spec?.template.metadata];
  return (
    ours !== undefined &&
    theirs !== undefined &&
    (present?.spec?.replicas ?? 0) >= replicas &&
    ours.labels?.[LABELS.commit] === theirs.labels?.[LABELS.commit] &&
    hasAll(ours.annotations, theirs.annotations)
  );
}

/** Annotations that somebody added do not matter. */
function hasAll(ours: Readonly<Record<string, string>> = {}, theirs: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(theirs).every(([name, value]) => ours[name] === value);
}
