/**
 * Reads back what a delivery claims: the route serves exactly the pushed commit. A service is announced only after this.
 */
import type { Pod } from 'kubernetes-types/core/v1.js';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import { LABELS, type Side } from '../../contracts/kubernetes.ts';
import type { Delivery, ReadBackAnswer } from '../../contracts/payloads.ts';
import { TransientError } from '../../domain/errors.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { namespace, sideName, sideSelector } from '../../domain/manifests/manifest.ts';
import { servicePort } from '../../domain/manifests/traffic.ts';
import { paceOf } from '../../domain/manifests/pace.ts';
import { judgeAnswer, judgeEndpoints, judgeRoute, type ReadBack } from '../../domain/read-back/judge-read-back.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import { hasRoute, protocolOf } from '../../domain/service/reach.ts';
import type { Clock } from '../../ports/clock.ts';
import { askChecks } from '../ask-checks.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import { lookUntilFound, PATIENCE, type Look } from '../patience.ts';
import { definitionOf } from '../service-definition.ts';
import { entrance } from './entrance.ts';
import type { RolloutPorts } from './ports.ts';
import { ROUTE_KIND, serviceRouteOf, type ServiceRoute } from './service-route.ts';

/** Milliseconds for one request through the gateway. */
const ANSWER_LIMIT = 3_000;

/** Reads back until it is true; a TransientError that says what is missing when patience ends. */
export async function readBack(ports: RolloutPorts, delivery: Delivery, side: Side): Promise<ReadBackAnswer> {
  const { clock, history } = ports;
  const begun = clock.now();
  const record = await requireOwner(ports.records, delivery);
  const route = serviceRouteOf(ports, record, delivery);
  const definition = await definitionOf(ports.builds, delivery);
  const { health, checks = [] } = definition;
  const look = { routed: hasRoute(definition), side, commit: delivery.commit };
  await untilTrue(ports, begun, () => lookIntoCluster(ports, route, look));
  if (!look.routed || protocolOf(definition) !== 'http')
    return readInside(ports, delivery, route, { definition, begun });

  const way = await entrance(ports, route);
  const url = `${way.url}${health}`;
  const probe = {
    url,
    ...(way.connectTo !== undefined && { connectTo: way.connectTo }),
    commit: delivery.commit,
    ...(checks.length > 0 && { checks }),
  };
  const settle = isFirstVersion(record, delivery, side) ? 0 : paceOf(delivery.kind).deregistration * 1_000;
  if (way.outside) {
    await clock.sleep(settle);
    return { kind: 'ask-outside', url: way.shown, probe };
  }
  const ask = async () =>
    judgeAnswer(await ports.prober.ask({ ...probe, timeoutMs: ANSWER_LIMIT }), delivery.commit, way.shown);
  await untilTrue(ports, begun, steadily(clock, settle, ask));
  await askChecks(ports, { ...probe, base: way.url }, ANSWER_LIMIT);

  const message = `${way.shown} answers as commit ${delivery.commit.slice(0, 8)}`;
  await history.append(deliveryEvent(delivery, { stage: 'rollout', message, now: clock.now(), begun }));
  return { kind: 'verified', url: way.shown };
}

/** Nobody here can ask by the route or speaks its protocol: the cluster says that only its pods serve, and their probes that they are well. */
async function readInside(
  ports: RolloutPorts,
  delivery: Delivery,
  route: ServiceRoute,
  { definition, begun }: { readonly definition: ServiceDefinition; readonly begun: number },
): Promise<ReadBackAnswer> {
  const protocol = protocolOf(definition);
  const port = protocol === 'http' ? '' : `:${String(servicePort(definition))}`;
  const url = hasRoute(definition)
    ? (await entrance(ports, route)).shown
    : `${protocol}://${route.place.name}.${namespace(route.place)}${port}`;
  const message = `Only pods of commit ${delivery.commit.slice(0, 8)} serve at ${url}`;
  const event = { stage: 'rollout', message, now: ports.clock.now(), begun } as const;
  await ports.history.append(deliveryEvent(delivery, event));
  return { kind: 'verified', url };
}

async function untilTrue({ clock }: RolloutPorts, begun: number, look: () => Promise<ReadBack>): Promise<void> {
  const left = Math.max(0, PATIENCE - (clock.now() - begun));
  const end = await lookUntilFound(
    clock,
    async (): Promise<Look<true>> => {
      const seen = await look();
      if (seen.kind === 'not-yet' && seen.lost === true) throw missing(seen.missing);
      return seen.kind === 'true' ? { kind: 'found', found: true } : { kind: 'missing', what: seen.missing };
    },
    left,
  );
  if (end.kind === 'missing') throw missing(end.what);
}

function missing(what: string): TransientError {
  return new TransientError(`The route does not serve the pushed commit yet: ${what.replace(/\.$/, '')}.`);
}

/** Where no other version ever served on this side, no gateway can still ask one; weights between sides have settled before. */
function isFirstVersion(record: EnvironmentRecord, { service, commit }: Delivery, side: Side): boolean {
  const applied = record.services[service]?.applied;
  return applied === undefined || applied.commit === commit || applied.side !== side;
}

/**
 * A look that is true only once it was true for a while without a break: the gateway learns later than the cluster which pods are
 * going, and until then some requests reach the version before.
 */
function steadily(clock: Clock, milliseconds: number, look: () => Promise<ReadBack>): () => Promise<ReadBack> {
  let since: number | undefined;
  return async () => {
    const seen = await look();
    if (seen.kind !== 'true') since = undefined;
    else since ??= clock.now();
    if (since === undefined || clock.now() - since >= milliseconds) return seen;
    return { kind: 'not-yet', missing: `it has not answered for ${String(milliseconds / 1_000)} s without a break` };
  };
}

async function lookIntoCluster(
  { cluster }: RolloutPorts,
  route: ServiceRoute,
  { routed, side, commit }: { readonly routed: boolean; readonly side: Side; readonly commit: string },
): Promise<ReadBack> {
  const { place } = route;
  const inside = namespace(place);
  const [stored, slices, pods] = await Promise.all([
    cluster.get({ ...ROUTE_KIND, namespace: inside, name: place.name }),
    cluster.list(
      { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace: inside },
      { 'kubernetes.io/service-name': sideName(place.name, side) },
    ),
    cluster.list(
      { apiVersion: 'v1', kind: 'Pod', namespace: inside },
      { ...sideSelector(place, side), [LABELS.commit]: commit },
    ),
  ]);
  const accepted = judgeRoute(stored, route.parent);
  if (routed && accepted.kind !== 'true') return accepted;
  return judgeEndpoints(slices as unknown as readonly EndpointSlice[], pods as unknown as readonly Pod[]);
}
