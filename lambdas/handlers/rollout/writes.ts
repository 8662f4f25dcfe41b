/** What a rollout writes into the cluster. Separate because deciding what to write and writing it fail differently. */
import { BASELINE, FIELD_MANAGERS, type Side } from '../../contracts/kubernetes.ts';
import { namespace, sideName, type Manifest, type ServicePlace } from '../../domain/manifests/manifest.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { applyAll } from '../apply-all.ts';
import { removeAutoscaler } from './autoscalers.ts';
import { DEPLOYMENT_KIND, ROUTE_KIND, SERVICE_KIND } from './service-route.ts';

/** One write. */
export type Write =
  | { readonly kind: 'apply'; readonly manifest: Manifest }
  | { readonly kind: 'remove-autoscaler'; readonly place: ServicePlace; readonly side: Side }
  | { readonly kind: 'remove-baseline'; readonly place: ServicePlace }
  | { readonly kind: 'remove-route'; readonly place: ServicePlace };

/** Writes one after the other: each may be written twice. */
export async function writeAll(cluster: Cluster, writes: readonly Write[]): Promise<void> {
  for (const write of writes) await writeOne(cluster, write);
}

async function writeOne(cluster: Cluster, write: Write): Promise<void> {
  switch (write.kind) {
    case 'apply':
      await applyAll(cluster, FIELD_MANAGERS.traffic, [write.manifest]);
      return;
    case 'remove-autoscaler':
      return removeAutoscaler(cluster, write.place, write.side);
    case 'remove-baseline':
      return removeBaseline(cluster, write.place);
    case 'remove-route':
      return cluster.remove({ ...ROUTE_KIND, namespace: namespace(write.place), name: write.place.name });
  }
}

/** The Service goes last: it is what says that there is still something to remove. */
async function removeBaseline(cluster: Cluster, place: ServicePlace): Promise<void> {
  const baseline = { namespace: namespace(place), name: sideName(place.name, BASELINE) };
  await cluster.remove({ ...DEPLOYMENT_KIND, ...baseline });
  await cluster.remove({ ...SERVICE_KIND, ...baseline });
}
