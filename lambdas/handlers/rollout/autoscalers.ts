/**
 * The autoscalers of a service, and what is written to size a side. Separate because delivering in place, rolling out and retiring all
 * size sides, and none of them may ever fight with an autoscaler.
 */
import { sideName, namespace, type ServicePlace } from '../../domain/manifests/manifest.ts';
import { autoscalerManifest, boundsOf, type Bounds } from '../../domain/manifests/autoscaler.ts';
import { replicasManifest } from '../../domain/manifests/traffic.ts';
import { SIDES, type Side } from '../../contracts/kubernetes.ts';
import type { SideSize } from '../../domain/rollout/sizes.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { AUTOSCALER_KIND } from '../object-kinds.ts';
import type { Write } from './writes.ts';

/** Bounds of both sides as the cluster has them; a side without an autoscaler is absent. */
export async function autoscalersOf(
  cluster: Pick<Cluster, 'list'>,
  place: ServicePlace,
): Promise<Readonly<Partial<Record<Side, Bounds>>>> {
  const present = await cluster.list({ ...AUTOSCALER_KIND, namespace: namespace(place) });
  return Object.fromEntries(
    SIDES.flatMap((side) => {
      const found = present.find(({ metadata }) => metadata.name === sideName(place.name, side));
      return found === undefined ? [] : [[side, boundsOf(found)]];
    }),
  );
}

/** Removes a side's autoscaler; none is success. */
export async function removeAutoscaler(cluster: Cluster, place: ServicePlace, side: Side): Promise<void> {
  const name = sideName(place.name, side);
  await cluster.remove({ ...AUTOSCALER_KIND, namespace: namespace(place), name });
}

/**
 * Makes a side as large as it must be: by its autoscaler's minimum where it has bounds, else by the number itself.
 * INVARIANT: no number is applied while an autoscaler owns it. One that does not exist yet, or is switched off by 0 pods, owns nothing.
 */
export function sizeWrites(
  place: ServicePlace,
  side: Side,
  present: SideSize,
  wanted: { readonly replicas: number; readonly bounds: Bounds | undefined },
): readonly Write[] {
  const { replicas, bounds } = wanted;
  const number: Write = { kind: 'apply', manifest: replicasManifest(place, side, replicas) };
  if (bounds === undefined) {
    return present.bounds === undefined ? [number] : [{ kind: 'remove-autoscaler', place, side }, number];
  }
  const owned = present.bounds !== undefined && present.replicas > 0;
  const moved = { ...bounds, minimum: replicas, maximum: Math.max(bounds.maximum, replicas) };
  const scaler: Write = { kind: 'apply', manifest: autoscalerManifest(place, side, moved) };
  return owned || present.replicas >= replicas ? [scaler] : [number, scaler];
}
