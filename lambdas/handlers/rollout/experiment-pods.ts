/** The pods that an experiment concerns, and how they say they are. Separate because both its ends look at them. */
import type { Pod } from 'kubernetes-types/core/v1.js';
import { sideSelector, namespace } from '../../domain/manifests/manifest.ts';
import type { Cluster, KubernetesObject } from '../../ports/cluster.ts';
import type { PodProxy } from '../../ports/pod-proxy.ts';
import type { Applied } from '../experiment-subject.ts';

const PATIENCE_MS = 5_000;

/** Pods of the side that serves. */
export function podsOf(cluster: Cluster, { place, side }: Applied): Promise<readonly KubernetesObject[]> {
  return cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: namespace(place) }, sideSelector(place, side));
}

/** How many there are, how many of them are ready, and how many answer their health path well. */
export interface Health {
  readonly pods: number;
  readonly ready: number;
  readonly healthy: number;
}

/** Asks each of them. */
export async function healthOf(
  { cluster, pods }: { readonly cluster: Cluster; readonly pods: PodProxy },
  subject: Applied,
): Promise<Health> {
  const { definition, place } = subject;
  const found = (await podsOf(cluster, subject)).filter(({ metadata }) => metadata['deletionTimestamp'] === undefined);
  const ready = found.filter((object) =>
    (object as unknown as Pod).status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  );
  const answers = await Promise.all(
    ready.map(({ metadata }) =>
      pods.ask({
        namespace: namespace(place),
        pod: metadata.name,
        port: definition.port,
        path: definition.health,
        timeoutMs: PATIENCE_MS,
      }),
    ),
  );
  const healthy = answers.filter((answer) => answer.kind === 'answered' && answer.status < 300).length;
  return { pods: found.length, ready: ready.length, healthy };
}
