/**
 * Opens the way in before there are pods: the gateway takes a new route on up to two seconds late, and that time passes while the pods
 * start. Until they are ready the route answers 503.
 */
import { FIELD_MANAGERS, type Side } from '../../contracts/kubernetes.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import { sideServiceManifest } from '../../domain/manifests/traffic.ts';
import { reach } from '../../domain/way-in/reach.ts';
import { applyAll } from '../apply-all.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import type { RolloutPorts } from './ports.ts';
import { allTo, manifestOf, serviceRouteOf } from './service-route.ts';

/** Applies the side's Service and the HTTPRoute. */
export async function openRoute(
  ports: RolloutPorts,
  delivery: Delivery,
  side: Side,
): Promise<{ readonly kind: 'opened'; readonly url: string }> {
  const { cluster, clock, history } = ports;
  const begun = clock.now();
  const route = serviceRouteOf(ports, await requireOwner(ports.records, delivery), delivery);
  await applyAll(cluster, FIELD_MANAGERS.traffic, [
    sideServiceManifest(route.place, side),
    manifestOf(route, allTo(side)),
  ]);
  const message = `Opened the way in for ${route.host}`;
  await history.append(deliveryEvent(delivery, { stage: 'rollout', message, now: clock.now(), begun }));
  return { kind: 'opened', url: reach(route.host, route.wayIn, ports.addresses).shown };
}
