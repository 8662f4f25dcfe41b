/**
 * Opens the way in before there are pods: the gateway takes a new route on up to two seconds late, and that time passes while the pods
 * start. Until they are ready the route answers 503.
 */
import { FIELD_MANAGERS, type Side } from '../../contracts/kubernetes.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { sideServiceManifest } from '../../domain/manifests/traffic.ts';
import { hasRoute } from '../../domain/service/reach.ts';
import { reach } from '../../domain/way-in/reach.ts';
import { applyAll } from '../apply-all.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import { definitionOf } from '../service-definition.ts';
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
  const record = await requireOwner(ports.records, delivery);
  const route = serviceRouteOf(ports, record, delivery, await definitionOf(ports.builds, delivery));
  const fromOutside = hasRoute(route.reached) && !(await hidesNow(ports, record, delivery));
  await applyAll(cluster, FIELD_MANAGERS.traffic, [
    sideServiceManifest(route.place, side, route.reached),
    ...(fromOutside ? [manifestOf(route, allTo(side))] : []),
  ]);
  const message = fromOutside
    ? `Opened the way in for ${route.host}`
    : `${route.place.name} has no way in from outside: others in the cluster connect to it`;
  await history.append(deliveryEvent(delivery, { stage: 'rollout', message, now: clock.now(), begun }));
  return { kind: 'opened', url: reach(route.host, route.wayIn, ports.addresses).shown };
}

/** The version that serves wants no way in: then it opens only when the new pods are there. */
async function hidesNow({ builds }: RolloutPorts, record: EnvironmentRecord, delivery: Delivery): Promise<boolean> {
  const { applied } = record.services[delivery.service] ?? {};
  const definition = applied && (await builds.load(delivery.repository, applied.commit))?.definition;
  return definition !== undefined && !hasRoute(definition);
}
