/**
 * Closes the way in of a service that is withdrawn: the route first, so that no request meets a Service without pods.
 */
import { namespaceOf } from '../../contracts/kubernetes.ts';
import type { Claim } from '../../contracts/payloads.ts';
import { componentLabels } from '../../domain/manifests/manifest.ts';
import { listKinds, removeAll } from '../apply-all.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { ownNamespace } from '../own-namespace.ts';
import { requireOwner } from '../ownership.ts';
import type { RolloutPorts } from './ports.ts';
import { AUTOSCALER_KIND } from './autoscalers.ts';
import { ROUTE_KIND, SERVICE_KIND } from './service-route.ts';

/** Removes route, Services and autoscalers of a service. Nothing there is success. */
export async function closeRoute(ports: RolloutPorts, claim: Claim): Promise<{ readonly kind: 'closed' }> {
  const { cluster, clock, history, installation } = ports;
  const begun = clock.now();
  await requireOwner(ports.records, claim);

  const there = await ownNamespace(cluster, installation.installation, claim.environment);
  if (there !== undefined) {
    const namespace = namespaceOf(installation.installation, claim.environment);
    const labels = componentLabels({ key: claim.service }, 'traffic');
    await removeAll(cluster, await listKinds(cluster, [ROUTE_KIND], namespace, labels));
    await removeAll(cluster, await listKinds(cluster, [SERVICE_KIND, AUTOSCALER_KIND], namespace, labels));
  }
  const message = 'Closed the way in';
  await history.append(deliveryEvent(claim, { stage: 'rollout', message, now: clock.now(), begun }));
  return { kind: 'closed' };
}
