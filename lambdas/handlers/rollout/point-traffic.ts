/**
 * Lets others in the cluster call the service: the plain Service appears only now that a side is ready, and where it takes a name over
 * from integration only when its address is known everywhere. Removes routes and Services that the service had under an earlier name,
 * and what is left of a baseline.
 */
import { FIELD_MANAGERS, type Side } from '../../contracts/kubernetes.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import { isCalled } from '../../domain/borrowing/callers.ts';
import { borrows } from '../../domain/borrowing/lender.ts';
import { LEARNED_SECONDS } from '../../domain/borrowing/names.ts';
import { isForgotten } from '../../domain/drift/fields.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { autoscalerManifest } from '../../domain/manifests/autoscaler.ts';
import {
  componentLabels,
  namespace,
  sideName,
  type Manifest,
  type ServicePlace,
} from '../../domain/manifests/manifest.ts';
import {
  insideManifests,
  replicasManifest,
  sideOfPlainService,
  sideServiceManifest,
} from '../../domain/manifests/traffic.ts';
import { hasRoute } from '../../domain/service/reach.ts';
import type { KubernetesObject } from '../../ports/cluster.ts';
import { applyAll, listKinds, removeAll } from '../apply-all.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { AUTOSCALER_KIND } from '../object-kinds.ts';
import { requireOwner } from '../ownership.ts';
import { definitionOf } from '../service-definition.ts';
import { deploymentOf } from './observe.ts';
import type { RolloutPorts } from './ports.ts';
import {
  allTo,
  DEPLOYMENT_KIND,
  manifestOf,
  ROUTE_KIND,
  SERVICE_KIND,
  serviceRouteOf,
  type ServiceRoute,
} from './service-route.ts';

/** Points route and plain Service to the ready side. */
export async function pointTraffic(
  ports: RolloutPorts,
  delivery: Delivery,
  side: Side,
): Promise<{ readonly kind: 'pointed' }> {
  const { cluster, clock, history } = ports;
  const begun = clock.now();
  const record = await requireOwner(ports.records, delivery);
  const definition = await definitionOf(ports.builds, delivery);
  const route = serviceRouteOf(ports, record, delivery, definition);
  const wanted = [
    sideServiceManifest(route.place, side, route.reached),
    ...insideManifests(route.place, side, route.router, route.reached),
    ...(hasRoute(route.reached) ? [manifestOf(route, allTo(side))] : []),
  ];
  const { autoscale, replicas } = definition;
  if (autoscale !== undefined) wanted.push(autoscalerManifest(route.place, side, autoscale));
  const [name = [], others = []] = [true, false].map((is) => wanted.filter((each) => isName(route.place, each) === is));
  await applyAll(cluster, FIELD_MANAGERS.traffic, others);
  if (await takesNameOver(ports, record, route.place)) {
    await clock.sleep(LEARNED_SECONDS * 1_000);
    // Whoever withdrew the service meanwhile has taken the name away.
    await requireOwner(ports.records, delivery);
  }
  await applyAll(cluster, FIELD_MANAGERS.traffic, name);
  await removeAll(cluster, await superfluous(ports, route, wanted));
  if (autoscale === undefined) await keepReplicas(ports, route.place, side, replicas);
  const message = `Traffic goes to ${sideName(route.place.name, side)}`;
  await history.append(deliveryEvent(delivery, { stage: 'rollout', message, now: clock.now(), begun }));
  return { kind: 'pointed' };
}

/** Whether callers find integration's service under the name until now: they are not to meet an address that leads nowhere yet. */
async function takesNameOver(
  { cluster }: RolloutPorts,
  record: EnvironmentRecord,
  place: ServicePlace,
): Promise<boolean> {
  if (!borrows(place.kind) || !isCalled(record, place.key)) return false;
  // A name that an experiment took leads to integration's as well, late.
  const name = await cluster.get({ ...SERVICE_KIND, namespace: namespace(place), name: place.name });
  return sideOfPlainService(name) === undefined;
}

function isName(place: ServicePlace, { kind, metadata }: Manifest): boolean {
  return kind === SERVICE_KIND.kind && metadata.name === place.name;
}

/** Deploy left the number alone while an autoscaler owned it, which is gone now. */
async function keepReplicas({ cluster }: RolloutPorts, place: ServicePlace, side: Side, wanted: number): Promise<void> {
  const deployment = await deploymentOf(cluster, place, side);
  if (deployment === undefined || deployment.spec?.replicas === wanted) return;
  await cluster.apply(replicasManifest(place, side, wanted), FIELD_MANAGERS.traffic, { force: true });
}

async function superfluous(
  { cluster, clock }: RolloutPorts,
  { place }: ServiceRoute,
  wanted: readonly Manifest[],
): Promise<readonly KubernetesObject[]> {
  const keep = new Set(wanted.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const labels = componentLabels(place, 'traffic');
  const present = await listKinds(
    cluster,
    [ROUTE_KIND, SERVICE_KIND, AUTOSCALER_KIND, DEPLOYMENT_KIND],
    namespace(place),
    labels,
  );
  const now = clock.now();
  const experiments = await listKinds(cluster, [SERVICE_KIND], namespace(place), componentLabels(place, 'experiment'));
  return [
    ...present.filter(({ kind, metadata }) => !keep.has(`${kind}/${metadata.name}`)),
    ...experiments.filter((object) => isForgotten(object, now)),
  ];
}
