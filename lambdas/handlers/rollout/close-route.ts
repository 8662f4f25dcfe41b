/**
 * Closes the ways to a service that is withdrawn, in two steps. First the routes and the name, so that no new caller comes and the name
 * means integration's service from now on; then, when nobody remembers the old address any more, the Services behind it.
 */
import type { ServiceSpec } from 'kubernetes-types/core/v1.js';
import { namespaceOf } from '../../contracts/kubernetes.ts';
import type { Claim, CloseAnswer } from '../../contracts/payloads.ts';
import { isCalled } from '../../domain/borrowing/callers.ts';
import { rememberedSeconds } from '../../domain/borrowing/names.ts';
import { componentLabels, type Component } from '../../domain/manifests/manifest.ts';
import type { KubernetesObject } from '../../ports/cluster.ts';
import { listKinds, removeAll } from '../apply-all.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { AUTOSCALER_KIND, JOB_KIND } from '../object-kinds.ts';
import { ownNamespace } from '../own-namespace.ts';
import { requireOwner } from '../ownership.ts';
import type { RolloutPorts } from './ports.ts';
import { DEPLOYMENT_KIND, ROUTE_KIND, SERVICE_KIND } from './service-route.ts';

/** Removes routes and name. Answers how long callers may still come to the address they know. Nothing there is success. */
export async function closeRoute(ports: RolloutPorts, claim: Claim): Promise<CloseAnswer> {
  const { cluster, clock, history, installation } = ports;
  const begun = clock.now();
  const record = await requireOwner(ports.records, claim);
  await removeAll(cluster, await ofService(ports, claim, ROUTE_KIND));
  const name = record.services[claim.service]?.name;
  const services = await ofService(ports, claim, SERVICE_KIND);
  // With its own name go those of others that an experiment took for it: they mean integration's services again.
  const names = services.filter((service) => service.metadata.name === name || isName(service));
  await removeAll(cluster, names);

  const remembered = rememberedSeconds(installation, record.kind);
  // Asked of the Services behind the name, so that a call that is repeated waits as well.
  const delays = await ofService(ports, claim, SERVICE_KIND, 'experiment');
  const comeStill = services.length > 0 && isCalled(record, claim.service);
  const seconds = comeStill || delays.length > 0 ? remembered : 0;
  const message =
    seconds > 0
      ? `Closed the way in; ${name ?? 'it'} serves for ${String(seconds)} s whoever still knows its address`
      : 'Closed the way in';
  await history.append(deliveryEvent(claim, { stage: 'rollout', message, now: clock.now(), begun }));
  return { kind: 'closed', seconds };
}

/** Removes the Services and autoscalers of its sides, the jobs that checked them, and a baseline. */
export async function closeServices(ports: RolloutPorts, claim: Claim): Promise<{ readonly kind: 'closed' }> {
  await requireOwner(ports.records, claim);
  await removeAll(ports.cluster, await ofService(ports, claim, SERVICE_KIND));
  await removeAll(ports.cluster, await ofService(ports, claim, SERVICE_KIND, 'experiment'));
  await removeAll(ports.cluster, await ofService(ports, claim, AUTOSCALER_KIND));
  await removeAll(ports.cluster, await ofService(ports, claim, DEPLOYMENT_KIND));
  await removeAll(ports.cluster, await ofService(ports, claim, JOB_KIND));
  return { kind: 'closed' };
}

/** Objects of a service; without the namespace there are none, and no right to look for them. */
async function ofService(
  { cluster, installation: { installation } }: RolloutPorts,
  claim: Claim,
  kind: typeof ROUTE_KIND | typeof SERVICE_KIND | typeof AUTOSCALER_KIND | typeof DEPLOYMENT_KIND | typeof JOB_KIND,
  component: Component = 'traffic',
): Promise<readonly KubernetesObject[]> {
  if ((await ownNamespace(cluster, installation, claim.environment)) === undefined) return [];
  const namespace = namespaceOf(installation, claim.environment);
  return listKinds(cluster, [kind], namespace, componentLabels({ key: claim.service }, component));
}

/** Names lead to other Services; those of sides to pods. */
function isName(service: KubernetesObject): boolean {
  return (service['spec'] as ServiceSpec | undefined)?.type === 'ExternalName';
}
